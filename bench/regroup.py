"""What a preview costs: real events repeated in silver's columns, their users and releases varied, through `lake.history` and the plan.

Usage: python -m bench.regroup [EVENTS] (default 100,000).
"""

import sys
import time
from collections.abc import Iterator

import pyarrow as pa

from bench.grouping import SETS, load
from lake.history import BATCH_ROWS, History, columns, compute
from lake.silver_rows import _column, _columns
from lake.tables import SILVER_EVENTS
from seiche.grouping import analyse
from seiche.grouping.regroup import Known, plan
from seiche.model.project import ProjectConfig

USERS = 5_000


def batches(rows: int, *, apart: int) -> Iterator[pa.Table]:
    """`rows` events as silver holds them; `apart`: so many different messages a stack, as ids in messages make them."""
    events = [row.event for name in SETS for row in load(name)]
    found = _columns(events, [analyse(event, ProjectConfig(grouping_version=1)).grouping for event in events])
    base = {field.name: _column(found[field.name], field.type) for field in SILVER_EVENTS if field.name in found}
    at = time.time_ns() // 1000
    for start in range(0, rows, BATCH_ROWS):
        numbers = range(start, min(rows, start + BATCH_ROWS))
        pick = pa.array([number % len(events) for number in numbers])
        table = {name: column.take(pick) for name, column in base.items()}
        micro = pa.array([at + number for number in numbers]).cast(pa.timestamp("us", tz="UTC"))
        table |= {
            "received_at": micro,
            "occurred_at": micro,
            "log_partition": pa.array([0] * len(numbers), pa.int32()),
            "log_offset": pa.array(list(numbers), pa.int64()),
            "event_id": pa.array([f"{number:032x}" for number in numbers]),
            "unprocessable": pa.nulls(len(numbers), pa.string()),
            "user_key": pa.array([f"id:{number % USERS}" for number in numbers]),
            "logger": pa.array([f"logger {number % apart}" for number in numbers]),
        }
        yield pa.table({name: table[name] for name in columns()})


def main() -> None:
    """One line a case."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    config = ProjectConfig(grouping_version=2)
    for apart in (1, 20):
        made = list(batches(rows, apart=apart))
        cpu, wall = time.process_time(), time.perf_counter()
        history = compute(iter(made), History(1, config), rows, lambda *_: None)
        read_cpu, read_wall = time.process_time() - cpu, time.perf_counter() - wall
        known = {cell.old: Known(number) for number, cell in enumerate(history.cells, 1)}
        cpu = time.process_time()
        found = plan(history.sights.values(), history.overlap(), known)
        planned = time.process_time() - cpu
        print(
            f"{rows:,} events, {history.inputs:,} distinct inputs, {len(found.placed):,} fingerprints: "
            f"{1e6 * read_cpu / rows:.1f} us CPU an event ({read_cpu:.1f} s CPU, {read_wall:.1f} s wall), plan {planned:.2f} s CPU"
        )


if __name__ == "__main__":
    main()
