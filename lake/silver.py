"""Bronze -> silver, exactly once, and only what `alerts` has committed: its decisions and duplicates are then in the registry.

The position is the next log offset, a Delta transaction of the same commit. Rebuilt hours do not move it: how far ahead of it they
brought rows is a transaction of theirs (`rebuilt:P`), and rows below that are left out where silver holds them already. So rebuilds, in
any order, and this stage add up to each row once.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from operator import itemgetter

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import sqlalchemy as sa
from deltalake import DeltaTable

from lake.moves import counted_under, moved_among
from lake.rows import BATCH_ROWS, batches_of_hour, hour_filter, hour_predicate, offsets, window
from lake.silver_rows import BRONZE_COLUMNS, ArtifactsOf, ConfigOf, to_silver, without_artifacts
from lake.store import Lake, StageReport
from lake.tables import SILVER_EVENTS
from lake.watermark import is_closed
from seiche.artifacts.finder import ArtifactFinder
from seiche.errors import ConfigurationError, InvalidInput, StoreUnavailable
from seiche.model.project import ProjectConfig
from seiche.registry.artifact_queries import epochs
from seiche.registry.engine import read
from seiche.registry.projects import grouping_floors, project_config
from seiche.registry.tables import ConsumerOffset, DuplicateRow
from seiche.symbolicate import NO_ARTIFACTS, Artifacts

NAME = "silver_events"
UPSTREAM = "alerts"


def advance(
    lake: Lake,
    engine: sa.Engine,
    *,
    partitions: Sequence[int] | None = None,
    max_rows: int = BATCH_ROWS,
    artifacts: ArtifactFinder | None = None,
) -> StageReport:
    """Process the next stretch of at most `max_rows` log offsets of each of these partitions (None: of all).

    `detail["more"]` says how many wait.
    """
    with lake.beside("silver"):  # an open hour is made again while nothing comes in
        return lake.retrying(NAME, lambda: _attempt(lake, engine, partitions, max_rows, artifacts))


def _attempt(
    lake: Lake, engine: sa.Engine, partitions: Sequence[int] | None, max_rows: int, artifacts: ArtifactFinder | None
) -> StageReport:
    silver = lake.table(NAME)  # the only look: what is read of it and what is appended to it must be one version
    _forget_another(lake, silver)
    positions: dict[int, int] = {}
    tables: list[pa.Table] = []
    more = 0
    committed = {one: end for one, end in committed_offsets(engine).items() if partitions is None or one in partitions}
    config_of = config_source(engine)  # in this order: what was committed by a regroup's switch is grouped by it
    written = lake.cursors("bronze_events", "bronze", committed)
    for partition, decided in committed.items():
        end = min(decided, written[partition])
        start = max(silver.transaction_version(f"silver:{partition}") or 0, lake.memory.get(f"silver:{partition}", 0))
        positions[partition], rows = _next_rows(lake, silver, (partition, start, end), max_rows)
        more += max(0, end - positions[partition])
        if rows is not None:
            tables.append(make_rows(engine, rows, config_of, artifacts))
    count = sum(table.num_rows for table in tables)
    if count:
        applications = {f"silver:{partition}": offset for partition, offset in positions.items()}
        lake.append(NAME, pa.concat_tables(tables), positions=applications)
    for partition, position in positions.items():
        lake.memory[f"silver:{partition}"] = position  # stretches without rows make no commit
    return StageReport(stage=NAME, rows=count, detail={"positions": positions, "more": more})


def _next_rows(lake: Lake, silver: DeltaTable, stretch: tuple[int, int, int], max_rows: int) -> tuple[int, pa.Table | None]:
    """(the next position, bronze rows below it that silver lacks): the first window of the stretch that has some."""
    partition, position, end = stretch
    rebuilt = silver.transaction_version(f"rebuilt:{partition}") or 0
    while position < end:
        stop = min(end, position + max_rows)
        rows = _bronze_window(lake, partition, position, stop)
        if rows.num_rows and position < rebuilt:
            present = window(silver.to_pyarrow_dataset(), partition, position, stop, ["log_offset"])["log_offset"]
            rows = rows.filter(pc.invert(pc.is_in(rows["log_offset"], value_set=present)))
        position = stop
        if rows.num_rows:
            return position, rows
    return position, None


def _bronze_window(lake: Lake, partition: int, start: int, end: int) -> pa.Table:
    """From the batch that bronze has just written where it covers the window, else from the table."""
    starts, ends, rows = lake.memory.get("bronze.fresh", ({}, {}, None))
    if rows is None or start < starts.get(partition, end) or end > ends.get(partition, start):
        return window(lake.dataset("bronze_events"), partition, start, end, BRONZE_COLUMNS)
    if end == ends[partition]:
        del lake.memory["bronze.fresh"]  # payloads are tens of megabytes
    fresh: pa.Table = rows.select(list(BRONZE_COLUMNS)).filter(offsets(partition, start, end))
    return fresh


def _forget_another(lake: Lake, silver: DeltaTable) -> None:
    """First call, or silver was deleted: what we remember is of another table."""
    identity = silver.metadata().id
    if lake.memory.get("silver.id") != identity:
        for name in [name for name in lake.memory if name.startswith("silver")]:
            del lake.memory[name]
        lake.memory["silver.id"] = identity


def rebuild_hour(
    lake: Lake, engine: sa.Engine, hour: datetime, *, artifacts: ArtifactFinder | None = None, still_open: bool = False
) -> StageReport:
    """Make silver's hour again from bronze, in one commit. Raises `InvalidInput` for an hour that may still grow.

    `still_open`: only for who keeps every `advance` out meanwhile (`lake.exclusive("silver")`): rows that are not decided yet are left
    to it.

    Silver is pinned before bronze is read: had somebody appended to this hour meanwhile, the commit conflicts and everything starts
    over. The rows keep their offsets, so nothing downstream takes them for new.
    """
    if not still_open and not is_closed(lake, hour, closed_after_seconds=0):
        raise InvalidInput(f"the hour of {hour:%Y-%m-%d %H:00} is still open: rebuild it once it is closed", reason="open_hour")
    return lake.retrying(NAME, lambda: _rebuild(lake, engine, hour, artifacts, still_open=still_open))


def _rebuild(lake: Lake, engine: sa.Engine, hour: datetime, artifacts: ArtifactFinder | None, *, still_open: bool) -> StageReport:
    silver = lake.table(NAME)
    bronze = lake.dataset("bronze_events")
    decided = committed_offsets(engine)
    config_of = config_source(engine)
    ends = _ends(bronze, hour)
    if not still_open and any(end > decided.get(partition, 0) for partition, end in ends.items()):
        raise StoreUnavailable("alerts has not decided every event of this hour yet", retry_after_seconds=5)
    positions = _ahead(silver, {partition: min(end, decided.get(partition, 0)) for partition, end in ends.items()})
    done = 0

    def made() -> Iterator[pa.RecordBatch]:
        nonlocal done
        for batch in batches_of_hour(bronze, hour, BRONZE_COLUMNS):
            rows = _below(batch, decided) if still_open else batch
            if not rows.num_rows:
                continue
            silver = make_rows(engine, rows, config_of, artifacts)
            done += silver.num_rows
            yield from silver.to_batches()

    rows = pa.RecordBatchReader.from_batches(SILVER_EVENTS, made())
    version = lake.replace(NAME, rows, predicate=hour_predicate(hour), positions=positions)
    return StageReport(stage=NAME, rows=done, detail={"hour": hour.isoformat(), "version": version})


def _ends(bronze: ds.Dataset, hour: datetime) -> dict[int, int]:
    """Log partition -> one past the last offset that bronze has of the hour."""
    rows = bronze.to_table(columns=["log_partition", "log_offset"], filter=hour_filter(hour)).group_by("log_partition")
    return {row["log_partition"]: row["log_offset_max"] + 1 for row in rows.aggregate([("log_offset", "max")]).to_pylist()}


def _ahead(silver: DeltaTable, ends: Mapping[int, int]) -> dict[str, int]:
    """What a rebuild says of partitions that it brings rows of before `advance` does: how far they go, and where `advance` was.

    The latter unchanged: an append that moves it meanwhile makes one of the two start over, and see what the other has brought.
    """
    said: dict[str, int] = {}
    for partition, end in ends.items():
        reached, before = (silver.transaction_version(f"{name}:{partition}") or 0 for name in ("silver", "rebuilt"))
        if end > reached:
            said |= {f"silver:{partition}": reached, f"rebuilt:{partition}": max(end, before)}
    return said


def make_rows(engine: sa.Engine, rows: pa.Table, config_of: ConfigOf, artifacts: ArtifactFinder | None) -> pa.Table:
    """Bronze rows as silver, with everything that the registry says of them."""
    made = to_silver(rows, duplicate_offsets(engine, rows), config_of, artifacts_of(engine, rows, artifacts))
    moved = moved_among(engine, rows)
    return (
        made.set_column(made.schema.get_field_index("fingerprint"), SILVER_EVENTS.field("fingerprint"), counted_under(made, moved))
        if moved
        else made
    )


def committed_offsets(engine: sa.Engine) -> dict[int, int]:
    """Per partition, the offset below which `alerts` has decided everything."""
    with read(engine) as session:
        query = sa.select(ConsumerOffset.partition, ConsumerOffset.offset).where(ConsumerOffset.consumer == UPSTREAM)
        return {row.partition: row.offset for row in session.execute(query)}


def duplicate_offsets(engine: sa.Engine, rows: pa.Table) -> set[tuple[int, int]]:
    """The (partition, offset) of these rows that repeat an earlier event."""
    found: set[tuple[int, int]] = set()
    spans = rows.group_by("log_partition").aggregate([("log_offset", "min"), ("log_offset", "max")]).to_pylist()
    with read(engine) as session:
        for span in spans:
            query = sa.select(DuplicateRow.offset).where(
                DuplicateRow.partition == span["log_partition"],
                DuplicateRow.offset.between(span["log_offset_min"], span["log_offset_max"]),
            )
            found |= {(span["log_partition"], offset) for offset in session.scalars(query)}
    return found


def artifacts_of(engine: sa.Engine, rows: pa.Table, artifacts: ArtifactFinder | None) -> ArtifactsOf:
    """What alerts resolved these rows' frames with, as it recorded (ADR 0012).

    Raises `ConfigurationError` where it did resolve some and this process has no store to find the same files in.
    """
    spans = rows.group_by("log_partition").aggregate([("log_offset", "min"), ("log_offset", "max")]).to_pylist()
    with read(engine) as session:
        known = {
            span["log_partition"]: epochs(session, span["log_partition"], span["log_offset_min"], span["log_offset_max"]) for span in spans
        }
    if not any(sequence for found in known.values() for _, sequence in found):
        return without_artifacts
    if artifacts is None:
        raise ConfigurationError("events were resolved with uploaded source maps, and this process was given no raw store")
    finder = artifacts

    def of(project_id: int, partition: int, offset: int) -> Artifacts:
        found = known[partition]
        at = bisect_right(found, offset, key=itemgetter(0)) - 1
        return finder.at(project_id, found[at][1]) if at >= 0 else NO_ARTIFACTS

    return of


def config_source(engine: sa.Engine) -> ConfigOf:
    """The configurations that events are processed under now."""
    return _config_of(engine, _floors(engine))


def _below(rows: pa.Table, decided: dict[int, int]) -> pa.Table:
    keep = pc.scalar(False)
    for partition, end in decided.items():
        keep |= (pc.field("log_partition") == partition) & (pc.field("log_offset") < end)
    return rows.filter(keep)


def _floors(engine: sa.Engine) -> frozenset[tuple[int, int]]:
    with read(engine) as session:
        return frozenset(grouping_floors(session).items())


@lru_cache(maxsize=8)
def _config_of(engine: sa.Engine, floors: frozenset[tuple[int, int]]) -> ConfigOf:  # noqa: ARG001 - a cache's key
    """Cached for as long as no project's history is regrouped: a configuration version is immutable but for that."""

    @lru_cache(maxsize=10_000)
    def config_of(project_id: int, version: int) -> ProjectConfig:
        return project_config(engine, project_id, version)

    return config_of
