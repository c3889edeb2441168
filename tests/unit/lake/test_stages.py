import shutil

import pytest

from lake import accounting, bronze, gold, hot, search, silver, watermark
from lake.store import Lake
from lake.tables import BRONZE_EVENTS
from seiche.errors import ConfigurationError, InvalidInput, StoreUnavailable
from seiche.model.record import RecordKind
from seiche.ports.search_index import TextTerm
from seiche.testing.generated_log import UNPROCESSABLE_EVERY, GeneratedLog
from tests.unit.lake.conftest import START

STEP = 700


@pytest.fixture
def run(log, engine, client, index):
    """Call the stages as the worker does, until nothing is new; returns how many rows each wrote."""

    def run(lake):
        written = {}
        while True:
            reports = [
                bronze.advance(lake, log, max_records=STEP),
                silver.advance(lake, engine, max_rows=STEP),
                hot.advance(lake, client, max_offsets=STEP),
                search.advance(lake, index, max_offsets=STEP),
            ]
            watermark.advance(lake, log)
            for report in reports:
                written[report.stage] = written.get(report.stage, 0) + report.rows
            if not any(report.rows for report in reports):
                return written

    return run


@pytest.fixture
def rebuild(engine, client, index):
    def rebuild(lake, hour):
        return [silver.rebuild_hour(lake, engine, hour), hot.rebuild_hour(lake, client, hour), search.rebuild_hour(lake, index, hour)]

    return rebuild


def silver_rows(lake):
    return lake.dataset("silver_events").to_table().sort_by("log_offset").to_pylist()


def test_every_event_reaches_every_table_once(lake, log, decide, run, facts, index):
    decide(log.length)
    expected = len(log.event_offsets())
    assert run(lake) == {"bronze_events": expected, "silver_events": expected, "events_hot": expected - 2, "search_index": expected - 2}
    assert run(lake) == {"bronze_events": 0, "silver_events": 0, "events_hot": 0, "search_index": 0}
    counts = accounting.silver_counts(lake, {0: log.length})[1]
    assert (counts.stored, counts.duplicates) == (expected - 2, 2)
    assert accounting.missing_offsets(lake, 0, log.event_offsets()) == []
    assert accounting.missing_offsets(lake, 0, [20, 40, 41]) == [20, 40]
    found = facts()
    assert sum(row[1] for row in found["events"]) == sum(row[3] for row in found["events"]) == expected - 2
    assert sum(row[4] for row in found["rollups"]) == expected - 2
    assert list(index.event_ids(1, [row[0] for row in found["rollups"]], [TextTerm(("word41",))])) == [f"{41:032x}"]
    assert log.consumers == {"pipeline": log.length}


def items(lake):
    """All but the records that hold counts."""
    return [row for row in all_items(lake) if row["item_type"] != "outcomes"]


def all_items(lake):
    return lake.dataset("bronze_items").to_table().sort_by("log_offset").to_pylist()


def test_every_item_is_in_bronze_items_once(lake, log, decide, run):
    run(lake)
    found = items(lake)
    assert [row["log_offset"] for row in found] == log.item_offsets()
    assert {(row["item_type"], row["event_id"], row["project_id"]) for row in found} == {("session", "", 1)}
    assert f'"sid":"{found[3]["log_offset"] // 2:032x}"' in found[3]["payload"]
    everything = all_items(lake)
    assert [row["log_offset"] for row in everything] == sorted(set(range(log.length)) - set(log.event_offsets()))
    assert {row["payload"] for row in everything if row["item_type"] == "outcomes"} == {"[]"}
    run(Lake(lake.url))
    assert all_items(lake) == everything


def test_a_stop_between_the_two_commits_of_bronze_repeats_no_item(lake, log, monkeypatch):
    class StoppedError(Exception):
        pass

    def stop(self, name, *arguments, **more):
        if name == "bronze_events":
            raise StoppedError
        return append(self, name, *arguments, **more)

    append = Lake.append
    monkeypatch.setattr(Lake, "append", stop)
    with pytest.raises(StoppedError):
        bronze.advance(lake, log, max_records=STEP)
    assert [row["log_offset"] for row in items(lake)] == [offset for offset in log.item_offsets() if offset < STEP]
    monkeypatch.undo()
    again = Lake(lake.url)
    while bronze.advance(again, log, max_records=STEP // 3).rows:
        pass
    assert [row["log_offset"] for row in items(again)] == log.item_offsets()
    assert again.dataset("bronze_events").count_rows() == len(log.event_offsets())


def test_items_alone_are_written_and_acknowledged(lake):
    log = GeneratedLog(START, 21)
    log.first = 20
    report = bronze.advance(lake, log, max_records=STEP)
    assert (report.rows, [row["log_offset"] for row in items(lake)], log.consumers) == (0, [20], {"pipeline": 21})
    bronze.advance(Lake(lake.url), log, max_records=STEP)
    assert len(items(lake)) == 1


def test_silver_waits_for_alerts(lake, log, decide, run):
    assert run(lake)["silver_events"] == 0
    decide(1000)
    run(lake)
    assert accounting.silver_counts(lake, {0: log.length})[1].stored == sum(offset < 1000 for offset in log.event_offsets()) - 1
    decide(log.length)
    run(lake)
    assert accounting.missing_offsets(lake, 0, log.event_offsets()) == []


def test_an_event_that_cannot_be_normalised_is_kept_with_its_error(lake, log, decide, run):
    decide(log.length)
    run(lake)
    bad = [row for row in silver_rows(lake) if row["unprocessable"] is not None]
    assert [row["log_offset"] for row in bad] == [offset for offset in log.event_offsets() if offset % UNPROCESSABLE_EVERY == 0]
    assert len({row["fingerprint"] for row in bad}) == 1
    assert not any(row["duplicate"] for row in bad)


def test_bronze_holds_the_payload_and_the_header_as_accepted(lake, log):
    bronze.advance(lake, log)
    row = lake.dataset("bronze_events").to_table().sort_by("log_offset").to_pylist()[0]
    record = log.read(0, 1)[0].record
    assert row["payload"].encode() == record.body
    assert (row["event_id"], row["project_id"], row["config_version"]) == (record.event_id, 1, 1)
    assert (row["received_date"].isoformat(), row["received_hour"]) == ("2026-11-20", 8)


def test_a_restart_goes_on_where_the_tables_are(lake, log, decide, run, facts):
    decide(1500)
    run(lake)
    decide(log.length)
    run(Lake(lake.url))
    before = facts()
    assert run(Lake(lake.url)) == {"bronze_events": 0, "silver_events": 0, "events_hot": 0, "search_index": 0}
    assert facts() == before
    assert sum(row[1] for row in before["events"]) == len(log.event_offsets()) - 2


def test_rebuilt_hours_are_identical_and_are_not_taken_for_new(lake, decide, log, run, rebuild, facts):
    decide(log.length)
    run(lake)
    before, rows = facts(), silver_rows(lake)
    hours = watermark.closed_hours(lake)
    assert [hour.hour for hour in hours] == [8, 9, 10]
    for hour in hours:
        rebuild(Lake(lake.url), hour)
    assert facts() == before
    assert silver_rows(lake) == rows
    assert run(lake) == {"bronze_events": 0, "silver_events": 0, "events_hot": 0, "search_index": 0}
    kinds = [commit.get("seiche.kind") for commit in lake.table("silver_events").history()]
    assert kinds[:3] == ["rebuild"] * 3
    assert "append" in kinds


def test_an_open_hour_and_an_undecided_hour_are_refused(lake, engine, log, decide, run):
    decide(100)
    bronze.advance(lake, log, max_records=500)
    with pytest.raises(InvalidInput, match="still open"):
        silver.rebuild_hour(lake, engine, watermark.hours_with_rows(lake)[0])
    run(lake)
    with pytest.raises(StoreUnavailable, match="alerts"):
        silver.rebuild_hour(lake, engine, watermark.hours_with_rows(lake)[0])


@pytest.mark.parametrize("worker_runs_between", [False, True])
@pytest.mark.parametrize("order", ["oldest first", "newest first"])
def test_everything_behind_bronze_can_be_deleted_and_rebuilt(
    lake, log, decide, run, rebuild, facts, client, engine, index, worker_runs_between, order
):
    from seiche.backends.clickhouse_schema import migrate

    decide(log.length)
    run(lake)
    before, rows = facts(), silver_rows(lake)
    shutil.rmtree(f"{lake.url}/silver_events")
    for table in ("events_hot", "issue_rollups", "search_events", "cursor_floors"):
        client.command(f"DROP TABLE {table}")
    client.command("DROP VIEW issue_rollups_feed")
    migrate(client)
    hours = watermark.closed_hours(lake)
    for hour in hours if order == "oldest first" else reversed(hours):
        rebuild(Lake(lake.url), hour)
        if worker_runs_between:  # the worker, whose handles saw the table before it was deleted
            silver.advance(lake, engine, max_rows=300)
            hot.advance(lake, client, max_offsets=300)
            search.advance(lake, index, max_offsets=300)
    run(lake)
    assert facts() == before
    assert silver_rows(lake) == rows
    log.length += 100
    decide(log.length)
    run(lake)
    assert sum(row[1] for row in facts()["events"]) == len(log.event_offsets()) - 2


def test_rollups_that_missed_a_part_are_repaired_at_start(lake, log, decide, run, facts, client):
    decide(log.length)
    run(lake)
    before = facts()
    client.command("ALTER TABLE issue_rollups DROP PARTITION '2026-11-20 09:00:00'")
    log.length += 20
    decide(log.length)
    run(Lake(lake.url))
    after = facts()
    assert [row for row in after["rollups"] if row[1].hour < 11] == before["rollups"]


def test_lost_offsets_are_counted_and_do_not_stop_the_line(lake, log):
    bronze.advance(lake, log, max_records=100)
    log.first = 500
    fresh = Lake(lake.url)
    report = bronze.advance(fresh, log, max_records=100)
    assert report.detail["lost_offsets"] == 400
    assert bronze.advance(fresh, log, max_records=100).detail["lost_offsets"] == 0
    assert [commit.get("seiche.lost_offsets") for commit in fresh.table("bronze_events").history()][:2] == [None, "400"]


def test_gold_and_the_map_are_published_only_when_they_change(lake, engine, client):
    from seiche.registry.engine import write
    from seiche.registry.tables import FingerprintRow, Issue, Project

    seen = {f"{side}_{what}": 1 for side in ("first", "last") for what in ("seen_us", "partition", "offset")}
    texts = dict.fromkeys(("type", "value", "title", "culprit", "first_event_id", "last_event_id"), "x")
    with write(engine) as session:
        session.add(
            Issue(
                id=5,
                project_id=1,
                number=1,
                level="error",
                platform="python",
                status_changed_at_us=1,
                created_at_us=1,
                count=3,
                **seen,
                **texts,
            )
        )
        session.flush()
        session.add(
            FingerprintRow(
                project_id=1,
                fingerprint="f" * 32,
                issue_id=5,
                rule="unseen",
                score=1,
                version=1,
                components=[],
                map_version=1,
                created_at_us=1,
            )
        )
        session.get(Project, 1).map_version = 1
    assert gold.publish(lake, engine).detail == {"issues": 1, "fingerprint_map": 1}
    assert gold.publish(lake, engine).rows == 0
    assert [hot.publish_map(engine, client).rows for _ in range(2)] == [1, 0]
    with write(engine) as session:
        row = session.get(FingerprintRow, (1, "f" * 32))
        row.map_version = session.get(Project, 1).map_version = 2
    lake.memory |= {"gold.map_cost": 5.0, "gold.issues_cost": 5.0}
    assert gold.publish(lake, engine).rows == 0, "what was dear rests"
    assert hot.publish_map(engine, client).rows == 1, "ClickHouse gets what changed all the same"
    lake.memory["gold.map_cost"] = 0.1
    assert gold.publish(lake, engine).detail["fingerprint_map"] == 1
    assert client.query("SELECT issue_id, map_version FROM fingerprint_map FINAL").result_rows == [(5, 2)]
    issue = lake.dataset("issues").to_table().to_pylist()[0]
    assert (issue["project"], issue["short_id"], issue["count"]) == ("shop", "SHOP-1", 3)


def test_a_column_that_a_later_version_added_is_null_in_old_rows(lake, log):
    import deltalake

    names = [name for name in BRONZE_EVENTS.names if name != "geo"]
    (old,) = [one for one in log.read(0, 0) if one.record.kind == RecordKind.EVENT][:1]
    deltalake.write_deltalake(f"{lake.url}/bronze_events", bronze.to_table([old]).select(names), partition_by=["received_date"])
    assert lake.dataset("bronze_events").to_table(columns=["geo"])["geo"].to_pylist() == [None]
    bronze.advance(lake, log)
    assert set(lake.dataset("bronze_events").to_table(columns=["geo"])["geo"].to_pylist()) == {"", None}


def test_a_table_of_another_version_is_refused_with_what_to_do(lake, log):
    import deltalake
    import pyarrow as pa

    deltalake.write_deltalake(f"{lake.url}/bronze_events", pa.table({"payload": [1], "surprise": ["x"]}))
    with pytest.raises(ConfigurationError, match=r"bronze_events was written by another version.*surprise.*rebuild"):
        bronze.advance(lake, log)
