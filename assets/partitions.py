"""Hours of received time as Dagster's partitions, and how an asset finds the hours of its run."""

import warnings
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import dagster as dg

KEY_FORMAT = "%Y-%m-%d-%H:%M"
HOURLY = dg.HourlyPartitionsDefinition(start_date="2026-01-01-00:00", timezone="UTC", end_offset=1)
"""`end_offset=1`: the running hour is a partition too, the one that events arrive in."""
HOURS_PER_RUN = 24


def key_of(hour: datetime) -> str:
    """The partition key of an hour."""
    return hour.astimezone(UTC).strftime(KEY_FORMAT)


def hour_of(key: str) -> datetime:
    """The hour of a partition key."""
    return datetime.strptime(key, KEY_FORMAT).replace(tzinfo=UTC)


def hours_of(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> Sequence[datetime]:
    """The hours that this run is about, oldest first."""
    return [hour_of(key) for key in sorted(context.partition_keys)]


def hourly(decorator: Callable[..., Any], **arguments: Any) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """`decorator` for an asset of hours: a run takes up to a day of them, so that a launched run's seconds are paid once a day.

    Dagster calls backfill policies "beta"; docs/adr/0004 says why we rely on them.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)
        policy = dg.BackfillPolicy.multi_run(max_partitions_per_run=HOURS_PER_RUN)
        decorated: Callable[[Callable[..., Any]], dg.AssetsDefinition] = decorator(
            partitions_def=HOURLY, backfill_policy=policy, **arguments
        )
    return decorated


def hourly_check(name: str, asset: str, **arguments: Any) -> dg.AssetCheckSpec:
    """A check of one hour of an asset: its result stands until that hour is written again, whatever arrives in later hours.

    Dagster calls checks of partitions "preview"; docs/adr/0004 says why we rely on them.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.PreviewWarning)
        return dg.AssetCheckSpec(name, asset=asset, partitions_def=HOURLY, **arguments)
