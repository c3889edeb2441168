"""Attachments into the registry: which files an event has. Their bytes are in the raw store already."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy.orm import Session

from seiche.model.blob import Attachment
from seiche.model.outcome import Dropped, Outcome
from seiche.model.record import StoredRecord
from seiche.protocol.codec import decode_body
from seiche.registry.item_queries import has_attachment
from seiche.registry.item_tables import AttachmentRow

if TYPE_CHECKING:
    from alerts.items import Around

AGAIN = Dropped(Outcome.DUPLICATE, "same_file")
_ATTACHMENT = msgspec.json.Decoder(Attachment)


def store(session: Session, records: Sequence[StoredRecord], _around: "Around") -> Mapping[int, Dropped]:
    """One row a file; the same file of the same event again is a duplicate."""
    dropped: dict[int, Dropped] = {}
    for stored in records:
        record, told = stored.record, _ATTACHMENT.decode(decode_body(stored.record))
        row = AttachmentRow(
            project_id=record.project_id,
            event_id=record.event_id,
            name=told.name,
            content_type=told.content_type,
            attachment_type=told.attachment_type,
            size=told.size,
            sha256=told.sha256,
            key=told.key,
            received_at_us=record.received_at_us,
        )
        if has_attachment(session, row):
            dropped[stored.offset] = AGAIN
        else:
            session.add(row)
            session.flush()
    return dropped
