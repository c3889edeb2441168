"""`drain`: wait until a stretch of the log has arrived everywhere, then compare it record by record, and the sums with it."""

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from seiche import wiring
from seiche.backends.clickhouse_tables import next_offset
from seiche.cli import accounts
from seiche.errors import OffsetOutOfRange, StoreUnavailable, Transient
from seiche.model.record import RecordKind
from seiche.registry.migrate import upgrade

if TYPE_CHECKING:
    from seiche.ports.event_log import EventLogReader
    from seiche.ports.search_index import SearchIndex
    from seiche.settings import Settings

REFUSALS_SECONDS = 1.5
"""Refusals reach the log as one record a second: those of before the call are in it after this."""
POLL_SECONDS = 0.2
SHOWN = 5


@dataclass(frozen=True)
class Settled:
    """The sums, and what is wrong: nothing, if every event is where it belongs."""

    sums: dict[str, int]
    problems: list[str] = field(default_factory=list)


class Stores:
    """Everything that is compared."""

    def __init__(self, settings: "Settings") -> None:
        upgrade(settings.registry_url)
        self.settings = settings
        self.log: EventLogReader = wiring.event_log_reader(settings)
        self.engine = wiring.registry_engine(settings.registry_url)
        self.lake = wiring.lake(settings)
        self.has_olap = wiring.has_olap(settings)
        self._client: Any = None
        self._index: SearchIndex | None = None

    def hot_offset(self, table: str, partition: int) -> int:
        """How far a table of ClickHouse is, or the search index wherever it is."""
        if table == "search_events" and self.settings.opensearch.url:
            if self._index is None:
                self._index = wiring.search_index(self.settings)
            return self._index.indexed_offset(partition)
        if self._client is None:
            self._client = wiring.olap_client(self.settings, patience_seconds=1.0)
        try:
            from seiche.backends.clickhouse import translated

            with translated():
                return next_offset(self._client, table, partition)
        except StoreUnavailable:
            self._client = None
            raise

    def close(self) -> None:
        """Give back connections."""
        self.engine.dispose()
        if self._client is not None:
            self._client.close()


def settle(settings: "Settings", *, timeout_seconds: float) -> Settled:
    """Wait at most so long. Nothing is written but what the consumers write anyway."""
    with closing(Stores(settings)) as stores:
        return _settle(stores, timeout_seconds)


def _settle(stores: Stores, timeout_seconds: float) -> Settled:
    deadline = time.monotonic() + timeout_seconds
    time.sleep(min(REFUSALS_SECONDS, timeout_seconds))
    ends = dict(stores.log.end_offsets())
    late = _wait(deadline, lambda: _alerts_behind(stores, ends))
    at = accounts.counted(stores.engine)
    ends = {partition: max(end, at.offsets.get(partition, 0)) if not late else end for partition, end in ends.items()}
    late = late or _wait(deadline, lambda: _lake_behind(stores, ends) or _hot_behind(stores, ends))
    found = accounts.sums(at, accounts.stored(stores.lake, at))
    problems = late + [problem for partition, end in ends.items() for problem in compare(stores, partition, end)]
    if (difference := accounts.unsettled(found)) and not late:
        word = "received and in no column" if difference > 0 else "settled and never received"
        problems.append(f"the sum is not met: {abs(difference)} events were {word}")
    return Settled(found, problems)


def _wait(deadline: float, behind: Any) -> list[str]:
    """[] as soon as nothing is behind; else what was when time ran out."""
    while True:
        try:
            problems: list[str] = behind()
        except Transient as error:
            problems = [str(error)]
        if not problems:
            return []
        if time.monotonic() >= deadline:
            return [f"{problem} (time ran out)" for problem in problems]
        time.sleep(POLL_SECONDS)


def _alerts_behind(stores: Stores, ends: dict[int, int]) -> list[str]:
    offsets = accounts.counted(stores.engine).offsets
    return [
        f"alerts is at offset {offsets.get(partition, 0)} of {end} in partition {partition}"
        for partition, end in ends.items()
        if offsets.get(partition, 0) < end
    ]


def _lake_behind(stores: Stores, ends: dict[int, int]) -> list[str]:
    problems = []
    for partition, end in ends.items():
        bronze = max(stores.log.acknowledged(partition).get("pipeline", 0), stores.lake.cursor("bronze_events", f"bronze:{partition}"))
        if bronze < end:
            problems.append(f"bronze is at offset {bronze} of {end} in partition {partition}")
            continue
        silver = stores.lake.cursor("silver_events", f"silver:{partition}")
        waiting = len(accounts.offset_rows(stores.lake, "bronze_events", partition, silver, end))
        if waiting:
            problems.append(f"silver lacks {waiting} events of partition {partition} that bronze has")
    return problems


def _hot_behind(stores: Stores, ends: dict[int, int]) -> list[str]:
    if not stores.has_olap:
        return []
    problems = []
    for partition, end in ends.items():
        for table, name in (("events_hot", "rollups"), ("search_events", "search")):
            position = stores.hot_offset(table, partition)
            waiting = len(accounts.offset_rows(stores.lake, "silver_events", partition, position, end, with_duplicates=False))
            if waiting:
                problems.append(f"{name}: {waiting} events of partition {partition} are not in yet")
    return problems


def compare(stores: Stores, partition: int, end: int) -> list[str]:
    """Every event record of the log below `end` against silver's rows: each there once, and none that the log does not have."""
    start = stores.log.start_offset(partition)
    wanted = pa.array(_event_offsets(stores.log, partition, start, end), pa.int64())
    held = accounts.offset_rows(stores.lake, "silver_events", partition, start, end).combine_chunks()
    missing = wanted.filter(pc.invert(pc.is_in(wanted, value_set=held)))
    surplus = held.filter(pc.invert(pc.is_in(held, value_set=wanted)))
    counts = pc.value_counts(held)
    doubled = counts.field("values").filter(pc.greater(counts.field("counts"), pa.scalar(1)))
    found = (("not in silver", missing), ("more than once in silver", doubled), ("in silver but not in the log", surplus))
    return [f"partition {partition}: {len(offsets)} records {what}, at offsets {_some(offsets)}" for what, offsets in found if len(offsets)]


def _event_offsets(log: "EventLogReader", partition: int, start: int, end: int) -> Iterator[int]:
    while start < end:
        try:
            records = log.read(partition, start, max_records=2000)
        except OffsetOutOfRange:
            start = max(start + 1, log.start_offset(partition))  # retention took a segment meanwhile
            continue
        if not records:
            return
        for stored in records:
            if stored.offset < end and stored.record.kind is RecordKind.EVENT:
                yield stored.offset
        start = records[-1].offset + 1


def _some(offsets: Any) -> str:
    shown = ", ".join(str(offset) for offset in offsets[:SHOWN].to_pylist())
    return shown + (", ..." if len(offsets) > SHOWN else "")
