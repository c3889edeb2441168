"""The accounting of the whole installation: what the registry counted beside what silver holds, taken at one place of the log.

Both sides look only at what every project's retention keeps, or silver's deletions would look like losses. Seiche's own canary is left out.
"""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from seiche.model.canary import OWN_PROJECT
from seiche.model.outcome import Outcome
from seiche.registry.engine import read
from seiche.registry.projects import retention_days
from seiche.registry.tables import ConsumerOffset, OutcomeCount

if TYPE_CHECKING:
    from lake.store import Lake

CATEGORY = "error"
REFUSALS = (Outcome.FILTERED, Outcome.RATE_LIMITED, Outcome.INVALID)
PARTS = ("stored", "filtered", "rate_limited", "invalid", "duplicates")


class Counted(msgspec.Struct, frozen=True):
    """What the registry held at one moment: counts, and the log offsets up to which they speak (exclusive)."""

    offsets: dict[int, int]
    sums: dict[str, int]
    kept_since: dict[int, date]
    """Project id -> the oldest date that its retention keeps."""


def counted(engine: sa.Engine) -> Counted:
    """One snapshot: the alerts consumer moves its offset in the transaction of its counts."""
    today = datetime.now(UTC)
    retention = {project: days for project, days in retention_days(engine).items() if project != OWN_PROJECT}
    kept_since = {project: (today - timedelta(days=days)).date() for project, days in retention.items()}
    sums: Counter[str] = Counter()
    with read(engine) as session:
        chosen = sa.select(ConsumerOffset.partition, ConsumerOffset.offset).where(ConsumerOffset.consumer == "alerts")
        offsets = {row.partition: row.offset for row in session.execute(chosen)}
        for since in sorted(set(kept_since.values())):
            projects = [project for project, kept in kept_since.items() if kept == since]
            quantities = (
                sa.select(OutcomeCount.outcome, sa.func.sum(OutcomeCount.quantity))
                .where(OutcomeCount.category == CATEGORY, OutcomeCount.project_id.in_(projects), OutcomeCount.minute >= _minute(since))
                .group_by(OutcomeCount.outcome)
            )
            for outcome, quantity in session.execute(quantities):
                sums[outcome] += int(quantity)
    return Counted(offsets, dict(sums), kept_since)


def stored(lake: "Lake", at: Counted) -> tuple[int, int]:
    """(stored, duplicates): silver's rows below the offsets of `at`."""
    if not at.offsets or not at.kept_since:
        return 0, 0
    below = [(pc.field("log_partition") == partition) & (pc.field("log_offset") < end) for partition, end in at.offsets.items()]
    kept = [
        pc.field("project_id").isin([project for project, since in at.kept_since.items() if since == kept])
        & (pc.field("received_date") >= pa.scalar(kept, pa.date32()))
        for kept in sorted(set(at.kept_since.values()))
    ]
    flags = lake.dataset("silver_events").to_table(columns=["duplicate"], filter=reduce(or_, below) & reduce(or_, kept))["duplicate"]
    repeats = int(pc.sum(flags).as_py() or 0)
    return len(flags) - repeats, repeats


def sums(at: Counted, in_silver: tuple[int, int]) -> dict[str, int]:
    """The contract's figures: `received` and its five parts."""
    found: dict[str, int] = {"received": at.sums.get(Outcome.RECEIVED, 0), "stored": in_silver[0]}
    found |= {str(outcome): at.sums.get(outcome, 0) for outcome in REFUSALS}
    return {**found, "duplicates": in_silver[1]}


def unsettled(found: dict[str, int]) -> int:
    """Received and in no part (positive), or in a part and never received (negative)."""
    return found["received"] - sum(found[name] for name in PARTS)


def offset_rows(lake: "Lake", table: str, partition: int, start: int, end: int, *, with_duplicates: bool = True) -> Any:
    """The log offsets of a table's rows in [start, end), as an arrow column."""
    where = (pc.field("log_partition") == partition) & (pc.field("log_offset") >= start) & (pc.field("log_offset") < end)
    if not with_duplicates:
        where &= ~pc.field("duplicate")
    return lake.dataset(table).to_table(columns=["log_offset"], filter=where)["log_offset"]


def _minute(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() // 60)
