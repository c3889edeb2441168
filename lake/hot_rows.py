"""Silver rows as `events_hot` takes them: scalars, no stacks, no duplicates."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

COPIED = (
    "log_partition",
    "log_offset",
    "received_at",
    "occurred_at",
    "project_id",
    "event_id",
    "fingerprint",
    "platform",
    "level",
    "logger",
    "transaction",
    "server_name",
    "release",
    "dist",
    "environment",
    "type",
    "value",
    "culprit",
    "title",
    "message",
    "user_key",
    "sdk_name",
    "sdk_version",
    "unprocessable",
    "tags",
)
TEXT_BYTES = 2048
"""Longer values, titles and messages are cut: the whole of them is in silver and in the payload."""
SILVER_COLUMNS = (*COPIED, "duplicate")
_CUT = frozenset({"value", "title", "message"})


def to_hot(rows: pa.Table, silver_version: int) -> pa.Table:
    """Leaves duplicates out."""
    rows = rows.filter(pc.invert(rows["duplicate"]))
    arrays: dict[str, Any] = {name: _column(rows, name) for name in COPIED}
    arrays["received_hour"] = pc.floor_temporal(rows["received_at"], unit="hour").cast(pa.timestamp("s", tz="UTC"))
    arrays["silver_version"] = pa.array([silver_version] * rows.num_rows, pa.int64())
    return pa.table(arrays)


def _column(rows: pa.Table, name: str) -> Any:
    column: Any = rows[name]
    if not pa.types.is_string(column.type):
        return column
    column = pc.fill_null(column, "")
    return pc.utf8_slice_codeunits(column, 0, TEXT_BYTES) if name in _CUT else column
