"""Bronze items -> `session_rows` in the hot tier, for release health. The position is the table's own highest offset, as in `lake.hot`."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from lake.rows import batches_of_hour, partitions, window
from lake.store import Lake, StageReport
from seiche.backends.clickhouse import translated
from seiche.backends.clickhouse_tables import hours_of, next_offset, replace_hour
from seiche.protocol.sessions import TYPES, SessionRow, rows

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

NAME = "session_rows"
SOURCE = "bronze_items"
WINDOW_OFFSETS = 20_000
COLUMNS = ("log_partition", "log_offset", "received_at", "project_id", "item_type", "payload")
_OF_ROW = tuple(name for name in SessionRow.__struct_fields__ if name != "started_us")


def advance(lake: Lake, client: "Client", *, among: Sequence[int] | None = None, max_offsets: int = WINDOW_OFFSETS) -> StageReport:
    """Insert the next stretch of items of these partitions (None: of all); `detail["more"]` says how many offsets wait."""
    ends = lake.cursors(SOURCE, "items", partitions(lake, SOURCE, "items", among=among))
    if ends == lake.memory.get("sessions.seen"):
        return StageReport(stage=NAME)
    count, positions = 0, {}
    with lake.beside("hot", ends), translated():
        for partition, end in ends.items():
            positions[partition], found = _advance_partition(lake, client, partition, end, max_offsets)
            count += found
    if positions == ends:
        lake.memory["sessions.seen"] = ends
    more = sum(max(0, end - positions[partition]) for partition, end in ends.items())
    return StageReport(stage=NAME, rows=count, detail={"positions": positions, "more": more})


def _advance_partition(lake: Lake, client: "Client", partition: int, end: int, max_offsets: int) -> tuple[int, int]:
    start = max(next_offset(client, NAME, partition), lake.memory.get(f"sessions:{partition}", 0))
    items = lake.table(SOURCE)
    identity = items.metadata().id
    while start < end:
        stop = min(end, start + max_offsets)
        found = to_rows(window(items.to_pyarrow_dataset(), partition, start, stop, COLUMNS))
        lake.memory[f"sessions:{partition}"] = stop  # stretches of other items leave no row that would tell
        if found.num_rows:
            for hour, part in hours_of(found):
                token = f"{identity}:{partition}:{start}-{stop}:{hour:%Y%m%d%H}"
                client.insert_arrow(NAME, part, settings={"insert_deduplication_token": token})
            return stop, found.num_rows
        start = stop
    return max(start, end), 0


def rebuild_hour(lake: Lake, client: "Client", hour: datetime) -> StageReport:
    """Make the table's hour again from bronze; swapped in one step."""
    with lake.exclusive("hot"), translated():
        batches = (to_rows(batch) for batch in batches_of_hour(lake.dataset(SOURCE), hour, COLUMNS))
        count = replace_hour(client, NAME, hour, batches)
    return StageReport(stage=NAME, rows=count, detail={"hour": hour.isoformat()})


def to_rows(items: pa.Table) -> pa.Table:
    """One row a session's state, or a minute's counts; other items have none."""
    items = items.filter(pc.is_in(items["item_type"], pa.array(sorted(TYPES))))
    kinds: list[Any] = items["item_type"].to_pylist()
    payloads: list[Any] = items["payload"].to_pylist()
    found = [(place, row) for place, kind in enumerate(kinds) for row in rows(kind, payloads[place])]
    of_items = items.take(pa.array([place for place, _ in found], pa.int64()))
    arrays: dict[str, Any] = {name: of_items[name] for name in ("log_partition", "log_offset", "received_at", "project_id")}
    arrays["received_hour"] = pc.floor_temporal(of_items["received_at"], unit="hour").cast(pa.timestamp("s", tz="UTC"))
    arrays["started"] = pa.array([row.started_us for _, row in found], pa.timestamp("us", tz="UTC"))
    for name in _OF_ROW:
        kind = pa.string() if name in {"sid", "did", "release", "environment", "status"} else pa.int64()
        arrays[name] = pa.array([getattr(row, name) for _, row in found], kind)
    return pa.table(arrays)
