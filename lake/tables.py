"""The table registry: every Delta and ClickHouse column in one place."""

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

WHERE_FROM = [
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
        ("config_version", pa.int32()),
        ("scrub_version", pa.int32()),
        ("schema_version", pa.int32()),
        ("payload", pa.string()),
    ]
)
"""As accepted, after scrubbing. `payload` is the event's JSON text: Parquet's zstd works across events."""

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
        ("sdk_name", pa.string()),
        ("sdk_version", pa.string()),
        ("search_text", pa.string()),  # title, message, frames, breadcrumbs: what the index holds
    ]
)
"""One row per log offset of an event record, duplicates included (flagged): drain compares them one to one."""

SEARCH_COLUMNS = ("log_partition", "log_offset", "received_at", "project_id", "event_id", "fingerprint", "search_text")
