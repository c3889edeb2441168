"""The warm worker as Dagster shows it: rows without runs, a run each minute, failures where people look, and a quick end."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from assets.partitions import key_of
from lake.rows import whole_hour
from orchestration import prune, reporter
from orchestration.instance import open_instance
from orchestration.jobs import INCREMENTAL, KIND_TAG
from orchestration.worker import Worker
from seiche.testing.generated_log import GeneratedLog
from seiche.testing.hours import Hours

pytestmark = [pytest.mark.flow, pytest.mark.timeout(200)]

PROCESS = """
import sys
from seiche.cli.pipeline_process import run
from seiche.settings import load_settings
run(load_settings(data=sys.argv[1]))
"""
RUNS = dg.RunsFilter(tags={KIND_TAG: INCREMENTAL})


@pytest.fixture(scope="module")
def hours(tmp_path_factory):
    """Events of the last ninety minutes: one closed hour or two, and the running one."""
    data = tmp_path_factory.mktemp("worker")
    (data / "seiche.toml").write_text("[pipeline]\ndagster_run_seconds = 3.0\npoll_seconds = 0.1\n")
    home = os.environ.get("DAGSTER_HOME")
    with Hours(data) as hours:
        hours.log = GeneratedLog(whole_hour(datetime.now(UTC)) - timedelta(minutes=90), 900, gap_seconds=6)
        hours.renew_consumer()
        yield hours
    os.environ.pop("DAGSTER_HOME", None)
    if home is not None:
        os.environ["DAGSTER_HOME"] = home


@pytest.fixture(autouse=True)
def _often(monkeypatch):
    monkeypatch.setattr(reporter, "REPORT_SECONDS", 0.3)


@pytest.fixture
def worker(hours):
    stop = threading.Event()
    worker = Worker(hours.settings, hours.log, stop, with_dagster=True)
    thread = threading.Thread(target=worker.run, name="pipeline")
    thread.start()
    yield worker
    stop.set()
    thread.join(20)
    assert not thread.is_alive()
    assert worker.fault is None


@pytest.fixture
def instance(hours):
    with open_instance(hours.settings) as instance:
        yield instance


def until(condition, what, seconds=40):
    give_up = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < give_up, what
        time.sleep(0.1)
    return found


def told(hours):
    path = hours.settings.run_dir / "pipeline.json"
    return json.loads(path.read_text()) if path.exists() else {"stages": {}, "error": ""}


def succeeded(instance):
    return [run for run in instance.get_runs(filters=RUNS) if run.status is dg.DagsterRunStatus.SUCCESS]


def test_what_the_worker_did_can_be_seen_in_dagster(hours, instance, worker):
    events = len(hours.log.event_offsets())
    hours.decide()
    until(lambda: told(hours)["stages"].get("search_index", {}).get("rows_since_start") == events, "every event is searchable")
    until(lambda: succeeded(instance), "a run has told what the minute did")
    keys = hours.keys()
    assert keys
    for asset in ("bronze_events", "silver_events", "events_hot", "issue_rollups", "search_index"):
        until(lambda asset=asset: set(keys) <= instance.get_materialized_partitions(dg.AssetKey(asset)), f"{asset}: closed hours")
        closed = instance.fetch_materializations(dg.AssetRecordsFilter(dg.AssetKey(asset), asset_partitions=[keys[-1]]), limit=1).records[0]
        assert closed.run_id == ""
        assert closed.asset_materialization.metadata["rows"].value > 0
    current = key_of(hours.newest())
    assert current in instance.get_materialized_partitions(dg.AssetKey("silver_events"))
    checks = instance.event_log_storage.get_latest_asset_check_execution_by_key(
        [
            dg.AssetCheckKey(dg.AssetKey("silver_events"), "every_bronze_row"),
            dg.AssetCheckKey(dg.AssetKey("events_hot"), "every_stored_event"),
        ]
    )
    assert [record.status.value for record in checks.values()] == ["SUCCEEDED", "SUCCEEDED"]
    assert len(checks) == 2


def test_rows_are_reported_without_runs_and_idle_minutes_make_none(hours, instance, worker):
    until(lambda: told(hours)["stages"], "it runs")
    time.sleep(4)
    before = len(instance.get_runs(filters=RUNS))
    time.sleep(4)
    assert len(instance.get_runs(filters=RUNS)) == before
    latest = instance.get_latest_materialization_event(dg.AssetKey("search_index")).timestamp
    hours.log.length += 20
    hours.decide()
    event = until(
        lambda: next(
            (one for one in [instance.get_latest_materialization_event(dg.AssetKey("search_index"))] if one.timestamp > latest), None
        ),
        "the new rows are told",
    )
    assert event.asset_materialization.metadata["rows"].value > 0


def failed_steps(instance):
    failed = [run for run in instance.get_runs(filters=RUNS) if run.status is dg.DagsterRunStatus.FAILURE]
    return {entry.step_key for run in failed for entry in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE)}


def test_a_stage_that_fails_fails_a_run_with_its_error_and_comes_back(hours, instance, worker):
    hours.stop_olap()
    try:
        hours.log.length += 20
        hours.decide()
        until(lambda: "events_hot" in told(hours)["error"], "the failure is told")
        # One that was under way when ClickHouse went may fail in another step first.
        until(lambda: "hot_tier" in failed_steps(instance), "a run has failed in it")
        until(lambda: told(hours)["stages"]["silver_events"]["position"] == {"0": hours.log.length}, "the lake goes on without ClickHouse")
        assert told(hours)["stages"]["silver_events"]["error"] == ""
    finally:
        hours.start_olap()
    until(lambda: told(hours)["error"] == "", "it has come back", seconds=60)
    until(
        lambda: hours.facts()["search"] and sum(row[1] for row in hours.facts()["search"]) == len(hours.log.event_offsets()),
        "nothing is missing",
    )


def test_pruning_leaves_the_hours(hours, instance):
    before = instance.get_materialized_partitions(dg.AssetKey("silver_events"))
    assert prune.prune(instance, datetime.now(UTC) + timedelta(days=1)) > 0
    assert instance.get_runs(filters=RUNS) == []
    assert instance.get_materialized_partitions(dg.AssetKey("silver_events")) == before


def test_the_process_ends_within_five_seconds(hours, tmp_path):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", PROCESS, str(hours.settings.data)], env=environment) as process:
        path = hours.settings.run_dir / "pipeline.json"
        path.unlink(missing_ok=True)
        until(lambda: path.exists() or process.poll() is not None, "it runs", seconds=60)
        assert process.poll() is None
        started = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert time.monotonic() - started < 5
