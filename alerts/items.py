"""ITEM records, handed by type to small handlers, in the transaction of their batch: exactly once, like everything of the consumer.

A handler reads records of one type, writes what it wants through the session, and answers which of them it did not store. The
counts are made here: one received and one outcome a record. A type without a handler is stored by the lake alone.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from alerts import attachments, feedback
from alerts.prepare import MINUTE_US, Prepared
from seiche.model.outcome import Dropped, Outcome, Tally
from seiche.model.record import LogRecord, StoredRecord
from seiche.protocol.items import category
from seiche.registry.tables import Project

NO_PROJECT = Dropped(Outcome.INVALID, "no_project")
FAILED = Dropped(Outcome.INVALID, "internal_error")


class Around(msgspec.Struct, frozen=True):
    """What a handler may want to know besides its records."""

    fingerprints: Mapping[tuple[int, str], str]
    """(project, event id) -> fingerprint of the events of the same batch; the hot tier knows older ones."""
    now_us: int


Handler = Callable[[Session, Sequence[StoredRecord], Around], Mapping[int, Dropped]]
"""(session, records of one type in the order of the log, around) -> by offset, what was not stored and why.

Every record's project exists. A handler that raises refuses the record that made it raise, when the batch is taken one by one.
"""

HANDLERS: dict[str, Handler] = {
    "attachment": attachments.store,
    "user_report": feedback.store,
    "feedback": feedback.store,
}
"""By `LogRecord.item_type`."""


def handle(session: Session, batch: Prepared, *, now_us: int, handlers: Mapping[str, Handler] = HANDLERS) -> list[Tally]:
    """Every item of a batch, and what became of it."""
    if not batch.items:
        return []
    around = Around({(one.record.project_id, one.record.event_id): one.grouping.fingerprints[0] for one in batch.sightings}, now_us)
    known = set(session.scalars(sa.select(Project.id).where(Project.id.in_({one.record.project_id for one in batch.items}))))
    dropped = {one.offset: NO_PROJECT for one in batch.items if one.record.project_id not in known}
    by_type: dict[str, list[StoredRecord]] = defaultdict(list)
    for one in batch.items:
        if one.offset not in dropped:
            by_type[one.record.item_type].append(one)
    for item_type, records in by_type.items():
        if (handler := handlers.get(item_type)) is not None:
            dropped |= handler(session, records, around)
    return [tally for one in batch.items for tally in tallies(one.record, dropped.get(one.offset))]


def tallies(record: LogRecord, dropped: Dropped | None) -> tuple[Tally, Tally]:
    """Receipt and outcome of one item, under its category."""
    kind, minute = category(record.item_type), record.received_at_us // MINUTE_US
    outcome, reason = (dropped.outcome, dropped.reason) if dropped else (Outcome.STORED, "")
    received = Tally(record.project_id, record.public_key, kind, Outcome.RECEIVED, "", minute, 1)
    return received, Tally(record.project_id, record.public_key, kind, outcome, reason, minute, 1)


def refused_item(record: LogRecord) -> tuple[Tally, Tally]:
    """An item whose handler raised: counted, not stored; the lake has it."""
    return tallies(record, FAILED)
