from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from lake import bronze, hot, maintenance, retention, search, silver, watermark
from lake.store import Lake
from seiche.ports.search_index import TextTerm
from seiche.registry.engine import write
from seiche.registry.tables import Project, ProjectConfigRow
from seiche.testing.generated_log import GeneratedLog

START = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
NOW = datetime(2026, 12, 20, 12, tzinfo=UTC)


@pytest.fixture
def log():
    """36 hours, one record every two minutes."""
    return GeneratedLog(START, 1080, gap_seconds=120.0)


@pytest.fixture
def filled(lake, engine, client, index, log, decide):
    decide(log.length)
    for stage in (
        lambda: bronze.advance(lake, log),
        lambda: silver.advance(lake, engine),
        lambda: hot.advance(lake, client),
        lambda: search.advance(lake, index),
    ):
        while stage().rows:
            pass
    return lake


def keep_days(engine, days):
    with write(engine) as session:
        row = session.scalar(sa.select(ProjectConfigRow).where(ProjectConfigRow.project_id == 1))
        session.add(ProjectConfigRow(project_id=1, version=2, config={**row.config, "version": 2, "retention_days": days}, created_at_us=0))
        session.get(Project, 1).config_version = 2


def test_old_partitions_are_gone_from_the_hot_tier_and_stay_in_the_lake(filled, engine, client, index):
    report = retention.apply(filled, engine, client, index, now=NOW, hot_days=29)
    cutoff = NOW - timedelta(days=29)
    assert report.detail["hot_hours"] == report.detail["search_hours"] == 28
    for table in ("events_hot", "issue_rollups", "search_events"):
        assert client.query(f"SELECT min(received_hour) FROM {table}").result_rows == [(cutoff,)]
    assert len(watermark.hours_with_rows(filled, "silver_events")) == len(watermark.hours_with_rows(filled)) == 37
    assert retention.apply(filled, engine, client, index, now=NOW, hot_days=29).detail["hot_hours"] == 0


def test_an_emptied_hot_tier_is_not_filled_again(filled, engine, client, index, log, decide):
    retention.apply(filled, engine, client, index, now=NOW, hot_days=1)
    assert client.command("SELECT count() FROM events_hot") == 0
    fresh = Lake(filled.url)
    assert hot.advance(fresh, client).rows == search.advance(fresh, index).rows == 0
    log.length += 10
    decide(log.length)
    bronze.advance(fresh, log)
    silver.advance(fresh, engine)
    assert hot.advance(fresh, client).rows == search.advance(fresh, index).rows == 9, "offset 1080 holds outcomes"
    assert client.command("SELECT sum(count) FROM issue_rollups") == 9


def test_a_projects_own_setting_empties_bronze_and_silver(filled, engine, client, index):
    keep_days(engine, 29)
    report = retention.apply(filled, engine, client, index, now=NOW, hot_days=30)
    assert report.detail["bronze_events"] == report.detail["silver_events"] > 0
    for name in ("bronze_events", "silver_events"):
        assert {hour.date().isoformat() for hour in watermark.hours_with_rows(filled, name)} == {"2026-11-21"}
        assert filled.table(name).history(1)[0]["seiche.kind"] == "retention"
    assert client.query("SELECT min(received_hour) FROM events_hot").result_rows == [(NOW - timedelta(days=29),)]
    assert client.query("SELECT min(received_hour) FROM search_events").result_rows == [(NOW - timedelta(days=29),)]
    assert index.fingerprints(1, [TextTerm(("order",))])
    again = retention.apply(filled, engine, client, index, now=NOW, hot_days=30)
    assert again.rows == 0
    assert silver.advance(Lake(filled.url), engine).rows == 0, "retention must not make rows come back"


def test_maintenance_packs_small_files_and_changes_no_row(lake, engine, log, decide):
    decide(log.length)
    while bronze.advance(lake, log, max_records=50).rows:
        silver.advance(lake, engine)
        maintenance.maintain(lake, every_commits=10)
    table = lake.dataset("bronze_events").to_table(columns=["log_offset"])
    assert sorted(table["log_offset"].to_pylist()) == log.event_offsets()
    assert len(lake.table("bronze_events").file_uris()) < 13
    kinds = [commit.get("seiche.kind") for commit in lake.table("bronze_events").history()]
    assert kinds.count("compact") >= 2
    assert bronze.advance(Lake(lake.url), log).rows == silver.advance(Lake(lake.url), engine).rows == 0


def test_maintenance_does_nothing_before_its_time(lake, log):
    bronze.advance(lake, log)
    assert maintenance.maintain(lake).rows == 0
