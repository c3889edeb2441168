"""What `orchestration.storage` relies on in Dagster, and what Dagster relies on in it. Read this first when Dagster is upgraded."""

import os
import subprocess
import sys

import dagster as dg
import pytest
from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage
from dagster._core.storage.runs.sql_run_storage import SqlRunStorage

from orchestration.instance import open_instance
from orchestration.storage import PooledEventLog, PooledRuns
from seiche.settings import load_settings

OPEN = """
import sys
from orchestration.instance import open_instance
from seiche.settings import load_settings
with open_instance(load_settings(data=sys.argv[1])) as instance:
    print(len(instance.get_runs()), instance.get_materialized_partitions.__name__)
"""


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "elsewhere"))  # `open_instance` sets it: give it back afterwards
    return load_settings(data=tmp_path)


@pytest.fixture
def instance(settings):
    with open_instance(settings) as instance:
        yield instance


@dg.asset(partitions_def=dg.StaticPartitionsDefinition(["a", "b"]))
def thing() -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"rows": 3})


@dg.asset_check(asset=thing)
def thing_is_fine() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=False, metadata={"seen": 1})


def test_only_methods_that_dagster_declares_in_public_are_overridden():
    members = {**vars(PooledEventLog), **vars(PooledRuns)}
    ours = {name for name, value in members.items() if callable(value) and not name.startswith("__")}
    assert ours == {"run_connection", "index_connection", "connect", "dispose"}
    assert {"run_connection", "index_connection"} <= SqlEventLogStorage.__abstractmethods__
    assert "connect" in SqlRunStorage.__abstractmethods__


def test_the_instance_is_what_dagster_yaml_says(instance, settings):
    assert isinstance(instance.event_log_storage, PooledEventLog)
    assert isinstance(instance.run_storage, PooledRuns)
    assert not instance.telemetry_enabled
    assert type(instance.run_coordinator).__name__ == "QueuedRunCoordinator"
    assert instance.get_concurrency_config().run_queue_config.max_concurrent_runs == 1
    assert instance.run_monitoring_enabled
    assert (settings.data / "dagster" / "events" / "event_log.db").exists()


def test_runs_events_partitions_and_checks_are_kept(instance, settings):
    result = dg.materialize([thing, thing_is_fine], instance=instance, partition_key="a", tags={"seiche/kind": "test"})
    instance.report_runless_asset_event(dg.AssetMaterialization("thing", partition="b", metadata={"rows": 4}))
    instance.dispose()
    with open_instance(settings) as again:
        assert again.get_materialized_partitions(dg.AssetKey("thing")) == {"a", "b"}
        run = again.get_run_by_id(result.run_id)
        assert run.status is dg.DagsterRunStatus.SUCCESS
        assert [found.run_id for found in again.get_runs(filters=dg.RunsFilter(tags={"seiche/kind": "test"}))] == [result.run_id]
        assert {entry.dagster_event_type for entry in again.all_logs(result.run_id)} >= {
            dg.DagsterEventType.ASSET_MATERIALIZATION,
            dg.DagsterEventType.ASSET_CHECK_EVALUATION,
        }
        again.delete_run(result.run_id)
        assert again.get_run_by_id(result.run_id) is None


def test_connections_are_kept(instance):
    with instance.event_log_storage.index_connection() as first:
        one = first.connection.dbapi_connection
    with instance.event_log_storage.run_connection("any") as second:
        assert second.connection.dbapi_connection is one


def test_several_processes_may_be_the_first(settings):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    racing = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN, str(settings.data)], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    answers = [process.communicate(timeout=100) for process in racing]
    assert [(process.returncode, out.split()[:1]) for process, (out, _) in zip(racing, answers, strict=True)] == [(0, ["0"])] * 3, answers
