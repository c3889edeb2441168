"""Six minutes past each hour: the audit of the hours that closed since. Each night: retention."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg

from assets.partitions import hour_of, key_of
from orchestration.jobs import audit, retain

CLOSED_AFTER = timedelta(hours=1, minutes=5, seconds=30)
LOOK_BACK = timedelta(days=7)
HOURS_PER_TICK = 24
BRONZE, AUDITED = dg.AssetKey("bronze_events"), dg.AssetKey("closed_hours")


@dg.schedule(job=audit, cron_schedule="6 * * * *", execution_timezone="UTC", default_status=dg.DefaultScheduleStatus.RUNNING)
def audit_closed_hours(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Every hour that has events and no audit yet: also those that closed while the machine was off."""
    now = context.scheduled_execution_time.astimezone(UTC)
    keys = due(
        context.instance.get_materialized_partitions(BRONZE),
        context.instance.get_materialized_partitions(AUDITED),
        now,
    )
    if not keys:
        yield dg.SkipReason("no hour with events has closed since the last audit")
    for key in keys:
        yield dg.RunRequest(run_key=f"{key}@{now:%Y-%m-%dT%H}", partition_key=key)


def due(with_events: set[str], audited: set[str], now: datetime) -> list[str]:
    """The newest closed hours that still need an audit, oldest first."""
    newest, oldest = key_of(now - CLOSED_AFTER), key_of(now - LOOK_BACK)
    waiting = sorted(key for key in with_events - audited if oldest <= key <= newest and hour_of(key) + CLOSED_AFTER <= now)
    return waiting[-HOURS_PER_TICK:]


retention_each_night = dg.ScheduleDefinition(
    name="retention_each_night",
    job=retain,
    cron_schedule="17 3 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
SCHEDULES = (audit_closed_hours, retention_each_night)
