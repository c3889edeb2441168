"""What silver holds, counted from its rows by (partition, offset): the other side of `received`."""

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from lake.store import Lake

NAME = "silver_events"


class SilverCount(msgspec.Struct, frozen=True):
    """Rows of one project: `stored` are events, `duplicates` repeats; one row per log offset of an event record."""

    stored: int
    duplicates: int


def silver_counts(lake: Lake, up_to: dict[int, int]) -> dict[int, SilverCount]:
    """Per project, of the rows below the given end offset of each log partition."""
    if not up_to:
        return {}
    below = [(pc.field("log_partition") == partition) & (pc.field("log_offset") < end) for partition, end in up_to.items()]
    rows = lake.dataset(NAME).to_table(columns=["project_id", "duplicate"], filter=reduce(or_, below))
    counts: dict[int, dict[bool, int]] = {}
    for row in rows.group_by(["project_id", "duplicate"]).aggregate([([], "count_all")]).to_pylist():
        counts.setdefault(row["project_id"], {})[bool(row["duplicate"])] = row["count_all"]
    return {project: SilverCount(found.get(False, 0), found.get(True, 0)) for project, found in counts.items()}


def missing_offsets(lake: Lake, partition: int, offsets: Iterable[int], *, table: str = NAME) -> list[int]:
    """Which of these log offsets have no row in `table`, ascending."""
    wanted = pa.array(sorted(set(offsets)), pa.int64())
    if not len(wanted):
        return []
    first, last = wanted[0].as_py(), wanted[-1].as_py()
    where = (pc.field("log_partition") == partition) & (pc.field("log_offset") >= first) & (pc.field("log_offset") <= last)
    held = lake.dataset(table).to_table(columns=["log_offset"], filter=where)["log_offset"]
    missing: Any = wanted.filter(pc.invert(pc.is_in(wanted, value_set=held)))
    return list(missing.to_pylist())
