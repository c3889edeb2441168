"""Events that people moved, in the lake: silver rows count under the fingerprint of the move, however often they are made again.

Events that were emptied for a person's sake, and would group otherwise now, keep the fingerprint that they had in the same way.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from lake.rows import batches_of_hour, hour_predicate, whole_hour
from lake.store import Lake, StageReport
from lake.tables import SILVER_EVENTS
from seiche.registry.engine import read
from seiche.registry.erasure_tables import ErasedEvent
from seiche.registry.regroup_tables import MovedEvent

HOUR_US = 3_600_000_000
Moved = Mapping[tuple[int, str], str]
"""(project id, event id) -> the fingerprint made for the move."""


def moved_among(engine: sa.Engine, rows: pa.Table) -> Moved:
    """Of rows with `received_at`: a superset of what was moved of them."""
    if not rows.num_rows:
        return {}
    span: Any = pc.min_max(rows["received_at"].cast(pa.int64())).as_py()
    return _between(engine, span["min"], span["max"])


def counted_under(rows: pa.Table, moved: Moved) -> Any:
    """The fingerprint of each silver row: its move's, else the first that grouping gave it."""
    import polars as pl

    names = [(project_id, event_id, fingerprint) for (project_id, event_id), fingerprint in moved.items()]
    made = pl.DataFrame(names, schema={"project_id": pl.Int64, "event_id": pl.String, "made": pl.String}, orient="row")
    frame = pl.DataFrame(rows.select(["project_id", "event_id", "fingerprint", "fingerprints"]))
    frame = frame.join(made, on=["project_id", "event_id"], how="left", maintain_order="left")
    return frame.select(pl.coalesce("made", pl.col("fingerprints").list.first(), "fingerprint")).to_series().to_arrow().cast(pa.string())


def follow(lake: Lake, engine: sa.Engine, hour: datetime) -> StageReport:
    """Make silver's hour say what was moved and what came back, in one commit. Reads no payload: grouping's own is in `fingerprints`."""
    return lake.retrying("silver_events", lambda: _follow(lake, engine, hour))


def _follow(lake: Lake, engine: sa.Engine, hour: datetime) -> StageReport:
    lake.table("silver_events")  # pinned before it is read: whoever appends meanwhile makes the commit below start over
    silver = lake.dataset("silver_events")
    start_us = int(whole_hour(hour).timestamp()) * 1_000_000
    moved = _between(engine, start_us, start_us + HOUR_US - 1)
    few = ["project_id", "event_id", "fingerprint", "fingerprints"]
    changed = 0
    for batch in batches_of_hour(silver, hour, few):
        differing: Any = pc.not_equal(batch["fingerprint"], counted_under(batch, moved))
        changed += pc.sum(differing).as_py() or 0
    if not changed:
        return StageReport(stage="silver_events")

    def made() -> Iterator[pa.RecordBatch]:
        for batch in batches_of_hour(silver, hour, SILVER_EVENTS.names):
            place = batch.schema.get_field_index("fingerprint")
            yield from batch.set_column(place, "fingerprint", counted_under(batch, moved)).cast(SILVER_EVENTS).to_batches()

    reader = pa.RecordBatchReader.from_batches(SILVER_EVENTS, made())
    version = lake.replace("silver_events", reader, predicate=hour_predicate(hour))
    return StageReport(stage="silver_events", rows=changed, detail={"hour": hour.isoformat(), "version": version})


def _between(engine: sa.Engine, from_us: int, to_us: int) -> Moved:
    found: dict[tuple[int, str], str] = {}
    with read(engine) as session:
        for table in (ErasedEvent, MovedEvent):  # what people moved wins
            rows = session.execute(
                sa.select(table.project_id, table.event_id, table.fingerprint).where(
                    table.received_at_us.between(from_us, to_us), table.fingerprint != ""
                )
            )
            found |= {(row.project_id, row.event_id): row.fingerprint for row in rows}
    return found
