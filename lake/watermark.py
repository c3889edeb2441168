"""How far received time has come, and which hours are therefore closed (decision 11 of docs/architecture.md)."""

import time as clock
from datetime import UTC, date, datetime, time, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from lake.bronze import CONSUMER
from lake.rows import whole_hour
from lake.store import Lake, StageReport, from_us
from seiche.ports.event_log import EventLogReader

CLOSED_AFTER_SECONDS = 300
LAGGING_SECONDS = 60


def watermark(lake: Lake) -> datetime | None:
    """Everything received before this is in bronze: its newest row, or the last moment of which `advance` knows that bronze has it all.

    Without the second an hour would stay open for as long as nothing arrives after it.
    """
    noted = lake.noted("watermark")
    idle = from_us(noted["idle_us"]) if noted.get("idle_us") else None
    if noted.get("lagging"):
        return idle  # the newest row is of a partition that is ahead
    return max((moment for moment in (_newest(lake), idle) if moment is not None), default=None)


def is_closed(lake: Lake, hour: datetime, closed_after_seconds: float = CLOSED_AFTER_SECONDS) -> bool:
    """Whether bronze's watermark is that far past the end of the hour."""
    mark = watermark(lake)
    return mark is not None and mark >= whole_hour(hour) + timedelta(hours=1, seconds=closed_after_seconds)


def closed_hours(lake: Lake, closed_after_seconds: float = CLOSED_AFTER_SECONDS) -> list[datetime]:
    """The closed hours that bronze has rows for, oldest first."""
    mark = watermark(lake)
    if mark is None:
        return []
    limit = mark - timedelta(hours=1, seconds=closed_after_seconds)
    return [hour for hour in hours_with_rows(lake) if hour <= limit]


def hours_with_rows(lake: Lake, name: str = "bronze_events") -> list[datetime]:
    """Every hour that a table has rows for, oldest first. Of bronze, which grows by time, only the newest date is looked at again."""
    known: list[datetime] = lake.memory.get("bronze.hours", []) if name == "bronze_events" else []
    since = known[-1].date() if known else date.min
    source = lake.dataset(name)
    rows = source.to_table(columns=["received_date", "received_hour"], filter=pc.field("received_date") >= pa.scalar(since, pa.date32()))
    found = {
        datetime.combine(row["received_date"], time(row["received_hour"]), UTC)
        for row in rows.group_by(["received_date", "received_hour"]).aggregate([]).to_pylist()
    }
    if known:
        dates = set(pa.table(lake.table(name).get_add_actions(flatten=True))["partition.received_date"].to_pylist())
        found |= {hour for hour in known if hour.date() < since and hour.date() in dates}  # retention takes whole dates
    hours = sorted(found)
    if name == "bronze_events":
        lake.memory["bronze.hours"] = hours
    return hours


def advance(lake: Lake, log: EventLogReader) -> StageReport:
    """Note the last moment before which bronze has everything that the log had then: of every partition, whichever process brings it.

    Of several pipelines one does this. Where some partition has been behind for longer than `LAGGING_SECONDS`, that is noted too: what
    the other ones have brought meanwhile closes no hour then.
    """
    now_us = clock.time_ns() // 1000
    looked_at_us, ends = lake.memory.get("watermark.looked") or _look(lake, log, now_us)
    positions = lake.cursors("bronze_events", "bronze", ends)
    behind = [
        partition
        for partition, end in ends.items()
        # Stretches without events make no commit; they are acknowledged.
        if positions[partition] < end and log.acknowledged(partition).get(CONSUMER, 0) < end
    ]
    if not behind:
        note_idle(lake, looked_at_us)
        _look(lake, log, now_us)
    elif now_us - looked_at_us > LAGGING_SECONDS * 1_000_000:
        lake.note("watermark", {"idle_us": lake.noted("watermark").get("idle_us", 0), "lagging": True})
        lake.memory.pop("idle_noted_us", None)
    return StageReport(stage="watermark", detail={"behind": behind})


def _look(lake: Lake, log: EventLogReader, now_us: int) -> tuple[int, dict[int, int]]:
    looked = now_us, dict(log.end_offsets())
    lake.memory["watermark.looked"] = looked
    return looked


def note_idle(lake: Lake, at_us: int) -> None:
    """Everything that was in the log at this moment is in bronze; written down at most every ten seconds."""
    if at_us - lake.memory.get("idle_noted_us", 0) >= 10_000_000:
        lake.note("watermark", {"idle_us": at_us})
        lake.memory["idle_noted_us"] = at_us


def _newest(lake: Lake) -> datetime | None:
    actions = pa.table(lake.table("bronze_events").get_add_actions(flatten=True))
    if actions.num_rows == 0 or "max.received_at" not in actions.schema.names:
        return None
    found: datetime | None = pc.max(actions["max.received_at"]).as_py()
    return found.replace(tzinfo=UTC) if found else None
