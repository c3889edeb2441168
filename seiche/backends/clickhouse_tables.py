"""What every hour-partitioned table can do: tell how far it is, swap an hour, drop old hours."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client


def next_offset(client: "Client", table: str, partition: int) -> int:
    """One past the highest log offset that is, or was before retention, in `table`; 0 where there never was one."""
    query = (
        "SELECT greatest("
        f"(SELECT maxOrNull(log_offset) FROM {table} WHERE log_partition = {{partition:Int32}}) + 1 AS held,"
        " (SELECT maxOrNull(next_offset) FROM cursor_floors WHERE stage = {stage:String} AND log_partition = {partition:Int32}) AS floor)"
        ", held, floor"
    )
    _, held, floor = client.query(query, parameters={"partition": partition, "stage": table}).result_rows[0]
    return max(held or 0, floor or 0)


def hours_of(rows: pa.Table) -> Iterator[tuple[datetime, pa.Table]]:
    """Rows by their `received_hour`, oldest first: an insert into one partition is atomic, into two it is not."""
    hours = rows["received_hour"]
    found: list[Any] = pc.unique(hours).to_pylist()
    for hour in sorted(found):
        yield hour, rows.filter(pc.equal(hours, pa.scalar(hour, hours.type)))


def partition_id(hour: datetime) -> str:
    """The partition of an hour, as ALTER takes it."""
    return f"'{hour.astimezone(UTC):%Y-%m-%d %H:00:00}'"


def replace_hour(client: "Client", table: str, hour: datetime, batches: Iterable[pa.Table]) -> int:
    """Make `batches` the whole content of one hour, in one step for readers; returns how many rows it has now."""
    staging, partition, rows = f"{table}_staging", partition_id(hour), 0
    client.command(f"ALTER TABLE {staging} DROP PARTITION {partition}")
    for batch in batches:
        if batch.num_rows:
            client.insert_arrow(staging, batch)
            rows += batch.num_rows
    swap_hour(client, table, hour, empty=rows == 0)
    return rows


def swap_hour(client: "Client", table: str, hour: datetime, *, empty: bool = False) -> None:
    """Let the staged hour take the place of the table's. An empty partition cannot replace one: then the hour is dropped."""
    staging, partition = f"{table}_staging", partition_id(hour)
    if empty:
        client.command(f"ALTER TABLE {table} DROP PARTITION {partition}")
        return
    client.command(f"ALTER TABLE {table} REPLACE PARTITION {partition} FROM {staging}")
    client.command(f"ALTER TABLE {staging} DROP PARTITION {partition}")


def hours_held(client: "Client", table: str) -> list[datetime]:
    """The hours that `table` holds, oldest first."""
    query = (
        "SELECT DISTINCT parseDateTime(partition, '%Y-%m-%d %H:%i:%s', 'UTC') AS hour FROM system.parts"
        " WHERE database = currentDatabase() AND table = {table:String} AND active ORDER BY hour"
    )
    return [row[0] for row in client.query(query, parameters={"table": table}).result_rows]


def drop_before(client: "Client", table: str, cutoff: datetime, *, cursor: bool = False) -> int:
    """Drop whole hours before `cutoff`. `cursor`: first note how far the table was, in case this empties it."""
    old = [hour for hour in hours_held(client, table) if hour < cutoff.replace(minute=0, second=0, microsecond=0)]
    if old and cursor:
        _note_position(client, table)
    for hour in old:
        client.command(f"ALTER TABLE {table} DROP PARTITION {partition_id(hour)}")
    return len(old)


def drop_project_before(client: "Client", table: str, project_id: int, cutoff: datetime, *, cursor: bool = False) -> int:
    """Leave one project's rows out of the hours before `cutoff`, an hour at a time and each in one step; returns how many hours changed."""
    query = (
        f"SELECT DISTINCT received_hour FROM {table} WHERE project_id = {{project:Int64}}"
        " AND received_hour < toStartOfHour(toDateTime({cutoff:UInt32}, 'UTC')) ORDER BY received_hour"
    )
    parameters = {"project": project_id, "cutoff": int(cutoff.timestamp())}
    hours = [row[0] for row in client.query(query, parameters=parameters).result_rows]
    if hours and cursor:
        _note_position(client, table)
    for hour in hours:
        client.command(f"ALTER TABLE {table}_staging DROP PARTITION {partition_id(hour)}")
        client.command(
            f"INSERT INTO {table}_staging SELECT * FROM {table}"
            " WHERE received_hour = toDateTime({hour:UInt32}, 'UTC') AND project_id != {project:Int64}",
            parameters={"hour": int(hour.timestamp()), "project": project_id},
        )
        left = client.query(
            f"SELECT count() FROM {table}_staging WHERE received_hour = toDateTime({{hour:UInt32}}, 'UTC')",
            parameters={"hour": int(hour.timestamp())},
        )
        swap_hour(client, table, hour, empty=left.result_rows[0][0] == 0)
    return len(hours)


def _note_position(client: "Client", table: str) -> None:
    client.command(
        f"INSERT INTO cursor_floors SELECT {{stage:String}}, log_partition, max(log_offset) + 1 FROM {table} GROUP BY log_partition",
        parameters={"stage": table},
    )
