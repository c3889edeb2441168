"""How far received time has come, and which hours are therefore closed (decision 11 of docs/architecture.md)."""

from datetime import UTC, date, datetime, time, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from lake.rows import whole_hour
from lake.store import Lake, from_us

CLOSED_AFTER_SECONDS = 300


def watermark(lake: Lake) -> datetime | None:
    """Everything received before this is in bronze: its newest row, or the last moment at which the log had nothing newer.

    Without the second an hour would stay open for as long as nothing arrives after it.
    """
    found = [moment for moment in (_newest(lake), _idle_since(lake)) if moment is not None]
    return max(found, default=None)


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


def note_idle(lake: Lake, at_us: int) -> None:
    """The log was read to its end at this moment; written down at most every ten seconds."""
    if at_us - lake.memory.get("idle_noted_us", 0) >= 10_000_000:
        lake.note("watermark", {"idle_us": at_us})
        lake.memory["idle_noted_us"] = at_us


def _idle_since(lake: Lake) -> datetime | None:
    found = lake.noted("watermark").get("idle_us")
    return from_us(found) if found else None


def _newest(lake: Lake) -> datetime | None:
    actions = pa.table(lake.table("bronze_events").get_add_actions(flatten=True))
    if actions.num_rows == 0 or "max.received_at" not in actions.schema.names:
        return None
    found: datetime | None = pc.max(actions["max.received_at"]).as_py()
    return found.replace(tzinfo=UTC) if found else None
