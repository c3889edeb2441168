"""Reading event rows from a snapshot: by a window of log offsets, or by an hour of received time."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from lake.store import Lake

BATCH_ROWS = 2000
"""Past this, page faults of the payload column cost more than the work."""


def window(source: ds.Dataset, partition: int, start: int, end: int, columns: Sequence[str] | None = None) -> pa.Table:
    """Rows with start <= log_offset < end, in order."""
    rows = source.to_table(columns=list(columns) if columns else None, filter=offsets(partition, start, end))
    return rows if _ascending(rows["log_offset"]) else rows.sort_by("log_offset")  # sorting would copy every payload


def offsets(partition: int, start: int, end: int) -> pc.Expression:
    """The filter for start <= log_offset < end in one partition."""
    return (pc.field("log_partition") == partition) & (pc.field("log_offset") >= start) & (pc.field("log_offset") < end)


def _ascending(column: Any) -> bool:
    return len(column) < 2 or bool(pc.all(pc.less(column[:-1], column[1:])).as_py())


def hour_filter(hour: datetime) -> pc.Expression:
    """One hour of received time."""
    hour = whole_hour(hour)
    return (pc.field("received_date") == pa.scalar(hour.date(), pa.date32())) & (
        pc.field("received_hour") == pa.scalar(hour.hour, pa.int8())
    )


def hour_predicate(hour: datetime) -> str:
    """The same, as Delta's SQL."""
    hour = whole_hour(hour)
    return f"received_date = '{hour:%Y-%m-%d}' AND received_hour = {hour.hour}"


def whole_hour(moment: datetime) -> datetime:
    """The start of its hour, UTC."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def batches_of_hour(source: ds.Dataset, hour: datetime, columns: Sequence[str] | None = None, rows: int = BATCH_ROWS) -> Iterator[pa.Table]:
    """An hour in bounded batches; no order is promised across batches."""
    scanner = source.scanner(
        columns=list(columns) if columns else None, filter=hour_filter(hour), batch_size=rows, batch_readahead=1, fragment_readahead=1
    )
    for batch in scanner.to_batches():
        if batch.num_rows:
            yield pa.Table.from_batches([batch])


def partitions(lake: Lake, name: str = "bronze_events", stage: str = "bronze", *, among: Sequence[int] | None = None) -> list[int]:
    """`among`, where the caller knows its own; else all of the log, as far as one pipeline alone has given each a position."""
    if among is not None:
        return list(among)
    handle = lake.table(name)
    found: list[int] = []
    while handle.transaction_version(f"{stage}:{len(found)}") is not None:
        found.append(len(found))
    return found or [0]
