"""What became of every event received: receipts and refusals from the registry, stored events from rollups."""

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

from query_api.schemas import Accounting, OutcomeSeries, ProjectStats
from query_api.state import ApiState
from query_api.times import floor_hour, microseconds, now_us
from seiche.model.outcome import Outcome
from seiche.query.scope import Scope
from seiche.registry import project_queries
from seiche.registry.engine import read

HOUR_SECONDS = 3600
CONSUMERS = ("alerts", "pipeline")
RECENT_MINUTES = 2
"""What is younger may be on its way through silver and rollups."""
REFUSALS = (Outcome.FILTERED, Outcome.RATE_LIMITED, Outcome.INVALID)
Series = dict[tuple[str, str], Counter[int]]


def stats(api: ApiState, scope: Scope, slug: str, hours: int) -> ProjectStats:
    """The last `hours` by the hour of arrival, the running one included. Raises `StoreUnavailable`: without rollups the sum is a guess."""
    since = floor_hour(datetime.now(UTC)) - timedelta(hours=hours - 1)
    with read(api.engine) as session:
        project = project_queries.find(session, scope.project_ids, slug)
    # Stored before received: an event may arrive in between, and must then look pending, never surplus.
    stored = api.gateway.stored(scope, project.id, since)
    as_of = api.gateway.as_of(scope, project.id)
    behind = _behind(api)
    series: Series = defaultdict(Counter)
    with read(api.engine) as session:
        for item in project_queries.settled(session, project.id, microseconds(since) // 60_000_000):
            series[item.outcome, item.reason][item.hour] += item.quantity
        recent = project_queries.received_since(session, project.id, now_us() // 60_000_000 - RECENT_MINUTES)
        repeated = project_queries.duplicates(session, project.id, microseconds(since))
    series[Outcome.STORED, ""].update(stored)
    series[Outcome.DUPLICATE, ""].update(repeated)
    buckets = [since + timedelta(hours=number) for number in range(hours)]
    starts = [int(bucket.timestamp()) for bucket in buckets]
    return ProjectStats(
        since=since,
        interval_seconds=HOUR_SECONDS,
        buckets=buckets,
        series=[
            OutcomeSeries(outcome=outcome, reason=reason, quantities=[counts[start] for start in starts])
            for (outcome, reason), counts in sorted(series.items())
        ],
        totals=_totals(series, may_wait=None if behind else recent),
        reasons={f"{outcome}/{reason}": counts.total() for (outcome, reason), counts in sorted(series.items()) if outcome in REFUSALS},
        as_of=as_of,
    )


def _totals(series: Series, *, may_wait: int | None) -> Accounting:
    """`may_wait`: how many events may still be on their way to silver; None: any number."""
    sums: Counter[str] = Counter()
    for (outcome, _), counts in series.items():
        sums[outcome] += counts.total()
    settled = sum(sums[outcome] for outcome in (Outcome.STORED, Outcome.DUPLICATE, *REFUSALS))
    missing = sums[Outcome.RECEIVED] - settled
    pending = max(0, missing if may_wait is None else min(missing, may_wait))
    return Accounting(
        received=sums[Outcome.RECEIVED],
        stored=sums[Outcome.STORED],
        duplicates=sums[Outcome.DUPLICATE],
        filtered=sums[Outcome.FILTERED],
        rate_limited=sums[Outcome.RATE_LIMITED],
        invalid=sums[Outcome.INVALID],
        pending=pending,
        unexplained=missing - pending,
    )


def _behind(api: ApiState) -> bool:
    """Whether a consumer has not read the log to its end."""
    for partition in api.log.partitions():
        read_to = api.log.acknowledged(partition)
        if any(read_to.get(consumer, 0) < api.log.end_offset(partition) for consumer in CONSUMERS):
            return True
    return False
