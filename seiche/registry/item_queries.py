"""Attachments and feedback: what the alerts consumer adds, what people read, what retention removes."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from seiche.registry.item_tables import AttachmentRow, FeedbackRow
from seiche.registry.tables import FingerprintRow

MOST_LISTED = 200


def has_attachment(session: Session, row: AttachmentRow) -> bool:
    """Whether the event has this very file already."""
    same = (AttachmentRow.event_id == row.event_id, AttachmentRow.name == row.name, AttachmentRow.sha256 == row.sha256)
    return session.scalar(sa.select(AttachmentRow.id).where(AttachmentRow.project_id == row.project_id, *same)) is not None


def has_feedback(session: Session, project_id: int, feedback_id: str) -> bool:
    """Whether it came before."""
    chosen = sa.select(FeedbackRow.id).where(FeedbackRow.project_id == project_id, FeedbackRow.feedback_id == feedback_id)
    return session.scalar(chosen) is not None


def attachments(session: Session, project_id: int, event_id: str) -> list[AttachmentRow]:
    """Of one event, in the order they came."""
    chosen = sa.select(AttachmentRow).where(AttachmentRow.project_id == project_id, AttachmentRow.event_id == event_id)
    return list(session.scalars(chosen.order_by(AttachmentRow.id).limit(MOST_LISTED)))


def attachment(session: Session, project_id: int, event_id: str, attachment_id: int) -> AttachmentRow | None:
    """One file of one event."""
    row = session.get(AttachmentRow, attachment_id)
    return row if row is not None and (row.project_id, row.event_id) == (project_id, event_id) else None


def feedback_of_issue(session: Session, project_id: int, issue_id: int) -> list[FeedbackRow]:
    """What was said about events of the issue, newest first."""
    mine = sa.select(FingerprintRow.fingerprint).where(FingerprintRow.project_id == project_id, FingerprintRow.issue_id == issue_id)
    chosen = sa.select(FeedbackRow).where(FeedbackRow.project_id == project_id, FeedbackRow.fingerprint.in_(mine))
    return list(session.scalars(chosen.order_by(FeedbackRow.id.desc()).limit(MOST_LISTED)))


def feedback_of_project(session: Session, project_id: int, *, before: int | None, limit: int) -> list[tuple[FeedbackRow, int | None]]:
    """Newest first, each with its issue where it has one; `before`: the last id of the page before."""
    joined = sa.and_(FingerprintRow.project_id == FeedbackRow.project_id, FingerprintRow.fingerprint == FeedbackRow.fingerprint)
    chosen = sa.select(FeedbackRow, FingerprintRow.issue_id).outerjoin(FingerprintRow, joined).where(FeedbackRow.project_id == project_id)
    if before is not None:
        chosen = chosen.where(FeedbackRow.id < before)
    return [(row[0], row[1]) for row in session.execute(chosen.order_by(FeedbackRow.id.desc()).limit(limit))]


def unlinked(session: Session, since_us: int, limit: int) -> Sequence[tuple[int, str]]:
    """(project, event) of recent feedback whose event's fingerprint is not known yet, newest first."""
    chosen = sa.select(FeedbackRow.project_id, FeedbackRow.event_id).where(
        FeedbackRow.fingerprint == "", FeedbackRow.event_id != "", FeedbackRow.received_at_us >= since_us
    )
    return [(row[0], row[1]) for row in session.execute(chosen.order_by(FeedbackRow.id.desc()).limit(limit))]


def link(session: Session, project_id: int, fingerprints: Mapping[str, str]) -> None:
    """Write down what the events' fingerprints are."""
    for event_id, fingerprint in fingerprints.items():
        waiting = (FeedbackRow.project_id == project_id, FeedbackRow.event_id == event_id, FeedbackRow.fingerprint == "")
        session.execute(sa.update(FeedbackRow).where(*waiting).values(fingerprint=fingerprint))


def forget_before(session: Session, project_id: int, at_us: int) -> int:
    """Remove rows that are older; returns how many."""
    gone = 0
    for table in (AttachmentRow, FeedbackRow):
        chosen = sa.delete(table).where(table.project_id == project_id, table.received_at_us < at_us)
        gone += session.execute(chosen).rowcount  # type: ignore[attr-defined] # of a DELETE it is there
    return gone
