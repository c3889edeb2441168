"""User feedback into the registry, with the fingerprint of the event it speaks about as soon as it is known."""

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Session

from seiche.errors import InvalidInput, Transient
from seiche.model.outcome import Dropped, Outcome
from seiche.model.record import StoredRecord
from seiche.protocol.codec import decode_body
from seiche.protocol.feedback import feedback, user_report
from seiche.registry.engine import read, write
from seiche.registry.item_queries import has_feedback, link, unlinked
from seiche.registry.item_tables import FeedbackRow

if TYPE_CHECKING:
    from alerts.items import Around

FingerprintsOf = Callable[[int, Collection[str]], Mapping[str, str]]
"""(project id, event ids) -> the fingerprint of each that the hot tier has; raises `Transient` where it does not answer."""
AGAIN = Dropped(Outcome.DUPLICATE, "same_feedback")
LINK_DAYS_US = 7 * 86_400_000_000
"""How long an event may take to arrive after what was said about it."""
LINK_ROWS = 500

log = logging.getLogger(__name__)


def store(session: Session, records: Sequence[StoredRecord], around: "Around") -> Mapping[int, Dropped]:
    """One row a feedback; the same again is a duplicate, and one without words is invalid."""
    dropped: dict[int, Dropped] = {}
    for stored in records:
        record = stored.record
        try:
            said = (user_report if record.item_type == "user_report" else feedback)(decode_body(record), record.event_id)
        except InvalidInput as error:
            dropped[stored.offset] = Dropped(Outcome.INVALID, error.reason, str(error))
            continue
        if has_feedback(session, record.project_id, said.feedback_id):
            dropped[stored.offset] = AGAIN
            continue
        session.add(
            FeedbackRow(
                project_id=record.project_id,
                feedback_id=said.feedback_id,
                kind=record.item_type,
                event_id=said.event_id,
                fingerprint=around.fingerprints.get((record.project_id, said.event_id), ""),
                name=said.name,
                email=said.email,
                message=said.message,
                url=said.url,
                received_at_us=record.received_at_us,
            )
        )
        session.flush()
    return dropped


def link_to_issues(engine: sa.Engine, fingerprints_of: FingerprintsOf, *, now_us: int) -> int:
    """Ask the hot tier for the fingerprints that feedback still lacks; returns how many events were found. Never raises `Transient`."""
    with read(engine) as session:
        waiting = unlinked(session, now_us - LINK_DAYS_US, LINK_ROWS)
    by_project: dict[int, set[str]] = defaultdict(set)
    for project_id, event_id in waiting:
        by_project[project_id].add(event_id)
    done = 0
    try:
        for project_id, event_ids in by_project.items():
            if found := fingerprints_of(project_id, event_ids):
                with write(engine) as session:
                    link(session, project_id, found)
                done += len(found)
    except Transient as error:
        log.info("feedback is linked to its issues later: %s", error)
    return done
