"""Log -> bronze, exactly once: the next offset of each log partition is a Delta transaction of the same commit as its rows.

Events go to `bronze_events`, whose position is the stage's; all else to `bronze_items`, outcome records included (an alerts consumer that
the log did not wait for counts refusals from there), in a commit before it with a position of its own, so that a crash between the two
repeats neither.
"""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from lake.store import Lake, StageReport
from lake.tables import BRONZE_EVENTS, BRONZE_ITEMS
from seiche.errors import InvalidInput
from seiche.model.record import LogRecord, RecordKind, StoredRecord
from seiche.ports.event_log import EventLogReader
from seiche.protocol.codec import decode_body

NAME = "bronze_events"
ITEMS = "bronze_items"
CONSUMER = "pipeline"
HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US


def advance(lake: Lake, log: EventLogReader, *, partitions: Sequence[int] | None = None, max_records: int = 2000) -> StageReport:
    """Write at most `max_records` new records of these partitions (None: of all), in one commit; `detail["more"]` says how many wait."""
    chosen = list(log.partitions() if partitions is None else partitions)
    return lake.retrying(NAME, lambda: _attempt(lake, log, chosen, max_records))


def _attempt(lake: Lake, log: EventLogReader, partitions: Sequence[int], max_records: int) -> StageReport:
    durable = lake.cursors(NAME, "bronze", partitions)  # the only look: positions and the commit that moves them belong to one version
    first = lake.memory.get("bronze.first", 0) % max(1, len(partitions))
    lake.memory["bronze.first"] = first + 1  # a partition that fills every batch lets the others have the next one
    records: list[StoredRecord] = []
    starts: dict[int, int] = {}
    positions: dict[int, int] = {}
    lost = more = 0
    for partition in (*partitions[first:], *partitions[:first]):
        start, gap = _start(lake, log, partition, durable[partition])
        lost += gap
        starts[partition] = start
        end = log.end_offset(partition)
        while start < end and len(records) < max_records:
            found = log.read(partition, start, max_records=max_records - len(records))
            if not found:
                break
            records += found
            start = found[-1].offset + 1
        positions[partition] = start
        more += max(0, end - start)
    _append_items(lake, [stored for stored in records if stored.record.kind is not RecordKind.EVENT], positions)
    events = [stored for stored in records if stored.record.kind is RecordKind.EVENT]
    if events or lost:
        applications = {f"bronze:{partition}": position for partition, position in positions.items()}
        rows = to_table(events)
        lake.append(NAME, rows, positions=applications, metadata={"seiche.lost_offsets": str(lost)} if lost else None)
        lake.memory["bronze.fresh"] = (starts, positions, rows)  # silver is next: it need not unpack the payloads again
    for partition, position in positions.items():
        if position != lake.memory.get(f"bronze:{partition}"):
            log.acknowledge(CONSUMER, partition, position)
            # Without events there is no commit; these records are read again after a restart, and items are told by their position.
            lake.memory[f"bronze:{partition}"] = position
    return StageReport(stage=NAME, rows=len(events), detail={"positions": positions, "more": more, "lost_offsets": lost})


def _append_items(lake: Lake, items: Sequence[StoredRecord], positions: dict[int, int]) -> None:
    """Those that are not there yet: the stage may have stopped after this commit and before that of the events."""

    def attempt() -> None:
        done = lake.cursors(ITEMS, "items", positions)
        fresh = [stored for stored in items if stored.offset >= done[stored.partition]]
        if fresh:
            applications = {f"items:{partition}": max(position, done[partition]) for partition, position in positions.items()}
            lake.append(ITEMS, to_table(fresh, BRONZE_ITEMS), positions=applications)

    if items:
        lake.retrying(ITEMS, attempt)


def _start(lake: Lake, log: EventLogReader, partition: int, durable: int) -> tuple[int, int]:
    """(offset to read from, offsets that the log dropped before bronze had them)."""
    position = max(durable, lake.memory.get(f"bronze:{partition}", 0))
    oldest = log.start_offset(partition)
    if position >= oldest:
        return position, 0
    # Acknowledged offsets were seen: what has no commit among them held no events.
    seen = max(position, log.acknowledged(partition).get(CONSUMER, 0))
    return oldest, max(0, oldest - seen)


def to_table(events: Sequence[StoredRecord], schema: pa.Schema = BRONZE_EVENTS) -> pa.Table:
    """Columns straight from the records; the payload as JSON text, which zstd packs across events."""
    records = [stored.record for stored in events]
    times = [record.received_at_us for record in records]
    columns: dict[str, Any] = {
        "received_date": pa.array([at // DAY_US for at in times], pa.int32()).cast(pa.date32()),
        "received_hour": pa.array([at // HOUR_US % 24 for at in times], pa.int8()),
        "log_partition": [stored.partition for stored in events],
        "log_offset": [stored.offset for stored in events],
        "received_at": times,
        "project_id": [record.project_id for record in records],
        "event_id": [record.event_id for record in records],
        "item_type": [record.kind.value if record.kind is RecordKind.OUTCOMES else record.item_type for record in records],
        "public_key": [record.public_key for record in records],
        "sent_at": [record.sent_at_us for record in records],
        "client_ip": [record.client_ip for record in records],
        "user_agent": [record.user_agent for record in records],
        "geo": [record.geo for record in records],
        "config_version": [record.config_version for record in records],
        "scrub_version": [record.scrub_version for record in records],
        "schema_version": [record.schema_version for record in records],
        "payload": [_payload(record) for record in records],
    }
    return pa.table([pa.array(columns[field.name], field.type) for field in schema], schema=schema)


def _payload(record: LogRecord) -> str | None:
    """None where the body cannot be read: silver keeps the row under the project's unprocessable issue."""
    try:
        return str(decode_body(record), "utf-8")
    except (InvalidInput, UnicodeDecodeError):
        return None
