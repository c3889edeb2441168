"""`Lake`: the owner's handles on the Delta tables, and how rows get in exactly once.

The rule for every incremental stage: read how far the table is from the handle that will append; append through that same handle
with the new position as a Delta application transaction; where the commit conflicts, re-open and start over.
"""

import json
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pyarrow as pa
import pyarrow.dataset as ds
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, Schema, Transaction, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

from lake import objects
from lake.marks import Marks
from lake.specs import TABLES, TableSpec
from seiche.errors import ConfigurationError, StoreUnavailable
from seiche.registry.named_lock import file_lock

T = TypeVar("T")
Lock = Callable[[Sequence[str], Sequence[str]], AbstractContextManager[None]]
"""What to have alone, and what beside others."""
ATTEMPTS = 6
COMMIT_RETRIES = 40
"""A commit that somebody else's came before is made again as the next version, without writing its rows again, if the two do not touch:
other partitions' appends, another hour's rebuild. If they do, `CommitFailedError` says so."""


class StageReport(msgspec.Struct, kw_only=True):
    """What one call of a stage did."""

    stage: str
    rows: int = 0
    detail: dict[str, Any] = {}


class Lake:
    """One process's view of the tables. Not for threads."""

    def __init__(self, url: str, storage_options: dict[str, str] | None = None, *, lock: Lock | None = None) -> None:
        """`lock`: how to keep others out by name where the tables are in an object store (`seiche.registry.named_lock.held`)."""
        self.url = url.rstrip("/")
        self._lock = lock
        self._options = storage_options
        self._handles: dict[str, DeltaTable] = {}
        self._marks = Marks(self.url, storage_options)
        self.memory: dict[str, Any] = {}
        """What stages know from their last call; losing it costs time, never rows."""

    @property
    def folder(self) -> Path | None:
        """The local folder, or None in an object store."""
        return None if "://" in self.url else Path(self.url)

    def exists(self, name: str) -> bool:
        """Whether somebody has made the table already; unlike `table` this makes none."""
        try:
            return DeltaTable.is_deltatable(f"{self.url}/{name}", storage_options=self._options)
        except (DeltaError, OSError) as error:
            raise StoreUnavailable(f"the lake does not answer: {error}") from error

    def table(self, name: str) -> DeltaTable:
        """The kept handle, brought up to date; the table is created on first use."""
        handle = self._handles.get(name)
        if handle is not None and not self._marks.still_there(name):
            self.forget(name)
            handle = None
        try:
            if handle is None:
                handle = self._handles[name] = self._open(TABLES[name])
            else:
                handle.update_incremental()
        except (DeltaError, OSError) as error:
            self.forget(name)
            raise StoreUnavailable(f"the lake table {name} does not answer: {error}") from error
        self._marks.note(name, handle.version())
        return handle

    def forget(self, name: str) -> None:
        """Re-open at the next use: kept handles grow dearer with each commit, and a conflict leaves them stale."""
        self._handles.pop(name, None)
        self._marks.forget(name)

    def _open(self, spec: TableSpec) -> DeltaTable:
        uri = f"{self.url}/{spec.name}"
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
        try:
            handle = DeltaTable(uri, storage_options=self._options)
        except TableNotFoundError:
            DeltaTable.create(
                uri,
                schema=Schema.from_arrow(spec.schema),
                partition_by=list(spec.partition_by),
                configuration=spec.configuration,
                mode="ignore",
                storage_options=self._options,
            )
            handle = DeltaTable(uri, storage_options=self._options)
        _add_columns(handle, spec)
        _check_columns(handle, spec)
        return handle

    def dataset(self, name: str) -> ds.Dataset:
        """The current snapshot; filters on the columns of `TableSpec.statistics` skip files."""
        return self.table(name).to_pyarrow_dataset()

    def cursor(self, name: str, application: str) -> int:
        """How far `application` got in this table: the offset that it has not written yet."""
        return self.table(name).transaction_version(application) or 0

    def cursors(self, name: str, stage: str, partitions: Iterable[int]) -> dict[int, int]:
        """`cursor` of a stage in each of these log partitions, all in one version of the table: the kept handle's."""
        handle = self.table(name)
        return {partition: handle.transaction_version(f"{stage}:{partition}") or 0 for partition in partitions}

    def append(self, name: str, rows: pa.Table, *, positions: dict[str, int], metadata: dict[str, str] | None = None) -> int:
        """Append through the kept handle; returns the version.

        Raises `CommitFailedError` where somebody has moved one of these positions, or replaced rows, since the handle was brought up to
        date: see `retrying`.
        """
        return self._write(name, rows, kind="append", mode="append", positions=positions, metadata=metadata)

    def replace(
        self,
        name: str,
        rows: "pa.Table | pa.RecordBatchReader",
        *,
        predicate: str | None,
        kind: str = "rebuild",
        positions: dict[str, int] | None = None,
    ) -> int:
        """Replace what `predicate` matches (or everything) through the kept handle, in one commit; conflicts as in `append`."""
        return self._write(name, rows, kind=kind, mode="overwrite", predicate=predicate, positions=positions)

    def _write(
        self,
        name: str,
        rows: "pa.Table | pa.RecordBatchReader",
        *,
        kind: str,
        mode: str,
        predicate: str | None = None,
        positions: dict[str, int] | None = None,
        metadata: dict[str, str] | None = None,
    ) -> int:
        handle = self._handles[name]
        try:
            write_deltalake(
                handle,
                rows,
                mode=mode,  # type: ignore[call-overload] # a Literal to the library
                predicate=predicate,
                writer_properties=TABLES[name].writer,
                commit_properties=CommitProperties(
                    custom_metadata={"seiche.kind": kind, **(metadata or {})},
                    app_transactions=[Transaction(application, position) for application, position in (positions or {}).items()] or None,
                    # A whole table is not replaced over what this process has not seen.
                    max_commit_retries=0 if mode == "overwrite" and predicate is None else COMMIT_RETRIES,
                ),
                post_commithook_properties=PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False),
            )
        except CommitFailedError:
            self.forget(name)
            raise
        except (DeltaError, OSError) as error:
            self.forget(name)
            raise StoreUnavailable(f"the lake table {name} cannot be written: {error}") from error
        return handle.version()

    def retrying(self, name: str, attempt: Callable[[], T]) -> T:
        """Run `attempt` again from the start where somebody else committed first."""
        for _ in range(ATTEMPTS):
            try:
                return attempt()
            except CommitFailedError:
                self.forget(name)
        raise StoreUnavailable(
            f"the lake table {name} is being written by another process; {ATTEMPTS} attempts lost", retry_after_seconds=5
        )

    @contextmanager
    def exclusive(self, what: str) -> Iterator[None]:
        """Keep other processes out of a store that has no transactions of its own (ClickHouse, the index)."""
        with self._held([what], []):
            yield

    @contextmanager
    def beside(self, what: str, partitions: Collection[int] = ()) -> Iterator[None]:
        """Work on these log partitions of such a store, beside others that work on other ones; `exclusive` keeps all of them out."""
        with self._held([f"{what}-{partition}" for partition in sorted(partitions)], [what]):
            yield

    @contextmanager
    def _held(self, alone: Sequence[str], beside: Sequence[str]) -> Iterator[None]:
        with ExitStack() as stack:
            if self.folder is None:
                if self._lock is not None:
                    stack.enter_context(self._lock(alone, beside))
            else:
                self.folder.mkdir(parents=True, exist_ok=True)
                for name in beside:
                    stack.enter_context(file_lock(self.folder / f".{name}.lock", alone=False))
                for name in alone:
                    stack.enter_context(file_lock(self.folder / f".{name}.lock"))
            yield

    def note(self, name: str, value: dict[str, Any]) -> None:
        """Leave a small fact beside the tables, atomically, for other processes."""
        text = json.dumps(value)
        if self.folder is None:
            objects.put(self.url, self._options, f"_seiche/{name}.json", text.encode())
            return
        path = self.folder / f".{name}.json"
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.write_text(text)
        fresh.replace(path)

    def noted(self, name: str) -> dict[str, Any]:
        """What `note` left, or {}."""
        try:
            text = (
                objects.get(self.url, self._options, f"_seiche/{name}.json")
                if self.folder is None
                else (self.folder / f".{name}.json").read_bytes()
            )
        except FileNotFoundError:
            return {}
        found: dict[str, Any] = json.loads(text)
        return found


def _add_columns(handle: DeltaTable, spec: TableSpec) -> None:
    """What a later version added (docs/adr/0005): null in rows that are there already."""
    found, wanted = {field.name for field in handle.schema().fields}, Schema.from_arrow(spec.schema).fields
    added = [field for field in wanted if field.name not in found and field.nullable]
    if added and found <= {field.name for field in wanted}:
        handle.alter.add_columns(added)
        handle.update_incremental()


def _check_columns(handle: DeltaTable, spec: TableSpec) -> None:
    expected = {field.name: field.type for field in Schema.from_arrow(spec.schema).fields}
    found = {field.name: field.type for field in handle.schema().fields}
    if expected == found:
        return
    missing, unknown = sorted(expected.keys() - found.keys()), sorted(found.keys() - expected.keys())
    changed = sorted(name for name in expected.keys() & found.keys() if expected[name] != found[name])
    raise ConfigurationError(
        f"the lake table {spec.name} was written by another version of Seiche (columns missing: {missing}, unknown: {unknown}, "
        f"of another type: {changed}): run the version that wrote it, or move the table away and rebuild it from bronze"
    )


def from_us(microseconds: int) -> datetime:
    """Aware, UTC."""
    return datetime.fromtimestamp(microseconds // 1_000_000, tz=UTC).replace(microsecond=microseconds % 1_000_000)
