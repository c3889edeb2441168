"""Keeps DATA/dagster bounded: of reports without a run the newest of each hour stays, old runs go, dead runs end.

Deleting a run takes its materialisations with it: those of hours that no report without a run speaks of are first repeated as one,
and the newest such report of each asset and hour is never deleted.
"""

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import dagster as dg
import sqlalchemy as sa

from orchestration.jobs import INCREMENTAL, KIND_TAG
from orchestration.resources import PROCESS_TAG, is_alive

if TYPE_CHECKING:
    from orchestration.storage import PooledEventLog

INCREMENTAL_KEPT = timedelta(hours=3)
"""Their hours have closed by then, and are written down."""
LAUNCHED_KEPT = timedelta(days=14)
CHECKS_KEPT = timedelta(days=30)
RUNS_AT_A_TIME = 500
FINISHED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
UNFINISHED = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.CANCELING]

# Reports without a run: the newest of each kind, asset and hour is what Dagster shows.
_OLD_REPORTS = """
DELETE FROM event_logs WHERE run_id = '' AND id NOT IN (
  SELECT max(id) FROM event_logs WHERE run_id = '' GROUP BY dagster_event_type, asset_key, partition
)"""
_OLD_CHECKS = """
DELETE FROM asset_check_executions WHERE id NOT IN (
  SELECT max(id) FROM asset_check_executions GROUP BY asset_key, check_name, partition
) OR create_timestamp < :before"""
_REPORTED = """
SELECT DISTINCT ours.asset_key, ours.partition FROM event_logs AS ours JOIN event_logs AS reported
  ON reported.asset_key = ours.asset_key AND reported.partition IS NOT DISTINCT FROM ours.partition
WHERE ours.run_id = :run AND ours.dagster_event_type = 'ASSET_MATERIALIZATION'
  AND reported.run_id = '' AND reported.dagster_event_type = 'ASSET_MATERIALIZATION'"""
_OLD_TAGS = "DELETE FROM asset_event_tags WHERE event_id NOT IN (SELECT id FROM event_logs)"

log = logging.getLogger(__name__)


def prune(instance: dg.DagsterInstance, now: datetime) -> int:
    """Returns how many runs went."""
    gone = 0
    for kept, kind in ((INCREMENTAL_KEPT, {KIND_TAG: INCREMENTAL}), (LAUNCHED_KEPT, {})):
        filters = dg.RunsFilter(statuses=FINISHED, tags=kind, created_before=now - kept)
        for record in instance.get_run_records(filters=filters, limit=RUNS_AT_A_TIME, ascending=True):
            _keep_hours(instance, record.dagster_run.run_id)
            instance.delete_run(record.dagster_run.run_id)
            gone += 1
    compact(instance.event_log_storage, now)  # type: ignore[arg-type] # ours, by dagster.yaml
    return gone


def _keep_hours(instance: dg.DagsterInstance, run_id: str) -> None:
    storage: PooledEventLog = instance.event_log_storage  # type: ignore[assignment] # ours, by dagster.yaml
    with storage.index_connection() as connection:
        known = {(row.asset_key, row.partition) for row in connection.execute(sa.text(_REPORTED), {"run": run_id})}
    for entry in instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION):
        materialization = None if entry.dagster_event is None else entry.dagster_event.step_materialization_data.materialization
        if materialization is not None and (materialization.asset_key.to_string(), materialization.partition) not in known:
            instance.report_runless_asset_event(materialization)


def compact(storage: "PooledEventLog", now: datetime) -> None:
    """Of what was reported without a run, and of check results, the newest stays."""
    with storage.index_connection() as connection:
        connection.execute(sa.text(_OLD_REPORTS))
        connection.execute(sa.text(_OLD_CHECKS), {"before": (now - CHECKS_KEPT).replace(tzinfo=None)})
        connection.execute(sa.text(_OLD_TAGS))


def fail_orphans(instance: dg.DagsterInstance) -> int:
    """End runs whose process is gone: they would show as running for ever, and hold the only place in the queue."""
    gone = 0
    for run in instance.get_runs(filters=dg.RunsFilter(statuses=UNFINISHED)):
        mark = run.tags.get(PROCESS_TAG)
        if mark is not None and not is_alive(mark):
            log.warning("run %s was cut off", run.run_id)
            instance.report_run_failed(
                run, f"the process that ran this ({mark.partition(':')[0]}) is gone: what it committed stays, the rest is done again"
            )
            gone += 1
    return gone
