"""Dagster is load-bearing: what is deleted comes back by a backfill, beside the live line, and a corrupted row turns a check red."""

import asyncio
import threading
import time
from datetime import UTC, datetime

import pytest

from assets.partitions import key_of
from lake.rows import whole_hour
from seiche.testing.dagster_stack import DagsterStack
from seiche.testing.hours import EVERYTHING, Hours

pytestmark = [pytest.mark.flow, pytest.mark.anyio, pytest.mark.timeout(400)]

CHECKS = """
query {
  assetNodeOrError(assetKey: {path: ["silver_events"]}) {
    ... on AssetNode {
      assetChecksOrError {
        ... on AssetChecks {
          checks { name executionForLatestMaterialization { status evaluation { partition
            metadataEntries { label ... on TextMetadataEntry { text } } } } }
        }
      }
    }
  }
}"""
GRAPH = "{ assetNodes { assetKey { path } isPartitioned groupName dependencyKeys { path } } }"
PARTITIONS = """
{ assetNodeOrError(assetKey: {path: ["search_index"]}) { ... on AssetNode { assetPartitionStatuses {
    ... on TimePartitionStatuses { ranges { startKey endKey status } } } } } }"""


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
def one_hour(monkeypatch):
    """Issues are listed as of one moment: a sparkline ends at the current hour, and a backfill may outlast it."""
    moment = datetime.now(UTC)

    class Stopped(datetime):
        @classmethod
        def now(cls, tz=None):
            return moment.astimezone(tz)

    monkeypatch.setattr("query_api.issues.listing.datetime", Stopped)


@pytest.fixture(scope="module")
def hours(tmp_path_factory):
    with Hours(tmp_path_factory.mktemp("backfill")) as hours:
        hours.decide()
        hours.advance()
        yield hours


@pytest.fixture(scope="module")
def dagster(hours):
    with DagsterStack(hours.settings) as stack:
        yield stack


@pytest.mark.usefixtures("one_hour")
async def test_a_backfill_restores_everything_behind_bronze(hours, dagster):
    before, listed, found = hours.facts(), await hours.issues(), await hours.issues("word41")
    assert len(listed) >= 7
    assert all(issue["users"] > 0 and sum(issue["sparkline"]) > 0 for issue in listed if "Kind" in issue["title"])
    hours.drop_everything_behind_bronze()
    ended = dagster.backfill_ended(dagster.backfill(EVERYTHING, hours.keys()))
    assert ended["status"] == "COMPLETED_SUCCESS", dagster.log_ends()
    hours.lake.memory.clear()
    assert hours.facts() == before
    assert await hours.issues() == listed
    assert await hours.issues("word41") == found
    ranges = dagster.ask(PARTITIONS)["assetNodeOrError"]["assetPartitionStatuses"]["ranges"]
    assert [(one["startKey"], one["endKey"], one["status"]) for one in ranges] == [(hours.keys()[0], hours.keys()[-1], "MATERIALIZED")]


async def test_an_open_hour_is_refused_with_the_newest_closed_one(hours, dagster):
    run = dagster.run_ended(dagster.launch("rebuild", key_of(whole_hour(datetime.now(UTC)))))
    assert run["status"] == "FAILURE"
    causes = [event["error"]["message"] + str(event["error"]["cause"]) for event in run["eventConnection"]["events"] if event.get("error")]
    assert any("may still grow" in cause and "launch it for hours up to" in cause for cause in causes), causes


async def test_a_backfill_equals_what_was_there_while_events_keep_coming(hours, dagster):
    old = {row["log_offset"]: row for row in hours.facts()["silver"]}
    backfill, ended = dagster.backfill(EVERYTHING, hours.keys()), threading.Event()
    went_on = 0

    def wait():
        try:
            result.update(dagster.backfill_ended(backfill))
        finally:
            ended.set()

    result = {}
    waiting = threading.Thread(target=wait)
    waiting.start()
    start = hours.log.length
    while not ended.wait(0.3):
        hours.log.length += 1  # nine seconds later each: in the hours after the closed ones
        went_on += 1
        hours.decide()
        hours.advance()
    waiting.join()
    assert result["status"] == "COMPLETED_SUCCESS", dagster.log_ends()
    assert went_on > 5
    hours.advance()
    after = hours.facts()
    rows = {row["log_offset"]: row for row in after["silver"]}
    assert [offset for offset in rows if offset < start] == sorted(old)
    assert {offset: row for offset, row in rows.items() if offset < start} == old
    assert sorted(rows) == hours.log.event_offsets()
    assert sum(row[1] for row in after["events_hot"]) == sum(row[3] for row in after["events_hot"]) == len(rows)
    assert sum(row[4] for row in after["rollups"]) == sum(row[1] for row in after["search"]) == len(rows)


async def test_a_corrupted_row_in_a_closed_hour_turns_its_check_red(hours, dagster):
    hour = hours.keys()[1]

    def checks():
        run = dagster.run_ended(dagster.launch("audit", hour))
        assert run["status"] == "SUCCESS", (run, dagster.log_ends())
        found = dagster.ask(CHECKS)["assetNodeOrError"]["assetChecksOrError"]["checks"]
        return {one["name"]: one["executionForLatestMaterialization"] for one in found}

    good = checks()
    expectations = {name: one for name, one in good.items() if one and one["evaluation"]["partition"] == hour}
    assert len(expectations) >= 10
    assert {one["status"] for one in expectations.values()} == {"SUCCEEDED"}
    date, clock = hour[:10], int(hour[11:13])
    offset = next(
        row["log_offset"] for row in hours.facts()["silver"] if row["received_hour"] == clock and str(row["received_date"]) == date
    )
    wrong = {"fingerprint": "'not a fingerprint'", "level": "'catastrophic'"}
    hours.lake.table("silver_events").update(updates=wrong, predicate=f"log_offset = {offset}")
    bad = checks()
    red = {name for name, one in bad.items() if one and one["status"] == "FAILED"}
    assert red == {"fingerprint_is_hex", "level_known"}
    texts = [entry.get("text") for entry in bad["level_known"]["evaluation"]["metadataEntries"]]
    assert "catastrophic" in texts
    assert dagster.run_ended(dagster.launch("rebuild", hour))["status"] == "SUCCESS"
    mended = checks()
    assert {one["status"] for name, one in mended.items() if name in expectations} == {"SUCCEEDED"}


async def test_a_code_server_that_died_is_found_again(hours, dagster):
    dagster.kill("dagster-code")
    give_up = time.monotonic() + 60
    while (run := _launched(dagster, hours.keys()[0])) is None:  # as somebody at the UI would: try again until it is back
        assert time.monotonic() < give_up, dagster.log_ends()
        await asyncio.sleep(0.5)
    assert dagster.run_ended(run)["status"] == "SUCCESS", dagster.log_ends()


def _launched(dagster: DagsterStack, hour: str) -> str | None:
    try:
        return dagster.launch("rebuild", hour)
    except RuntimeError as error:
        # Unreachable, and then, while the webserver loads the location anew, without jobs.
        if "Could not reach user code server" in str(error) or "PipelineNotFoundError" in str(error):
            return None
        raise
