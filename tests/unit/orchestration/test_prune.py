"""Size stays bounded, hours stay materialised, and runs whose process is gone end."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import dagster as dg
import sqlalchemy as sa

from assets.partitions import HOURLY
from orchestration.jobs import INCREMENTAL, KIND_TAG
from orchestration.prune import INCREMENTAL_KEPT, LAUNCHED_KEPT, compact, fail_orphans, prune
from orchestration.resources import PROCESS_TAG, is_alive, own_mark, process_mark

HOURS = [f"2026-11-20-{hour:02}:00" for hour in range(4)]
KEY = dg.AssetKey("silver")


@dg.asset(partitions_def=HOURLY)
def silver() -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"rows": 1})


@dg.asset_check(asset=silver)
def fine() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True)


def run(instance, hour, kind=INCREMENTAL):
    return dg.materialize([silver, fine], instance=instance, partition_key=hour, tags={KIND_TAG: kind}).run_id


def rows(instance):
    counts = "SELECT (SELECT count(*) FROM event_logs), (SELECT count(*) FROM asset_check_executions)"
    with instance.event_log_storage.index_connection() as connection:
        return tuple(connection.execute(sa.text(counts)).one())


def pages(instance):
    with instance.event_log_storage.index_connection() as connection:
        return connection.execute(sa.text("SELECT page_count - freelist_count FROM pragma_page_count, pragma_freelist_count")).scalar_one()


def test_runs_go_and_their_hours_stay(instance):
    runs = [run(instance, hour) for hour in HOURS]
    assert prune(instance, datetime.now(UTC)) == 0
    assert prune(instance, datetime.now(UTC) + INCREMENTAL_KEPT + timedelta(minutes=1)) == len(runs)
    assert instance.get_runs() == []
    assert instance.get_materialized_partitions(KEY) == set(HOURS)
    latest = instance.get_latest_materialization_event(KEY)
    assert latest.asset_materialization.metadata["rows"].value == 1


def test_launched_runs_are_kept_for_longer(instance):
    run(instance, HOURS[0], kind="audit")
    assert prune(instance, datetime.now(UTC) + INCREMENTAL_KEPT + timedelta(minutes=1)) == 0
    assert prune(instance, datetime.now(UTC) + LAUNCHED_KEPT + timedelta(minutes=1)) == 1
    assert instance.get_materialized_partitions(KEY) == {HOURS[0]}


def test_what_was_reported_of_an_hour_is_not_overwritten_by_an_older_run(instance):
    run(instance, HOURS[0])
    instance.report_runless_asset_event(dg.AssetMaterialization(KEY, partition=HOURS[0], metadata={"rows": 99}))
    prune(instance, datetime.now(UTC) + INCREMENTAL_KEPT + timedelta(minutes=1))
    found = instance.fetch_materializations(dg.AssetRecordsFilter(KEY, asset_partitions=[HOURS[0]]), limit=10).records
    assert [record.asset_materialization.metadata["rows"].value for record in found] == [99]


def test_of_many_reports_the_newest_of_each_hour_stays(instance):
    sizes = []
    for _ in range(3):
        for number in range(60):
            for hour in HOURS:
                instance.report_runless_asset_event(dg.AssetMaterialization(KEY, partition=hour, metadata={"rows": number}))
            instance.report_runless_asset_event(dg.AssetCheckEvaluation(asset_key=KEY, check_name="fine", passed=True))
        compact(instance.event_log_storage, datetime.now(UTC))
        sizes.append((rows(instance), pages(instance)))
    assert sizes[0][0] == (len(HOURS) + 1, 1)
    assert sizes[1] == sizes[2] == sizes[0], "the files must not grow however long the worker reports"
    found = instance.fetch_materializations(dg.AssetRecordsFilter(KEY, asset_partitions=[HOURS[1]]), limit=10).records
    assert [record.asset_materialization.metadata["rows"].value for record in found] == [59]


def test_many_minutes_do_not_make_the_files_grow(instance):
    later = datetime.now(UTC) + INCREMENTAL_KEPT + timedelta(minutes=1)
    sizes = []
    for _ in range(3):
        for _ in range(6):
            run(instance, HOURS[0])
        prune(instance, later)
        sizes.append(rows(instance))
    assert sizes[0] == sizes[1] == sizes[2]


def test_a_run_whose_process_is_gone_has_failed(instance):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        mark = process_mark(process.pid)
        assert is_alive(mark)
        process.stdin.close()
    assert not is_alive(mark)
    job = dg.Definitions(assets=[silver]).resolve_implicit_global_asset_job_def()
    dead, alive = (
        instance.create_run_for_job(job, tags={PROCESS_TAG: tag}, status=dg.DagsterRunStatus.STARTED).run_id for tag in (mark, own_mark())
    )
    assert fail_orphans(instance) == 1
    assert instance.get_run_by_id(dead).status is dg.DagsterRunStatus.FAILURE
    assert instance.get_run_by_id(alive).status is dg.DagsterRunStatus.STARTED
    assert fail_orphans(instance) == 0


def test_another_process_of_the_same_number_is_another():
    assert is_alive(own_mark())
    assert not is_alive(own_mark().partition(":")[0] + ":1.00")
