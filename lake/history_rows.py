"""A project's stored events for `lake.history`: narrow columns of every event, stacks of those that are asked for.

A stack is most of an event's bytes, and few are distinct: rows say which they have by `stack_key`. Rows from before there was that
column are given one here, by a hash of the stacks themselves, which costs reading them all.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from lake.rows import partitions
from lake.silver_events import NARROW, WIDE
from lake.store import Lake

if TYPE_CHECKING:
    import polars as pl

BATCH_ROWS = 20_000
PLACE = ("received_at", "log_partition", "log_offset", "event_id", "fingerprint", "occurred_at", "unprocessable", "user_key")
Read = Callable[..., Iterator[pa.Table]]
"""Columns, of all rows of a row group or of those at some places."""
_WHERE = ("log_partition", "log_offset")


class Batch(NamedTuple):
    """Some events, without duplicates."""

    rows: "pl.DataFrame"
    """`PLACE` and `NARROW`."""
    stacks: "Callable[[Sequence[int]], pl.DataFrame]"
    """`WIDE` of rows, by their numbers, in the order of the numbers."""


class Snapshot(msgspec.Struct):
    """A project's stored events of one version of silver."""

    total: int
    batches: Iterator[Batch]
    positions: dict[int, int]
    """Per log partition, the offset below which everything is in it."""


def scan(
    lake: Lake, project_id: int, since: datetime | None = None, until: datetime | None = None, *, after: Mapping[int, int] | None = None
) -> Snapshot:
    """A project's events in batches; `after`: from these offsets on."""
    micro = pa.timestamp("us", tz="UTC")
    where: Any = (pc.field("project_id") == project_id) & ~pc.field("duplicate")
    if since is not None:
        where &= (pc.field("received_date") >= pa.scalar(since.date(), pa.date32())) & (pc.field("received_at") >= pa.scalar(since, micro))
    if until is not None:
        where &= (pc.field("received_date") <= pa.scalar(until.date(), pa.date32())) & (pc.field("received_at") < pa.scalar(until, micro))
    known = partitions(lake, "silver_events", "silver")
    handle = lake.table("silver_events")
    positions = {partition: handle.transaction_version(f"silver:{partition}") or 0 for partition in known}
    # Rebuilt hours may hold rows past the position: they are read with what comes after it.
    within = pc.scalar(False)
    for partition, position in positions.items():
        held = (pc.field("log_partition") == partition) & (pc.field("log_offset") < position)
        within |= held & (pc.field("log_offset") >= (after or {}).get(partition, 0))
    where &= within
    source = handle.to_pyarrow_dataset()
    # Oldest first: an input that is seen again later costs next to nothing, one that is seen again earlier is looked at anew.
    files = pa.table(handle.get_add_actions(flatten=True)).to_pylist()
    began = {file["path"]: file.get("min.log_offset") or 0 for file in files}
    return Snapshot(source.count_rows(filter=where), _batches(source, where, began), positions)


def whole(rows: pa.Table) -> Batch:
    """Of rows that are in memory with every column of silver."""
    import polars as pl

    frame = pl.DataFrame(rows.select([*PLACE, *NARROW, *WIDE]))
    return Batch(frame.select(*PLACE, *NARROW), lambda numbers: frame[list(numbers)].select(*WIDE))


def _batches(source: ds.Dataset, where: pc.Expression, began: Mapping[str, int]) -> Iterator[Batch]:
    """A row group at a time: of most of them only the narrow columns are ever unpacked."""
    import polars as pl

    for file in sorted(source.get_fragments(filter=where), key=lambda file: began.get(file.path, 0)):
        for part in file.split_by_row_group(filter=where, schema=source.schema):
            read = _reader(source, part, where)
            for table in read([*PLACE, *NARROW]):
                yield _keyed(table, read) if table["stack_key"].null_count else _lazy(pl.DataFrame(table), read)


def _reader(source: ds.Dataset, part: ds.Fragment, where: pc.Expression) -> Read:
    def read(columns: Sequence[str], places: "pl.DataFrame | None" = None) -> Iterator[pa.Table]:
        asked = where if places is None else where & pc.field("log_offset").isin(places["log_offset"].to_arrow())
        how: Any = {"batch_size": BATCH_ROWS, "batch_readahead": 1, "fragment_readahead": 1}
        scanner = part.scanner(schema=source.schema, columns=list(columns), filter=asked, **how)
        return (pa.Table.from_batches([batch]) for batch in scanner.to_batches() if batch.num_rows)

    return read


def _lazy(rows: "pl.DataFrame", read: Read) -> Batch:
    import polars as pl

    def stacks(numbers: Sequence[int]) -> "pl.DataFrame":
        places = rows[list(numbers)].select(*_WHERE)
        found = pl.concat([pl.DataFrame(table) for table in read([*_WHERE, *WIDE], places)])
        return places.join(found, on=list(_WHERE), how="left", maintain_order="left").select(*WIDE)

    return Batch(rows, stacks)


def _keyed(rows: pa.Table, read: Read) -> Batch:
    """Of rows that lack the key, with their stacks: the columns that came later are made of those that were there."""
    import polars as pl

    narrow = pl.DataFrame(rows)
    stacks = pl.concat([pl.DataFrame(table) for table in read([*_WHERE, *WIDE], narrow.select(*_WHERE))])
    frame = narrow.join(stacks, on=list(_WHERE), how="left", maintain_order="left")
    said = pl.col("exceptions").list.eval(pl.element().struct.field("value"))
    key = pl.Series(frame.select(*WIDE).hash_rows(seed=17)).reinterpret(signed=True)
    frame = frame.with_columns(
        exception_values=pl.when(pl.col("stack_key").is_null()).then(said).otherwise("exception_values"),
        stack_key=pl.coalesce("stack_key", key),
    )
    return Batch(frame.select(*PLACE, *NARROW), lambda numbers: frame[list(numbers)].select(*WIDE))
