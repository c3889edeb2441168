"""Silver under other grouping settings, in bounded memory: which fingerprints its events would have, counted. Reads, writes nothing.

Rows are hashed by every column that grouping looks at, a stack by its key, and each distinct input is grouped once. Distinct stacks are
few: only theirs are read. What is kept grows with the number of fingerprints, releases and users, not with the number of events.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from lake.history_rows import BATCH_ROWS, Batch
from lake.silver_events import NARROW, Stack, event_of, stack_of
from seiche.grouping import analyse, unprocessable
from seiche.grouping.regroup import Sight
from seiche.grouping.stacks import Memo
from seiche.model.issue import Grouping
from seiche.model.project import ProjectConfig

if TYPE_CHECKING:
    import polars as pl

MOST_KNOWN_INPUTS = 400_000
"""Hashes kept; past that they are forgotten, which costs time only."""
STACKS = 8_000
"""Kept as objects, some 3 KB each: their texts are shared."""
SAMPLES = 3


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
        self._stacks: Memo[Stack] = Memo(STACKS)
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

    def read(self, batch: Batch) -> None:
        """Some events more."""
        import polars as pl

        rows = batch.rows
        if not rows.height:
            return
        inputs = [name for name in NARROW if name != "tags" or self._looks_at_tags(rows)]
        rows = rows.with_columns(
            fingerprint=pl.col("event_id").replace_strict(self._moved, default=pl.col("fingerprint")) if self._moved else "fingerprint",
            is_moved=pl.col("event_id").is_in(list(self._moved)),
        )
        frame = rows.select(
            "event_id",
            "user_key",
            key=rows.select(*inputs, "unprocessable", "fingerprint", "is_moved").hash_rows(seed=17),
            row=pl.int_range(pl.len(), dtype=pl.UInt32),
            place=pl.col("log_partition").cast(pl.Int64) * (1 << 48) + pl.col("log_offset"),
            at=pl.col("occurred_at").dt.epoch("us"),
            hour=pl.col("received_at").dt.epoch("s") // 3600,
        )
        if len(self._known) > MOST_KNOWN_INPUTS:
            self._known.clear()
            self._first.clear()
        firsts = frame.sort("place").unique("key", keep="first", maintain_order=True)
        self._learn(firsts, rows.select(*inputs, "unprocessable", "fingerprint", "is_moved"), batch.stacks)
        cells = [self._known[key] for key in firsts["key"].to_list()]
        self._count(frame.join(firsts.select("key", cell=pl.Series(cells, dtype=pl.UInt32)), on="key"))
        self.events += frame.height

    def _learn(self, firsts: "pl.DataFrame", rows: "pl.DataFrame", stacks: Callable[[Sequence[int]], "pl.DataFrame"]) -> None:
        """Group the inputs that are new, or seen earlier in the log than before, and note where."""
        late = 1 << 62
        firsts = firsts.with_columns(stack=rows["stack_key"].gather(firsts["row"])).sort("stack", "place")  # each stack is unpacked once
        known = zip(*(firsts[name].to_list() for name in ("key", "place", "row")), strict=True)
        unseen = [(key, place, number) for key, place, number in known if place < self._first.get(key, late)]
        if not unseen:
            return
        found = rows[[number for _, _, number in unseen]]
        stack = self._stacks_of(dict(zip(found["stack_key"], [number for _, _, number in unseen], strict=True)), stacks)
        for (key, position, _), row in zip(unseen, found.iter_rows(named=True), strict=True):
            place = (position >> 48, position & ((1 << 48) - 1))
            new, platform = self._grouped(row, place, stack)
            cell = (row["fingerprint"], new, row["release"] or "", row["environment"] or "", row["level"] or "")
            if cell not in self._numbers:
                self._numbers[cell] = len(self.cells)
                self.cells.append(Cell(*cell, platform=platform))
            self._known[key], self._first[key] = self._numbers[cell], position

    def _stacks_of(self, numbers: Mapping[int, int], stacks: Callable[[Sequence[int]], "pl.DataFrame"]) -> Callable[[int], Stack]:
        """By key; `numbers`: key -> a row that has it. What is not known any more is read once for all, and unpacked one by one."""
        held = {key: known for key in numbers if (known := self._stacks.get(key)) is not None}
        missing = {key: at for at, key in enumerate(key for key in numbers if key not in held)}
        wide = stacks([numbers[key] for key in missing]) if missing else None

        def of(key: int) -> Stack:
            found = held.get(key) or self._stacks.get(key)
            if found is None:
                assert wide is not None  # noqa: S101 - what is not held is missing
                found = stack_of(wide.row(missing[key], named=True))
                self._stacks.put(key, found)
            return found

        return of

    def _grouped(self, row: Mapping[str, Any], place: tuple[int, int], stack_of_key: Callable[[int], Stack]) -> tuple[str, str]:
        if row["is_moved"]:
            return row["fingerprint"], row["platform"] or ""
        if row["unprocessable"]:
            grouping = unprocessable(row["unprocessable"])
            self._name(grouping, place)
            return grouping.fingerprints[0], row["platform"] or ""
        stack = stack_of_key(row["stack_key"])
        event = event_of(row, stack, project_id=self._project_id)
        analysis = analyse(event, self._config, stack=stack.key)
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


Progress = Callable[[int, int], None]
"""(events done, of how many): called after each batch; raises to stop."""


def compute(batches: Iterator[Batch], history: History, total: int, progress: Progress) -> History:
    """Read everything."""
    for batch in batches:
        history.read(batch)
        progress(history.events, total)
    history.settle_users()
    return history
