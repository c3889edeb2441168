"""Column names, types and meanings as Dagster's table metadata, from the table registry."""

from collections.abc import Mapping
from typing import Any

import dagster as dg
import pyarrow as pa

from lake.gold_tables import FINGERPRINT_MAP, ISSUES
from lake.tables import BRONZE_EVENTS, BRONZE_ITEMS, COLUMN_NOTES, SEARCH_COLUMNS, SILVER_EVENTS

DELTA = {
    "bronze_events": BRONZE_EVENTS,
    "bronze_items": BRONZE_ITEMS,
    "silver_events": SILVER_EVENTS,
    "issues": ISSUES,
    "fingerprint_map": FINGERPRINT_MAP,
}

NOT_IN_HOT = {
    "received_date",
    "duplicate",
    "exceptions",
    "thread_frames",
    "search_text",
    "fingerprints",
    "sdk_fingerprint",
    "grouping_version",
    "message_template",
    "mechanisms",
    "frame_packages",
    "frame_platforms",
    "exception_groups",
    "exception_values",
    "stack_key",
}
EVENTS_HOT = (
    *(field.name for field in SILVER_EVENTS if field.name not in NOT_IN_HOT),
    "silver_version",
)
ISSUE_ROLLUPS = {
    "project_id": "Int64",
    "fingerprint": "String",
    "received_hour": "DateTime",
    "occurred_hour": "DateTime",
    "environment": "String",
    "release": "String",
    "level": "String",
    "count": "sum of UInt64",
    "users": "uniq of user_key: uniqMerge(users)",
    "first_seen": "min of DateTime64(6)",
    "last_seen": "max of DateTime64(6)",
}
SESSION_ROWS = {
    "received_hour": "DateTime",
    "log_partition": "Int32",
    "log_offset": "Int64",
    "received_at": "DateTime64(6)",
    "project_id": "Int64",
    "started": "DateTime64(6)",
    "release": "String",
    "environment": "String",
    "sid": "String: of one session's state; empty in counts",
    "did": "String: who, hashed for the project",
    "seq": "UInt64: the newest state of a session counts",
    "status": "String: ok, exited, crashed, abnormal",
    "errors": "UInt64",
    "exited": "UInt64",
    "errored": "UInt64",
    "crashed": "UInt64",
    "abnormal": "UInt64",
}
IN_CLICKHOUSE = {"issue_rollups": ISSUE_ROLLUPS, "session_rows": SESSION_ROWS}


def table_metadata(name: str) -> Mapping[str, Any]:
    """`dagster/column_schema` and `dagster/table_name` of an asset."""
    return {"dagster/table_name": name, "dagster/column_schema": dg.TableSchema(columns=_columns(name))}


def _columns(name: str) -> list[dg.TableColumn]:
    if name in DELTA:
        return [_column(field) for field in DELTA[name]]
    if name in IN_CLICKHOUSE:
        return [dg.TableColumn(column, kind, description=COLUMN_NOTES.get(column)) for column, kind in IN_CLICKHOUSE[name].items()]
    names = EVENTS_HOT if name == "events_hot" else ("received_hour", *SEARCH_COLUMNS)
    known = {field.name: field for field in SILVER_EVENTS}
    return [_column(known[column]) if column in known else dg.TableColumn(column, "int64") for column in names]


def _column(field: "pa.Field[Any]") -> dg.TableColumn:
    return dg.TableColumn(
        field.name,
        str(field.type),
        description=COLUMN_NOTES.get(field.name),
        constraints=dg.TableColumnConstraints(nullable=field.nullable),
    )
