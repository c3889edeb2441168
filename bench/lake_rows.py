"""Made-up rows straight into bronze and silver, by the million: keys are real, text is left out. For `bench.growth`."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from deltalake import CommitProperties, Transaction, write_deltalake

from lake.reader import LakeReader
from lake.specs import TABLES
from lake.store import Lake

START = datetime(2026, 10, 1, tzinfo=UTC)
GAP_SECONDS = 0.025_92
"""A hundred million of them are thirty days."""
PROJECTS = 1_000
COMMIT_ROWS, BATCH_ROWS = 1_000_000, 50_000
FILE_BYTES = 300_000
"""In memory, of rows this narrow: 15,000 to 25,000 a file, as many as compaction puts into one of full rows."""
FULL_BYTES = 40_000
"""On disk most of them are larger: upkeep takes them for files that it is done with."""
CHECKPOINT_EVERY = 10


def fill(lake: Lake, held: int, size: int) -> None:
    """Rows [held, size) of both tables, a million a commit, a checkpoint every ten; positions as their stages would leave them."""
    for name, stage in (("bronze_events", "bronze"), ("silver_events", "silver")):
        for number, start in enumerate(range(held, size, COMMIT_ROWS)):
            end, handle = min(size, start + COMMIT_ROWS), lake.table(name)
            write_deltalake(
                handle,
                pa.RecordBatchReader.from_batches(TABLES[name].schema, _batches(TABLES[name].schema, start, end)),
                mode="append",
                writer_properties=TABLES[name].writer,
                target_file_size=FILE_BYTES,
                commit_properties=CommitProperties(
                    custom_metadata={"seiche.kind": "append"}, app_transactions=[Transaction(f"{stage}:0", end)]
                ),
            )
            if number % CHECKPOINT_EVERY == CHECKPOINT_EVERY - 1:
                handle.create_checkpoint()
            lake.forget(name)
        lake.table(name).create_checkpoint()


def _batches(schema: pa.Schema, start: int, end: int) -> Iterator[pa.RecordBatch]:
    for first in range(start, end, BATCH_ROWS):
        numbers = np.arange(first, min(end, first + BATCH_ROWS), dtype=np.int64)
        at_us = int(START.timestamp()) * 1_000_000 + numbers * int(GAP_SECONDS * 1e6)
        known: dict[str, Any] = {
            "received_date": pa.array((at_us // 86_400_000_000).astype(np.int32)).cast(pa.date32()),
            "received_hour": pa.array((at_us // 3_600_000_000 % 24).astype(np.int8)),
            "received_at": pa.array(at_us).cast(schema.field("received_at").type),
            "log_offset": pa.array(numbers),
            "project_id": pa.array(2 + numbers % PROJECTS),
            "event_id": pa.array([f"{number:032x}" for number in numbers.tolist()]),
        }
        yield pa.record_batch(
            [known[field.name] if field.name in known else _blank(field, len(numbers)) for field in schema], schema=schema
        )


def _blank(field: Any, count: int) -> Any:
    if field.name == "log_partition":
        return pa.array(np.zeros(count), field.type)
    return pa.array([False] * count) if field.name == "duplicate" else pa.nulls(count, field.type)


def hour_of(reader: LakeReader, hour: datetime) -> int:
    """How many events of each project came in one hour."""
    rows = reader.table("silver_events").filter(
        pl.col("received_date") == hour.date(), pl.col("received_at").is_between(hour, hour + timedelta(hours=1), closed="left")
    )
    return rows.group_by("project_id").agg(pl.len()).collect().height


def week_of(reader: LakeReader, project_id: int, end: int) -> int:
    """A project's last seven days, by the hour."""
    until = START + timedelta(seconds=end * GAP_SECONDS)
    rows = reader.table("silver_events").filter(
        pl.col("project_id") == project_id,
        pl.col("received_date") >= (until - timedelta(days=7)).date(),
        pl.col("received_at") >= until - timedelta(days=7),
    )
    return rows.group_by("received_date", "received_hour").agg(pl.len()).collect().height
