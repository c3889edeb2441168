"""The table registry: every Delta and ClickHouse column in one place."""

from typing import Any

import pyarrow as pa

TIMESTAMP = pa.timestamp("us", tz="UTC")

FRAME = pa.struct(
    [
        ("module", pa.string()),
        ("function", pa.string()),
        ("filename", pa.string()),
        ("abs_path", pa.string()),
        ("lineno", pa.int32()),
        ("colno", pa.int32()),
        ("in_app", pa.bool_()),
        ("context_line", pa.string()),
    ]
)
EXCEPTION = pa.struct(
    [
        ("type", pa.string()),
        ("value", pa.string()),
        ("module", pa.string()),
        ("handled", pa.bool_()),
        ("synthetic", pa.bool_()),
        ("frames", pa.list_(FRAME)),
    ]
)

WHERE_FROM: list[Any] = [
    pa.field("received_date", pa.date32(), nullable=False),  # the only partition column
    pa.field("received_hour", pa.int8(), nullable=False),  # 0-23, UTC
    pa.field("log_partition", pa.int32(), nullable=False),
    pa.field("log_offset", pa.int64(), nullable=False),
    pa.field("received_at", TIMESTAMP, nullable=False),
    pa.field("project_id", pa.int64(), nullable=False),
    pa.field("event_id", pa.string(), nullable=False),
]

BRONZE_EVENTS = pa.schema(
    [
        *WHERE_FROM,
        ("public_key", pa.string()),
        ("sent_at", TIMESTAMP),
        ("client_ip", pa.string()),
        ("user_agent", pa.string()),
        ("geo", pa.string()),  # JSON: the place of the sender's address when it was accepted
        ("config_version", pa.int32()),
        ("scrub_version", pa.int32()),
        ("schema_version", pa.int32()),
        ("payload", pa.string()),
    ]
)
"""As accepted, after scrubbing. `payload` is the event's JSON text: Parquet's zstd works across events."""

BRONZE_ITEMS = pa.schema(
    [
        *WHERE_FROM,
        ("item_type", pa.string()),
        ("public_key", pa.string()),
        ("sent_at", TIMESTAMP),
        ("client_ip", pa.string()),
        ("user_agent", pa.string()),
        ("config_version", pa.int32()),
        ("scrub_version", pa.int32()),
        ("schema_version", pa.int32()),
        ("payload", pa.string()),
    ]
)
"""What is kept besides events, as accepted, after scrubbing: sessions, feedback, what attachments say of themselves; and ingest's own
outcome records (`item_type` "outcomes", of project 0): how much it refused, of whom and why."""

SILVER_EVENTS = pa.schema(
    [
        *WHERE_FROM,
        ("duplicate", pa.bool_()),
        ("unprocessable", pa.string()),  # the error, where normalising raised; null otherwise
        ("occurred_at", TIMESTAMP),
        ("platform", pa.string()),
        ("level", pa.string()),
        ("logger", pa.string()),
        ("transaction", pa.string()),
        ("server_name", pa.string()),
        ("release", pa.string()),
        ("dist", pa.string()),
        ("environment", pa.string()),
        ("type", pa.string()),
        ("value", pa.string()),
        ("culprit", pa.string()),
        ("title", pa.string()),
        ("message", pa.string()),
        ("message_template", pa.string()),
        ("fingerprint", pa.string()),  # the first of `fingerprints`: the key everything joins on
        ("fingerprints", pa.list_(pa.string())),
        ("sdk_fingerprint", pa.list_(pa.string())),
        ("grouping_version", pa.int32()),
        ("user_key", pa.string()),
        ("tags", pa.map_(pa.string(), pa.string())),
        ("exceptions", pa.list_(EXCEPTION)),
        ("thread_frames", pa.list_(FRAME)),
        ("frame_packages", pa.list_(pa.string())),  # of all frames, exceptions' first; empty where none has one
        ("frame_platforms", pa.list_(pa.string())),  # the same
        ("mechanisms", pa.list_(pa.string())),  # of the exceptions; the same
        ("exception_groups", pa.list_(pa.bool_())),  # whether an exception holds several; the same
        ("exception_values", pa.list_(pa.string())),  # what the exceptions say: the one part of them that is not in `stack_key`
        ("stack_key", pa.int64()),  # equal where exceptions and threads are, but for what they say
        ("sdk_name", pa.string()),
        ("sdk_version", pa.string()),
        ("search_text", pa.string()),  # title, message, frames, breadcrumbs: what the index holds
    ]
)
"""One row per log offset of an event record, duplicates included (flagged): drain compares them one to one."""

SEARCH_COLUMNS = ("log_partition", "log_offset", "received_at", "project_id", "event_id", "fingerprint", "search_text")

TABLE_NOTES = {
    "bronze_events": "every accepted event as it came, after scrubbing; `payload` is its JSON text",
    "bronze_items": "sessions, feedback, attachments and what ingest refused, scrubbed; `item_type` says which, `payload` is JSON",
    "silver_events": "one row per accepted event, normalised; repeats are kept with duplicate = true, so filter them (`events()` does)",
    "issues": "groups of events with what people decided, as last published from the registry",
    "fingerprint_map": "which issue a (project, fingerprint) belongs to now; joined at read, so merging rewrites no event",
}
"""What each table is, for people: `lake.connect().tables()` shows it."""

COLUMN_NOTES = {
    "received_date": "UTC date of received_at; the only partition column: filter on it to read less",
    "received_hour": "0-23, UTC",
    "log_partition": "where the event stands in the log: (log_partition, log_offset) is unique",
    "log_offset": "see log_partition",
    "received_at": "when ingest took it; never decreases within a log partition; windows and retention use it",
    "occurred_at": "when the program says it happened, clock drift corrected",
    "event_id": "the SDK's id, 32 hex digits; unique in a project once duplicates are left out; of an item, the event it belongs to",
    "item_type": "session, sessions, user_report, feedback, attachment, or outcomes: counts of what ingest refused, of many projects",
    "payload": "the event's JSON as sent, after scrubbing",
    "duplicate": "true: the same (project, event_id) came before at a lower offset; counted, not shown",
    "unprocessable": "the error, where normalising this event raised; null otherwise",
    "culprit": "the frame that decides, or the transaction",
    "fingerprint": "the first of fingerprints: join it with fingerprint_map for the issue",
    "fingerprints": "most telling first",
    "sdk_fingerprint": "what the program itself set as fingerprint, unexpanded",
    "user_key": "who was affected, as KIND:VALUE (id, email, username, ip_address); empty where unknown",
    "exceptions": "the chain, root cause first; frames oldest first",
    "exception_values": "the texts of `exceptions`, alone",
    "stack_key": "64 bits of all that `exceptions` and `thread_frames` hold but the texts; null in rows from before it was kept",
    "thread_frames": "the crashed thread's frames, where no exception carries any",
    "search_text": "title, message, frames and breadcrumbs: what full-text search looks at",
    "issue_id": "the issue's id in the registry and in the dashboard's address",
    "map_version": "grows by one with every change of a project's map",
}
"""What columns mean, where the name does not say it all; a name means the same in every table."""
