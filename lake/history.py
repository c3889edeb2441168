"""Silver under other grouping settings, in bounded memory: which fingerprints its events would have, counted. Reads, writes nothing.

Distinct stacks are few, so rows are hashed by every column that grouping looks at, and each distinct input is grouped once. What is
kept grows with the number of fingerprints, releases and users, not with the number of events.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from lake.rows import partitions
from lake.silver_events import INPUTS, event_of
from lake.store import Lake
from seiche.grouping import analyse, unprocessable
from seiche.grouping.regroup import Sight
from seiche.model.issue import Grouping
from seiche.model.project import ProjectConfig

if TYPE_CHECKING:
    import polars as pl

BATCH_ROWS = 20_000
MOST_KNOWN_INPUTS = 400_000
"""Hashes kept; past that they are forgotten, which costs time only."""
SAMPLES = 3
PLACE = ("received_at", "log_partition", "log_offset", "event_id", "fingerprint", "occurred_at", "unprocessable", "user_key")


class Cell(msgspec.Struct):
    """Events with the same fingerprint before, the same after, of one release, environment and level."""

    old: str
    new: str
    release: str
    environment: str
    level: str
    count: int = 0
    first: tuple[int, int] = (1 << 31, 0)
    first_event_id: str = ""
    last: tuple[int, int] = (-1, -1)
    last_event_id: str = ""
    first_seen_us: int = 1 << 62
    last_seen_us: int = -(1 << 62)
    platform: str = ""


class History:
    """What has been read so far. Feed it in any order of files: the result is by log offset."""

    def __init__(self, project_id: int, config: ProjectConfig, moved: Mapping[str, str] | None = None) -> None:
        import polars as pl

        self._project_id, self._config, self._moved = project_id, config, dict(moved or {})
        self._known: dict[int, int] = {}
        self._first: dict[int, int] = {}
        self._numbers: dict[tuple[str, ...], int] = {}
        self.cells: list[Cell] = []
        self.sights: dict[tuple[Any, ...], Sight] = {}
        self.groupings: dict[str, tuple[tuple[int, int], Grouping]] = {}
        """New fingerprint -> the grouping of its earliest event: what an issue is called."""
        self.users = pl.DataFrame(schema={"cell": pl.UInt32, "user": pl.UInt64})
        self._pending: list[pl.DataFrame] = []
        self.hours: set[int] = set()
        """Epoch hours of received time that hold an event whose fingerprint changes."""
        self.events = 0

    @property
    def inputs(self) -> int:
        """How many different inputs were grouped (since hashes were last forgotten)."""
        return len(self._known)

    def read(self, rows: pa.Table) -> None:
        """Rows of silver with the columns of `columns()`, without duplicates."""
        import polars as pl

        if not rows.num_rows:
            return
        wide = pl.DataFrame(rows)
        inputs = [name for name in INPUTS if name != "tags" or self._looks_at_tags(wide)]
        wide = wide.with_columns(
            fingerprint=pl.col("event_id").replace_strict(self._moved, default=pl.col("fingerprint")) if self._moved else "fingerprint",
            is_moved=pl.col("event_id").is_in(list(self._moved)),
        ).select(*inputs, *(name for name in (*PLACE, "is_moved") if name not in inputs))
        # What is sorted, joined and counted is narrow; stacks are hashed where they lie, and taken only where they are new.
        frame = wide.select(
            "event_id",
            "user_key",
            key=wide.select(*inputs, "unprocessable", "fingerprint", "is_moved").hash_rows(seed=17),
            row=pl.int_range(pl.len(), dtype=pl.UInt32),
            place=pl.col("log_partition").cast(pl.Int64) * (1 << 48) + pl.col("log_offset"),
            at=pl.col("occurred_at").dt.epoch("us"),
            hour=pl.col("received_at").dt.epoch("s") // 3600,
        )
        if len(self._known) > MOST_KNOWN_INPUTS:
            self._known.clear()
            self._first.clear()
        firsts = frame.sort("place").unique("key", keep="first", maintain_order=True)
        self._learn(firsts, wide)
        cells = [self._known[key] for key in firsts["key"].to_list()]
        self._count(frame.join(firsts.select("key", cell=pl.Series(cells, dtype=pl.UInt32)), on="key"))
        self.events += frame.height

    def _learn(self, firsts: "pl.DataFrame", wide: "pl.DataFrame") -> None:
        """Group the inputs that are new, or seen earlier in the log than before, and note where."""
        late = 1 << 62
        keys, places, numbers = (firsts[name].to_list() for name in ("key", "place", "row"))
        unseen = [at for at, key in enumerate(keys) if places[at] < self._first.get(key, late)]
        rows = wide[[numbers[at] for at in unseen]].iter_rows(named=True) if unseen else iter(())
        for at, row in zip(unseen, rows, strict=True):
            place = (places[at] >> 48, places[at] & ((1 << 48) - 1))
            new, platform = self._grouped(row, place)
            cell = (row["fingerprint"], new, row["release"] or "", row["environment"] or "", row["level"] or "")
            if cell not in self._numbers:
                self._numbers[cell] = len(self.cells)
                self.cells.append(Cell(*cell, platform=platform))
            self._known[keys[at]], self._first[keys[at]] = self._numbers[cell], places[at]

    def _grouped(self, row: Mapping[str, Any], place: tuple[int, int]) -> tuple[str, str]:
        if row["is_moved"]:
            return row["fingerprint"], row["platform"] or ""
        if row["unprocessable"]:
            grouping = unprocessable(row["unprocessable"])
            self._name(grouping, place)
            return grouping.fingerprints[0], row["platform"] or ""
        event = event_of(row, project_id=self._project_id)
        analysis = analyse(event, self._config)
        shape = analysis.shape
        caller = shape.steps[shape.culprit + 1] if shape is not None and len(shape.steps) > shape.culprit + 1 else None
        key = (analysis.grouping.fingerprints, event.release, caller)
        known = self.sights.get(key)
        if known is None or place < (known.partition, known.offset):
            self.sights[key] = Sight(*place, analysis.grouping, shape)
        self._name(analysis.grouping, place)
        return analysis.grouping.fingerprints[0], event.platform

    def _name(self, grouping: Grouping, place: tuple[int, int]) -> None:
        known = self.groupings.get(grouping.fingerprints[0])
        if known is None or place < known[0]:
            self.groupings[grouping.fingerprints[0]] = (place, grouping)

    def _count(self, frame: "pl.DataFrame") -> None:
        import polars as pl

        found = frame.group_by("cell").agg(
            count=pl.len(),
            first=pl.col("place").min(),
            first_id=pl.col("event_id").get(pl.col("place").arg_min()),
            last=pl.col("place").max(),
            last_id=pl.col("event_id").get(pl.col("place").arg_max()),
            first_at=pl.col("at").min(),
            last_at=pl.col("at").max(),
        )
        for row in found.iter_rows(named=True):
            cell = self.cells[row["cell"]]
            cell.count += row["count"]
            first, last = ((row[name] >> 48, row[name] & ((1 << 48) - 1)) for name in ("first", "last"))
            if first < cell.first:
                cell.first, cell.first_event_id = first, row["first_id"]
            if last > cell.last:
                cell.last, cell.last_event_id = last, row["last_id"]
            cell.first_seen_us, cell.last_seen_us = min(cell.first_seen_us, row["first_at"]), max(cell.last_seen_us, row["last_at"])
        moving = [number for number in found["cell"] if self.cells[number].old != self.cells[number].new]
        self.hours.update(frame.filter(pl.col("cell").is_in(moving))["hour"].unique())
        named = frame.filter(pl.col("user_key").fill_null("") != "")
        self._pending.append(named.select("cell", user=pl.col("user_key").hash(seed=17)).unique())
        if sum(one.height for one in self._pending) > 10 * BATCH_ROWS:
            self.settle_users()

    def settle_users(self) -> "pl.DataFrame":
        """(cell, user) pairs, each once."""
        import polars as pl

        self.users, self._pending = pl.concat([self.users, *self._pending]).unique(), []
        return self.users

    def overlap(self) -> dict[tuple[str, str], int]:
        """(fingerprint before, after) -> events."""
        found: dict[tuple[str, str], int] = {}
        for cell in self.cells:
            found[cell.old, cell.new] = found.get((cell.old, cell.new), 0) + cell.count
        return found

    def _looks_at_tags(self, frame: "pl.DataFrame") -> bool:
        """Tags tell events apart that are otherwise the same, so they are compared only where something reads them."""
        import polars as pl

        if "tags" in self._config.fingerprint_rules + self._config.stack_rules:
            return True
        named = frame["sdk_fingerprint"].explode().drop_nulls()
        return bool(named.dtype == pl.String and named.str.contains("tags.", literal=True).any())


def columns() -> list[str]:
    """What `History.read` needs of silver."""
    return [*PLACE, *INPUTS]


class Snapshot(msgspec.Struct):
    """A project's stored events of one version of silver."""

    total: int
    batches: Iterator[pa.Table]
    positions: dict[int, int]
    """Per log partition, the offset below which everything is in it."""


def scan(
    lake: Lake, project_id: int, since: datetime | None = None, until: datetime | None = None, *, after: Mapping[int, int] | None = None
) -> Snapshot:
    """A project's events in batches; `after`: from these offsets on."""
    micro = pa.timestamp("us", tz="UTC")
    where: Any = (pc.field("project_id") == project_id) & ~pc.field("duplicate")
    if since is not None:
        where &= (pc.field("received_date") >= pa.scalar(since.date(), pa.date32())) & (pc.field("received_at") >= pa.scalar(since, micro))
    if until is not None:
        where &= (pc.field("received_date") <= pa.scalar(until.date(), pa.date32())) & (pc.field("received_at") < pa.scalar(until, micro))
    known = partitions(lake, "silver_events", "silver")
    handle = lake.table("silver_events")
    positions = {partition: handle.transaction_version(f"silver:{partition}") or 0 for partition in known}
    # Rebuilt hours may hold rows past the position: they are read with what comes after it.
    within = pc.scalar(False)
    for partition, position in positions.items():
        held = (pc.field("log_partition") == partition) & (pc.field("log_offset") < position)
        within |= held & (pc.field("log_offset") >= (after or {}).get(partition, 0))
    where &= within
    source = handle.to_pyarrow_dataset()
    total = source.count_rows(filter=where)
    scanner = source.scanner(columns=columns(), filter=where, batch_size=BATCH_ROWS, batch_readahead=2, fragment_readahead=1)
    return Snapshot(total, (pa.Table.from_batches([batch]) for batch in scanner.to_batches() if batch.num_rows), positions)


Progress = Callable[[int, int], None]
"""(events done, of how many): called after each batch; raises to stop."""


def compute(batches: Iterator[pa.Table], history: History, total: int, progress: Progress) -> History:
    """Read everything."""
    for rows in batches:
        history.read(rows)
        progress(history.events, total)
    history.settle_users()
    return history
