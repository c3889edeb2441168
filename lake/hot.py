"""Silver -> the hot tier: `events_hot`, and through a materialized view `issue_rollups`.

The position is what the table itself holds: one past its highest log offset. Rows go in by offset, one hour of received time
an insert, and such an insert is one part: there or not there. So a restart, a `kill -9` at any point or a rebuilt silver
neither loses nor repeats a row; a deduplication token guards one insert sent twice. Only the view's second part can be missing
after a death between the two: `reconcile` compares both tables an hour at a time and rebuilds what differs.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import sqlalchemy as sa

from lake.hot_rows import SILVER_COLUMNS, to_hot
from lake.rows import batches_of_hour, partitions, window
from lake.store import Lake, StageReport
from seiche.backends.clickhouse import translated
from seiche.backends.clickhouse_schema import ROLLUP_GROUP, ROLLUP_SELECT
from seiche.backends.clickhouse_tables import hours_of, next_offset, replace_hour, swap_hour
from seiche.registry.engine import read
from seiche.registry.tables import FingerprintRow

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

EVENTS, ROLLUPS, MAP = "events_hot", "issue_rollups", "fingerprint_map"
WINDOW_OFFSETS = 10_000
REBUILD_ROWS = 20_000


def advance(lake: Lake, client: "Client", *, among: Sequence[int] | None = None, max_offsets: int = WINDOW_OFFSETS) -> StageReport:
    """Insert the next stretch of silver's rows of these partitions (None: of all); `detail["more"]` says how many offsets wait."""
    silver_end = lake.cursors("silver_events", "silver", partitions(lake, among=among))
    if silver_end == lake.memory.get("hot.seen"):
        return StageReport(stage=EVENTS)
    repaired = 0
    if not lake.memory.get("hot.sound"):
        with lake.exclusive("hot"), translated():  # an insert of another's that is under way would look like a gap
            repaired = reconcile(client)
        lake.memory["hot.sound"] = True
    with lake.beside("hot", silver_end), translated():
        try:
            rows, positions = 0, {}
            for partition, end in silver_end.items():
                positions[partition], found = _advance_partition(lake, client, partition, end, max_offsets)
                rows += found
        except BaseException:
            lake.memory["hot.sound"] = False  # the insert may have arrived in full, in part or not at all
            raise
    if positions == silver_end:
        lake.memory["hot.seen"] = silver_end
    more = sum(max(0, end - positions[partition]) for partition, end in silver_end.items())
    return StageReport(stage=EVENTS, rows=rows, detail={"positions": positions, "more": more, "hours_repaired": repaired})


def _advance_partition(lake: Lake, client: "Client", partition: int, end: int, max_offsets: int) -> tuple[int, int]:
    start = next_offset(client, EVENTS, partition)
    silver = lake.table("silver_events")
    version, identity = silver.version(), silver.metadata().id
    while start < end:
        stop = min(end, start + max_offsets)
        rows = to_hot(window(silver.to_pyarrow_dataset(), partition, start, stop, SILVER_COLUMNS), version)
        if rows.num_rows:
            token = f"{identity}:{version}:{partition}:{start}-{stop}"
            for hour, part in hours_of(rows):
                client.insert_arrow(EVENTS, part, settings={"insert_deduplication_token": f"{token}:{hour:%Y%m%d%H}"})
            return stop, rows.num_rows
        start = stop  # nothing but duplicates
    return max(start, end), 0


def rebuild_hour(lake: Lake, client: "Client", hour: datetime) -> StageReport:
    """Make both tables' hour again from silver's current snapshot; each is swapped in one step."""
    with lake.exclusive("hot"), translated():
        version = lake.table("silver_events").version()
        found = batches_of_hour(lake.dataset("silver_events"), hour, SILVER_COLUMNS, rows=REBUILD_ROWS)
        rows = replace_hour(client, EVENTS, hour, (to_hot(batch, version) for batch in found))
        _rebuild_rollups(client, hour)
    return StageReport(stage=EVENTS, rows=rows, detail={"hour": hour.isoformat(), "silver_version": version})


def _rebuild_rollups(client: "Client", hour: datetime) -> None:
    staging = f"{ROLLUPS}_staging"
    client.command(f"TRUNCATE TABLE {staging}")
    parameters = {"hour": int(hour.timestamp())}
    client.command(
        f"INSERT INTO {staging} {ROLLUP_SELECT} FROM {EVENTS} WHERE received_hour = toDateTime({{hour:UInt32}}, 'UTC') {ROLLUP_GROUP}",
        parameters=parameters,
    )
    empty = client.command(f"SELECT count() FROM {staging}") == 0
    swap_hour(client, ROLLUPS, hour, empty=empty)


def reconcile(client: "Client") -> int:
    """Rebuild the rollups of every hour whose count differs from `events_hot`; returns how many did."""
    query = (
        "SELECT received_hour, sum(events) AS events, sum(rolled) AS rolled FROM ("
        f"SELECT received_hour, count() AS events, 0 AS rolled FROM {EVENTS} GROUP BY received_hour UNION ALL "
        f"SELECT received_hour, 0 AS events, sum(count) AS rolled FROM {ROLLUPS} GROUP BY received_hour"
        ") GROUP BY received_hour HAVING events != rolled ORDER BY received_hour"
    )
    hours = [row[0] for row in client.query(query).result_rows]
    for hour in hours:
        _rebuild_rollups(client, hour)
    return len(hours)


def publish_map(engine: sa.Engine, client: "Client") -> StageReport:
    """Bring ClickHouse's fingerprint map up to the registry's: only what changed since the versions that it holds."""
    with translated():
        held: dict[int, int] = dict(client.query(f"SELECT project_id, max(map_version) FROM {MAP} GROUP BY project_id").result_rows)  # type: ignore[arg-type] # rows are pairs
    with read(engine) as session:
        newest = dict(
            session.execute(
                sa.select(FingerprintRow.project_id, sa.func.max(FingerprintRow.map_version)).group_by(FingerprintRow.project_id)
            ).all()
        )
        behind = [project for project, version in newest.items() if version > held.get(project, -1)]
        rows = [
            (row.project_id, row.fingerprint, row.issue_id, row.map_version)
            for project in behind
            for row in session.execute(
                sa.select(FingerprintRow.project_id, FingerprintRow.fingerprint, FingerprintRow.issue_id, FingerprintRow.map_version).where(
                    FingerprintRow.project_id == project, FingerprintRow.map_version > held.get(project, -1)
                )
            )
        ]
    if rows:
        columns: list[Any] = [list(column) for column in zip(*rows, strict=True)]
        table = pa.table(columns, names=["project_id", "fingerprint", "issue_id", "map_version"])
        with translated():
            client.insert_arrow(MAP, table)
    return StageReport(stage=MAP, rows=len(rows))
