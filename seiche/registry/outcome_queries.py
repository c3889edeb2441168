"""Outcome counts, added up by what is asked for."""

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from seiche.registry.tables import OutcomeCount


class Counted(NamedTuple):
    """One sum; what it is not grouped by is empty."""

    bucket: int
    outcome: str
    reason: str
    category: str
    key: str
    quantity: int


def counted(session: Session, project_id: int, first: int, last: int, width: int, *, group_by: Collection[str]) -> list[Counted]:
    """Of the minutes first..last (both included), in buckets of `width` minutes counted from `first`."""
    bucket = ((OutcomeCount.minute - first) // sa.literal_column(str(int(width)), sa.BigInteger)).label("bucket")
    columns = {"reason": OutcomeCount.reason, "category": OutcomeCount.category, "key": OutcomeCount.public_key}
    grouped = [column for name, column in columns.items() if name in group_by]
    shown = [column if name in group_by else sa.literal("").label(name) for name, column in columns.items()]
    chosen = (
        sa.select(bucket, OutcomeCount.outcome, *shown, sa.func.sum(OutcomeCount.quantity))
        .where(OutcomeCount.project_id == project_id, OutcomeCount.minute >= first, OutcomeCount.minute <= last)
        .group_by(bucket, OutcomeCount.outcome, *grouped)
    )
    rows: Iterable[Any] = session.execute(chosen)
    return [Counted(int(at), outcome, reason, category, key, int(quantity)) for at, outcome, reason, category, key, quantity in rows]
