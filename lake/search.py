"""Silver -> the search index, through its port. The position is the index's own: `indexed_offset`."""

from collections.abc import Sequence
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from lake.rows import batches_of_hour, partitions, window
from lake.store import Lake, StageReport
from lake.tables import SEARCH_COLUMNS
from seiche.ports.search_index import SearchIndex

NAME = "search_index"
WINDOW_OFFSETS = 5_000
SILVER_COLUMNS = (*SEARCH_COLUMNS, "duplicate")


def advance(lake: Lake, index: SearchIndex, *, among: Sequence[int] | None = None, max_offsets: int = WINDOW_OFFSETS) -> StageReport:
    """Index the next stretch of silver's rows of these partitions (None: of all); `detail["more"]` says how many offsets wait."""
    ends = lake.cursors("silver_events", "silver", partitions(lake, among=among))
    if ends == lake.memory.get("search.seen"):
        return StageReport(stage=NAME)
    rows, positions = 0, {}
    with lake.beside("search", ends):
        for partition, end in ends.items():
            positions[partition], found = _advance_partition(lake, index, partition, end, max_offsets)
            rows += found
    if positions == ends:
        lake.memory["search.seen"] = ends
    more = sum(max(0, end - positions[partition]) for partition, end in ends.items())
    return StageReport(stage=NAME, rows=rows, detail={"positions": positions, "more": more})


def _advance_partition(lake: Lake, index: SearchIndex, partition: int, end: int, max_offsets: int) -> tuple[int, int]:
    start = index.indexed_offset(partition)
    silver = lake.table("silver_events")
    identity, version = silver.metadata().id, silver.version()
    while start < end:
        stop = min(end, start + max_offsets)
        rows = _kept(window(silver.to_pyarrow_dataset(), partition, start, stop, SILVER_COLUMNS))
        if rows.num_rows:
            index.index(rows, version=f"{identity}:{version}:{partition}:{start}-{stop}")
            return stop, rows.num_rows
        start = stop
    return max(start, end), 0


def rebuild_hour(lake: Lake, index: SearchIndex, hour: datetime) -> StageReport:
    """Make the index's hour again from silver's current snapshot."""
    with lake.exclusive("search"):
        batches = [_kept(batch) for batch in batches_of_hour(lake.dataset("silver_events"), hour, SILVER_COLUMNS)]
        rows = pa.concat_tables(batches) if batches else lake.dataset("silver_events").schema.empty_table().select(SEARCH_COLUMNS)
        index.replace_hour(hour, rows)
    return StageReport(stage=NAME, rows=rows.num_rows, detail={"hour": hour.isoformat()})


def _kept(rows: pa.Table) -> pa.Table:
    return rows.filter(pc.invert(rows["duplicate"])).select(SEARCH_COLUMNS)
