"""Gold's schemas: snapshots of the registry, for people and for a stale registry that must re-adopt its map."""

from typing import Any

import pyarrow as pa

from lake.tables import TIMESTAMP

_ISSUES: list[Any] = [
    pa.field("project_id", pa.int64(), nullable=False),
    ("project", pa.string()),  # the slug
    pa.field("issue_id", pa.int64(), nullable=False),
    ("short_id", pa.string()),
    ("type", pa.string()),
    ("value", pa.string()),
    ("title", pa.string()),
    ("culprit", pa.string()),
    ("level", pa.string()),
    ("platform", pa.string()),
    ("status", pa.string()),
    ("substatus", pa.string()),
    ("count", pa.int64()),
    ("first_seen", TIMESTAMP),
    ("last_seen", TIMESTAMP),
    ("first_release", pa.string()),
    ("last_release", pa.string()),
    ("published_at", TIMESTAMP),
]
ISSUES = pa.schema(_ISSUES)

_FINGERPRINT_MAP: list[Any] = [
    pa.field("project_id", pa.int64(), nullable=False),
    pa.field("fingerprint", pa.string(), nullable=False),
    pa.field("issue_id", pa.int64(), nullable=False),
    ("rule", pa.string()),
    ("score", pa.float64()),
    ("version", pa.int32()),
    ("map_version", pa.int64()),
    ("created_at", TIMESTAMP),
]
FINGERPRINT_MAP = pa.schema(_FINGERPRINT_MAP)
