"""Each Delta table as its owner makes it: schema, partitions, and which columns carry statistics.

Without `delta.dataSkippingStatsColumns` the untruncated minimum and maximum of every payload would go into the transaction
log: 100 KB a commit, seconds to open.
"""

import msgspec
import pyarrow as pa

from lake.gold_tables import FINGERPRINT_MAP, ISSUES
from lake.tables import BRONZE_EVENTS, SILVER_EVENTS


class TableSpec(msgspec.Struct, frozen=True):
    """What is fixed at creation."""

    name: str
    schema: pa.Schema
    partition_by: tuple[str, ...]
    statistics: tuple[str, ...]

    @property
    def configuration(self) -> dict[str, str | None]:
        """Delta table properties. Checkpoints and log cleanup are `lake.maintenance`'s."""
        return {
            "delta.dataSkippingStatsColumns": ",".join(self.statistics),
            "delta.logRetentionDuration": "interval 1 days",
            "delta.deletedFileRetentionDuration": "interval 1 days",
        }


_EVENT_STATISTICS = ("log_partition", "log_offset", "received_at", "received_hour", "project_id")

TABLES = {
    spec.name: spec
    for spec in (
        TableSpec("bronze_events", BRONZE_EVENTS, ("received_date",), _EVENT_STATISTICS),
        TableSpec("silver_events", SILVER_EVENTS, ("received_date",), _EVENT_STATISTICS),
        TableSpec("issues", ISSUES, (), ("project_id", "issue_id")),
        TableSpec("fingerprint_map", FINGERPRINT_MAP, (), ("project_id", "issue_id")),
    )
}
