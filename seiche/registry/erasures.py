"""Erasures as rows: asked for, worked on hour by hour, done; and what the registry itself says of the people they are about."""

import re
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from seiche.errors import InvalidInput
from seiche.normalize.erase import KINDS, in_text, in_tree, pattern
from seiche.registry import upsert
from seiche.registry.artifact_tables import UnresolvedFile
from seiche.registry.engine import read, write
from seiche.registry.erasure_tables import ErasedEvent, ErasureRow
from seiche.registry.grouping_tables import NearMemberRow
from seiche.registry.item_tables import AttachmentRow, FeedbackRow
from seiche.registry.regroup_tables import FingerprintTotal
from seiche.registry.tables import Activity, FingerprintRow, Issue, OutboxRow

Id = TypeVar("Id", int, str)
QUEUED, RUNNING, ERASED, DONE = "queued", "running", "erased", "done"
MOST_EVENTS = 10_000
CHUNK = 5000
"""Of ids in one statement: SQLite takes at most 32,766 variables, and one hour may hold more of one person's events."""


def ask(session: Session, project_id: int, *, person: str, event_ids: Sequence[str], actor: str, now_us: int) -> ErasureRow:
    """Queue one: of a person (`KIND:VALUE`) or of these events. Raises `InvalidInput`."""
    kind, _, value = person.partition(":")
    if bool(person) == bool(event_ids):
        raise InvalidInput("name a person or events, one of the two", reason="invalid_erasure")
    if person and (kind not in KINDS or not value):
        raise InvalidInput(f"{person!r} names nobody: a person is {', '.join(f'{one}:VALUE' for one in KINDS)}", reason="invalid_erasure")
    if len(event_ids) > MOST_EVENTS:
        raise InvalidInput(f"{len(event_ids)} events are more than {MOST_EVENTS} at a time", reason="invalid_erasure")
    given: dict[str, Any] = {"project_id": project_id, "person": person, "event_ids": list(dict.fromkeys(event_ids)), "actor": actor}
    row = ErasureRow(**given, state=QUEUED, hours_left=[], met={}, created_at_us=now_us)
    session.add(row)
    session.flush()
    return row


def listed(session: Session, project_id: int, limit: int = 50) -> Sequence[ErasureRow]:
    """Newest first."""
    return session.scalars(
        sa.select(ErasureRow).where(ErasureRow.project_id == project_id).order_by(ErasureRow.id.desc()).limit(limit)
    ).all()


def oldest_open(engine: sa.Engine) -> ErasureRow | None:
    """The one to work on."""
    with read(engine) as session:
        return session.scalar(sa.select(ErasureRow).where(ErasureRow.state.in_((QUEUED, RUNNING))).order_by(ErasureRow.id).limit(1))


def with_files_left(engine: sa.Engine, erased_before_us: int) -> list[ErasureRow]:
    """Those whose older files may go now."""
    with read(engine) as session:
        return list(session.scalars(sa.select(ErasureRow).where(ErasureRow.state == ERASED, ErasureRow.erased_at_us < erased_before_us)))


def save(engine: sa.Engine, erasure_id: int, **values: Any) -> None:
    """Change columns of one."""
    with write(engine) as session:
        session.execute(sa.update(ErasureRow).where(ErasureRow.id == erasure_id).values(**values))


def met(engine: sa.Engine, row: ErasureRow, found: Mapping[str, Any], events: Mapping[str, tuple[str, int]]) -> None:
    """Write down what an hour holds before anything of it is changed: after a crash, nobody could tell any more.

    `events`: id -> (the fingerprint to keep or "", when it was received in microseconds).
    """
    rows = [
        {"project_id": row.project_id, "event_id": event_id, "fingerprint": fingerprint, "received_at_us": at_us}
        for event_id, (fingerprint, at_us) in events.items()
    ]
    with write(engine) as session:
        upsert.add_once(session, ErasedEvent, rows)
        session.execute(sa.update(ErasureRow).where(ErasureRow.id == row.id).values(met=dict(found)))


def files_of(engine: sa.Engine, project_id: int, events: Collection[str]) -> list[str]:
    """Keys of the events' files in the raw store."""
    with read(engine) as session:
        return [key for some in _chunks(events) for key in session.scalars(sa.select(AttachmentRow.key).where(*_files(project_id, some)))]


def hour_done(engine: sa.Engine, row: ErasureRow, found: Mapping[str, Any]) -> None:
    """The registry's own part of an hour, and the hour is done."""
    events: list[str] = found["events"]
    with write(engine) as session:
        files = sum(_gone(session, sa.delete(AttachmentRow).where(*_files(row.project_id, some))) for some in _chunks(events))
        feedback = sum(_gone(session, sa.delete(FeedbackRow).where(*_about(row, some))) for some in _chunks(events))
        feedback += _gone(session, sa.delete(FeedbackRow).where(*_signed(row)))
        if found["words"]:
            _texts(session, row.project_id, found["fingerprints"], found["words"])
        mine = session.get_one(ErasureRow, row.id, with_for_update=True)
        mine.events, mine.files, mine.feedback = mine.events + len(events), mine.files + files, mine.feedback + feedback
        mine.hours_left, mine.met = mine.hours_left[1:], {}


def finish(engine: sa.Engine, erasure_id: int) -> None:
    """All hours are done: from now on nobody can tell from the row whom it was about."""
    now_us = time.time_ns() // 1000
    with write(engine) as session:
        row = session.get_one(ErasureRow, erasure_id)
        row.state, row.person, row.event_ids, row.erased_at_us = ERASED, "", [], now_us
        data = {"erasure": row.id, "events": row.events, "files": row.files, "feedback": row.feedback}
        session.add(Activity(project_id=row.project_id, kind="person_erased", actor=row.actor, data=data, at_us=now_us))


def erased_among(engine: sa.Engine, project_id: int, event_ids: Collection[str]) -> list[str]:
    """Those of these events that were emptied."""
    mine = sa.select(ErasedEvent.event_id).where(ErasedEvent.project_id == project_id)
    with read(engine) as session:
        return [found for some in _chunks(event_ids) for found in session.scalars(mine.where(ErasedEvent.event_id.in_(some)))]


def is_erased(session: Session, project_id: int, event_id: str) -> bool:
    """Whether an event was emptied."""
    return session.get(ErasedEvent, (project_id, event_id)) is not None


def _files(project_id: int, events: Collection[str]) -> tuple[sa.ColumnElement[bool], ...]:
    return (AttachmentRow.project_id == project_id, AttachmentRow.event_id.in_(events))


def _about(row: ErasureRow, events: Collection[str]) -> tuple[sa.ColumnElement[bool], ...]:
    return (FeedbackRow.project_id == row.project_id, FeedbackRow.event_id.in_(events))


def _signed(row: ErasureRow) -> tuple[sa.ColumnElement[bool], ...]:
    """Feedback that the person signed, whatever it is about."""
    kind, _, value = row.person.partition(":")
    theirs: sa.ColumnElement[bool] = sa.func.lower(FeedbackRow.email) == value.lower() if kind == "email" else sa.false()
    return (FeedbackRow.project_id == row.project_id, theirs)


def _gone(session: Session, statement: sa.Delete) -> int:
    """How many rows it deleted."""
    return int(session.execute(statement).rowcount)  # type: ignore[attr-defined] # of a DELETE it is there


def _chunks(ids: Collection[Id]) -> Iterator[list[Id]]:
    """In an order of their own: repeating an hour asks the same."""
    some = sorted(ids)
    return (some[start : start + CHUNK] for start in range(0, len(some), CHUNK))


def _texts(session: Session, project_id: int, fingerprints: Collection[str], words: Collection[str]) -> None:
    """Titles, messages and what was told of the issues that the events belong to."""
    hidden = pattern(words)
    issues: set[int] = set()
    for some in _chunks(fingerprints):
        issues |= _texts_of(session, project_id, some, hidden)
    for few in _chunks(issues):
        for issue in session.scalars(sa.select(Issue).where(Issue.id.in_(few))):
            issue.title, issue.value = in_text(issue.title, hidden), in_text(issue.value, hidden)
        for activity in session.scalars(sa.select(Activity).where(Activity.issue_id.in_(few))):
            activity.data = in_tree(activity.data, hidden)
        for told in session.scalars(sa.select(OutboxRow).where(OutboxRow.issue_id.in_(few))):
            told.payload = in_tree(told.payload, hidden)
    for lacked in session.scalars(sa.select(UnresolvedFile).where(UnresolvedFile.project_id == project_id)):
        lacked.file, lacked.text = in_text(lacked.file, hidden), in_text(lacked.text, hidden)


def _texts_of(session: Session, project_id: int, fingerprints: Collection[str], hidden: re.Pattern[str] | None) -> set[int]:
    """What is kept of some fingerprints themselves; whose issues they are."""
    issues: set[int] = set()
    totals = sa.select(FingerprintTotal).where(FingerprintTotal.project_id == project_id, FingerprintTotal.fingerprint.in_(fingerprints))
    for one in session.scalars(totals):
        one.title, one.value = in_text(one.title, hidden), in_text(one.value, hidden)
    rows = sa.select(FingerprintRow).where(FingerprintRow.project_id == project_id, FingerprintRow.fingerprint.in_(fingerprints))
    for row in session.scalars(rows):
        issues.add(row.issue_id)
        row.components, row.evidence = in_tree(row.components, hidden), in_tree(row.evidence, hidden)
    near = sa.select(NearMemberRow).where(NearMemberRow.project_id == project_id, NearMemberRow.fingerprint.in_(fingerprints))
    for member in session.scalars(near):
        member.member = msgspec.json.encode(in_tree(msgspec.json.decode(member.member), hidden))
    return issues
