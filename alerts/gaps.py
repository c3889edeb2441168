"""A stretch of the log that is gone: counted, told to every project, passed over."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from seiche.registry import sightings as registry
from seiche.registry import upsert
from seiche.registry.tables import Activity, ConsumerOffset, Project

KIND = "log_gap"


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
