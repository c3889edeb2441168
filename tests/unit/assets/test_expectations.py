"""Each expectation, broken once, by the real library on rows that the product's own code made."""

from datetime import UTC, datetime, timedelta

import pytest

from assets.expectations import COLUMNS, RULES, validate
from lake.bronze import to_table
from lake.silver_rows import to_silver
from seiche.model.project import ProjectConfig
from seiche.model.record import RecordKind
from seiche.testing.generated_log import GeneratedLog

pytestmark = pytest.mark.filterwarnings("default")  # the library's own, of libraries that it uses

HOUR = datetime(2026, 11, 20, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def silver():
    log = GeneratedLog(HOUR, 200, gap_seconds=15)
    events = [stored for stored in log.read(0, 0) if stored.record.kind is RecordKind.EVENT]
    return to_silver(to_table(events), set(), lambda _project, _version: ProjectConfig()).select(list(COLUMNS))


@pytest.fixture
def rows(silver):
    return silver.to_pandas()


def red(findings):
    return {finding.name for finding in findings if not finding.passed}


def test_what_the_product_writes_meets_every_expectation(rows):
    findings = validate(rows, HOUR)
    assert [finding.name for finding in findings] == list(RULES)
    assert red(findings) == set()
    assert {finding.rows for finding in findings} == {len(rows)}


def test_an_hour_without_rows_meets_every_expectation(rows):
    assert red(validate(rows[:0].copy(), HOUR)) == set()


def broken(column, value):
    def change(rows):
        rows.loc[3, column] = value

    return change


def same(*columns):
    def change(rows):
        for column in columns:
            rows.loc[3, column] = rows.loc[4, column]

    return change


def later(column, seconds):
    def change(rows):
        rows.loc[3, column] += timedelta(seconds=seconds)

    return change


def unprocessable(rows):
    rows["unprocessable"] = "broke"


BREAKS = {
    "event_id_not_null": broken("event_id", None),
    "event_id_is_hex": broken("event_id", "X" * 32),
    "event_id_unique": same("event_id"),
    "log_offset_unique": same("log_offset"),
    "project_id_positive": broken("project_id", 0),
    "received_at_in_hour": later("received_at", 3600),
    "received_date_is_the_partition": broken("received_date", (HOUR + timedelta(days=1)).date()),
    "occurred_at_not_null": broken("occurred_at", None),
    "occurred_at_not_in_the_future": later("occurred_at", 120),
    "level_known": broken("level", "catastrophic"),
    "fingerprint_not_null": broken("fingerprint", None),
    "fingerprint_is_hex": broken("fingerprint", "abc"),
    "grouping_version_known": broken("grouping_version", -1),
    "title_not_null": broken("title", None),
    "mostly_processable": unprocessable,
}


def test_every_expectation_is_broken_below():
    assert set(BREAKS) == set(RULES)


@pytest.mark.parametrize("name", RULES)
def test_a_broken_row_turns_its_expectation_red_and_no_other(name, rows):
    BREAKS[name](rows)
    findings = validate(rows, HOUR)
    assert red(findings) == {name}
    found = next(finding for finding in findings if finding.name == name)
    assert found.unexpected >= 1


def test_repeats_may_carry_the_same_id(rows):
    same("event_id")(rows)
    rows.loc[4, "duplicate"] = True
    assert red(validate(rows, HOUR)) == set()
