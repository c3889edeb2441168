"""A stretch of the log that is gone: read again from bronze as far as that has it; the rest is counted, and every project is told."""

from collections import Counter
from collections.abc import Callable, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from alerts.prepare import Prepared
from seiche.model.record import StoredRecord
from seiche.registry import sightings as registry
from seiche.registry import upsert
from seiche.registry.tables import Activity, ConsumerOffset, Project

Refill = Callable[[int, int, int], tuple[Sequence[StoredRecord], int]]
"""(partition, start, end) -> (bronze's records, where to go on; `start` where bronze has not been): `lake.refill`."""
KIND, REFILLED = "log_gap", "log_refilled"


def refilled(session: Session, batch: Prepared, *, now_us: int) -> None:
    """In the activity of every project whose events came this way, in the transaction that decides them."""
    events = Counter(one.record.project_id for one in batch.sightings)
    for project_id in session.scalars(sa.select(Project.id).where(Project.id.in_(events))):
        data = {"partition": batch.partition, "from": batch.start, "to": batch.end, "events": events[project_id]}
        reason = f"{events[project_id]} events had left the log before they became issues, and were read again from the lake"
        session.add(Activity(project_id=project_id, issue_id=None, kind=REFILLED, actor="seiche", reason=reason, data=data, at_us=now_us))


def lost_records(session: Session, partition: int, position: int, start: int, *, now_us: int) -> None:
    """Nobody knows whose records they were: every project's activity says so. The position moves to `start`."""
    lost = max(start - position, 0)
    reason = f"{lost} log records were lost before they could become issues" if lost else "the log was replaced by another one"
    for project_id in session.scalars(sa.select(Project.id)):
        data = {"partition": partition, "from": position, "to": start, "lost": lost}
        session.add(Activity(project_id=project_id, issue_id=None, kind=KIND, actor="seiche", reason=reason, data=data, at_us=now_us))
    row = {"consumer": registry.CONSUMER, "partition": partition, "offset": start, "updated_at_us": now_us}
    upsert.add_once(session, ConsumerOffset, [row])
    session.execute(
        sa.update(ConsumerOffset)
        .where(ConsumerOffset.consumer == registry.CONSUMER, ConsumerOffset.partition == partition)
        .values(offset=start, updated_at_us=now_us)
    )
