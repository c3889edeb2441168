"""`status`: what the processes, the consumers, the stores and the accounting say of themselves."""

import fcntl
import time
from typing import TYPE_CHECKING, Any

import psutil
import pyarrow as pa
import pyarrow.compute as pc

from lake.store import Lake
from query_api.system import service
from seiche import wiring
from seiche.cli import accounts
from seiche.cli.caller import whole_installation
from seiche.cli.settle import Stores
from seiche.errors import NotFound, OffsetOutOfRange, SeicheError, StoreUnavailable

if TYPE_CHECKING:
    from query_api.state import ApiState
    from seiche.settings import Settings


def condition(settings: "Settings") -> dict[str, Any]:
    """Everything, as JSON takes it. What does not answer is null, and `problems` says why."""
    api, _ = whole_installation(settings)
    stores = Stores(settings)
    endpoints = wiring.read_run_file(settings.run_dir / "endpoints.json")
    told = service.status(api).model_dump(mode="json")
    problems: list[str] = []
    consumers = told["consumers"] + _later_stages(stores, problems)
    at = accounts.counted(stores.engine)
    sums = accounts.sums(at, accounts.stored(stores.lake, at))
    difference = accounts.unsettled(sums)
    waits = any(consumer["lag"] > 0 for consumer in told["consumers"] + consumers if consumer["name"] != "alerts")
    pending = difference if waits and difference > 0 else 0
    return {
        "data": str(settings.data),
        "url": endpoints.get("public") or endpoints.get("web"),
        "up": is_up(settings),
        "processes": [_checked(process) for process in told["processes"]],
        "consumers": consumers,
        "freshness": _freshness(api, stores, told["consumers"], problems),
        "accounting": {**sums, "pending": pending, "unexplained": difference - pending},
        "canary": told["canary"],
        "links": told["links"],
        "problems": problems,
    }


def is_up(settings: "Settings") -> bool:
    """Whether a `seiche up` holds this data directory."""
    try:
        with (settings.run_dir / "up.lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def _checked(process: dict[str, Any]) -> dict[str, Any]:
    """What a killed supervisor wrote last is not the truth."""
    lives = process["pid"] is not None and psutil.pid_exists(process["pid"])
    if process["state"] in {"running", "starting"} and not lives:
        return {**process, "state": "dead"}
    return process


def _later_stages(stores: Stores, problems: list[str]) -> list[dict[str, Any]]:
    """Positions of what follows bronze; their lag is in events that wait."""
    found = []
    for stage, source, table in (
        ("silver", "bronze_events", ""),
        ("rollups", "silver_events", "events_hot"),
        ("search", "silver_events", "search_events"),
    ):
        if table and not stores.has_olap:
            continue
        try:
            found.append(_stage(stores, stage, source, table))
        except SeicheError as error:
            problems.append(f"{stage}: {error}")
    return found


def _stage(stores: Stores, stage: str, source: str, table: str) -> dict[str, Any]:
    offset = lag = 0
    for partition in stores.log.partitions():
        position = stores.hot_offset(table, partition) if table else stores.lake.cursor("silver_events", f"silver:{partition}")
        offset += position
        lag += len(accounts.offset_rows(stores.lake, source, partition, position, 1 << 62, with_duplicates=not table))
    return {"name": stage, "offset": offset, "lag": lag}


def _freshness(api: "ApiState", stores: Stores, consumers: list[dict[str, Any]], problems: list[str]) -> dict[str, Any]:
    now = time.time()
    analytics = None
    if stores.has_olap:
        try:
            analytics = _newest_hot(stores.settings)
        except SeicheError as error:
            problems.append(f"analytics: {error}")
    return {
        "silver_age_seconds": _age(now, _newest(stores.lake, "silver_events")),
        "bronze_age_seconds": _age(now, _newest(stores.lake, "bronze_events")),
        "analytics_age_seconds": _age(now, analytics),
        "oldest_waiting_seconds": _oldest_waiting(api, consumers, now),
    }


def _newest(lake: Lake, name: str) -> float | None:
    actions = pa.table(lake.table(name).get_add_actions(flatten=True))
    if actions.num_rows == 0 or "max.received_at" not in actions.schema.names:
        return None
    newest: Any = pc.max(actions["max.received_at"]).as_py()
    return float(newest.timestamp()) if newest is not None else None


def _newest_hot(settings: "Settings") -> float | None:
    from seiche.backends.clickhouse import translated

    client = wiring.olap_client(settings, patience_seconds=0.0)
    with translated():
        found = client.query("SELECT toUnixTimestamp64Micro(maxOrNull(received_at)) FROM events_hot").result_rows[0][0]
    return found / 1e6 if found else None


def _age(now: float, at: float | None) -> float | None:
    return None if at is None else round(max(0.0, now - at), 1)


def _oldest_waiting(api: "ApiState", consumers: list[dict[str, Any]], now: float) -> float:
    """How long the oldest record that alerts or pipeline has not passed has been waiting."""
    oldest = 0.0
    for partition in api.log.partitions():
        for consumer in consumers:
            if consumer["lag"] <= 0:
                continue
            try:
                records = api.log.read(partition, consumer["offset"], max_records=1)
            except (OffsetOutOfRange, NotFound, StoreUnavailable):
                continue
            if records:
                oldest = max(oldest, now - records[0].record.received_at_us / 1e6)
    return round(oldest, 1)
