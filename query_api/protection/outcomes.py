"""What became of every item, from the registry's counts a minute."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from query_api.protection.schemas import Grouping, OutcomeRow, Outcomes
from query_api.state import ApiState
from query_api.times import moment
from seiche.errors import InvalidInput
from seiche.query.scope import Scope
from seiche.registry import outcome_queries, project_queries
from seiche.registry.engine import read

MINUTES = {"minute": 1, "hour": 60, "day": 1440}
MOST_BUCKETS = 1500
MINUTE_US = 60_000_000


@dataclass(frozen=True)
class Asked:
    """What a caller wants to see."""

    since: datetime | None
    until: datetime | None
    interval: str
    """A key of `MINUTES`, or `all`: one bucket."""
    group_by: tuple[Grouping, ...]


def outcomes(api: ApiState, scope: Scope, slug: str, asked: Asked) -> Outcomes:
    """Raises `InvalidInput` for a span that ends before it begins or has too many buckets."""
    until = _aware(asked.until) or datetime.now(UTC)
    since = _aware(asked.since) or until - timedelta(hours=24)
    first, last = int(since.timestamp() // 60), int(until.timestamp() // 60)
    if last < first:
        raise InvalidInput(f"since {since.isoformat()} is after until {until.isoformat()}", reason="invalid_range")
    width = MINUTES.get(asked.interval) or last - first + 1
    first -= first % width if asked.interval in MINUTES else 0
    number = (last - first) // width + 1
    if number > MOST_BUCKETS:
        raise InvalidInput(
            f"{number} buckets of a {asked.interval} are too many ({MOST_BUCKETS} at most): ask for a shorter span or a longer interval",
            reason="too_many_buckets",
        )
    with read(api.engine) as session:
        project = project_queries.find(session, scope.project_ids, slug)
        labels = {key.public_key: key.label for key in project_queries.keys(session, project.id)}
        found = outcome_queries.counted(session, project.id, first, last, width, group_by=frozenset(asked.group_by))
    rows: dict[tuple[str, str, str, str], list[int]] = {}
    for item in found:
        rows.setdefault((item.outcome, item.reason, item.category, item.key), [0] * number)[item.bucket] += item.quantity
    return Outcomes(
        since=moment(first * MINUTE_US),
        until=until,
        interval_seconds=width * 60,
        buckets=[moment((first + bucket * width) * MINUTE_US) for bucket in range(number)],
        rows=[
            OutcomeRow(
                outcome=outcome, reason=reason, category=category, key=key, key_label=labels.get(key, ""),
                total=sum(quantities), quantities=quantities,
            )
            for (outcome, reason, category, key), quantities in sorted(rows.items())
        ],
    )  # fmt: skip


def _aware(at: datetime | None) -> datetime | None:
    if at is None:
        return None
    try:
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except OverflowError as error:
        raise InvalidInput(f"{at.isoformat()} is out of range", reason="invalid_range") from error
