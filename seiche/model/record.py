"""What the event log holds: one record an item, header and body (decision 5 of docs/architecture.md)."""

from enum import StrEnum

import msgspec

SCHEMA_VERSION = 1


class RecordKind(StrEnum):
    """What a record's body holds."""

    EVENT = "event"
    """One event item: its (scrubbed) JSON, compressed as `codec` says."""
    OUTCOMES = "outcomes"
    """A JSON array of `seiche.model.outcome.Tally`: counts that no event record carries."""
    ITEM = "item"
    """Another item of an envelope (`item_type` says which): its scrubbed JSON, compressed as `codec` says. Of an attachment the body is a
    `seiche.model.blob.Attachment`, which names the bytes in the raw store."""


class LogRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One durable record. `header` fields first, then the body.

    `received` is how many recognised events this record settles in the accounting. It is set from the count made when
    the request's key was recognised, not from what was stored: a single-event request carries 1, a refused request
    carries none and is settled by an OUTCOMES record. An ITEM carries none either: whoever reads it counts one of its category.
    """

    kind: RecordKind
    received_at_us: int
    """Microseconds since the epoch, UTC. The log raises it where needed, so that it never decreases in a partition."""
    project_id: int = 0
    """0 in OUTCOMES records, which may speak of many projects."""
    public_key: str = ""
    event_id: str = ""
    """32 lowercase hex digits. Of an ITEM: the event that it belongs to; "" where it belongs to none."""
    sent_at_us: int | None = None
    client_ip: str = ""
    user_agent: str = ""
    geo: str = ""
    """JSON of the place that the sender's address belonged to at accept (docs/adr/0015); "" where that is not known."""
    config_version: int = 0
    """The immutable `project_configs.version` in force at accept."""
    scrub_version: int = 0
    item_type: str = "event"
    """Sentry's name: event, session, sessions, user_report, feedback, attachment."""
    received: int = 0
    codec: str = "identity"
    """How `body` is compressed: identity, gzip, zstd; gzip_part where it is the client's own gzip, of more than the item."""
    part: tuple[int, int] | None = None
    """Of gzip_part: where, from..to, the item's JSON lies in what the gzip unpacks to."""
    schema_version: int = SCHEMA_VERSION
    body: bytes = b""


class StoredRecord(msgspec.Struct, frozen=True):
    """A record as read back from the log."""

    partition: int
    offset: int
    record: LogRecord
