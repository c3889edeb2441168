"""The outbox: what is due, and what became of it."""

from collections.abc import Collection, Sequence

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from seiche.registry.tables import Activity, OutboxRow

PENDING, SENT, FAILED = "pending", "sent", "failed"
ERROR_CHARACTERS = 2000


class Result(msgspec.Struct, frozen=True):
    """What became of one attempt."""

    delivery_id: str
    state: str
    at_us: int
    error: str = ""
    next_attempt_at_us: int = 0


def due(session: Session, *, now_us: int, limit: int, without_targets: Collection[str] = ()) -> Sequence[OutboxRow]:
    """Pending rows whose time has come, oldest first, but for those whose target is busy."""
    chosen = (
        sa.select(OutboxRow)
        .where(OutboxRow.state == PENDING, OutboxRow.next_attempt_at_us <= now_us)
        .where(OutboxRow.target.not_in(without_targets))
        .order_by(OutboxRow.next_attempt_at_us, OutboxRow.delivery_id)
        .limit(limit)
    )
    return session.scalars(chosen).all()


def record(session: Session, results: Sequence[Result]) -> None:
    """Write results; a message that left or was given up is in its issue's activity."""
    asked = sa.select(OutboxRow).where(OutboxRow.delivery_id.in_([result.delivery_id for result in results]))
    rows = {row.delivery_id: row for row in session.scalars(asked)}
    for result in results:
        row = rows.get(result.delivery_id)
        if row is None:
            continue  # its project was deleted meanwhile
        row.state, row.attempts, row.last_error = result.state, row.attempts + 1, result.error[:ERROR_CHARACTERS]
        if result.state == PENDING:
            row.next_attempt_at_us = result.next_attempt_at_us
            continue
        row.sent_at_us = result.at_us if result.state == SENT else None
        session.add(
            Activity(
                project_id=row.project_id,
                issue_id=row.issue_id,
                kind="notified" if result.state == SENT else "notification_failed",
                actor="seiche",
                reason=f"{row.channel} to {row.target}" + (f": {result.error[:500]}" if result.error else ""),
                data={"rule_id": row.rule_id, "channel": row.channel, "target": row.target, "delivery_id": row.delivery_id},
                at_us=result.at_us,
            )
        )
