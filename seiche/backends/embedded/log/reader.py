"""Reads the log's segments, from any process and thread, and holds no transaction between calls."""

import sqlite3
import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from seiche.backends.embedded.log import segment
from seiche.backends.embedded.log.folder import Listing, path_of
from seiche.backends.embedded.log.positions import Positions
from seiche.errors import InvalidInput, OffsetOutOfRange, StoreUnavailable
from seiche.model.record import StoredRecord

PARTITION = 0
OPEN_SEGMENTS = 4
ATTEMPTS = 3
T = TypeVar("T")


class SqliteEventLogReader:
    """See `seiche.ports.event_log.EventLogReader`.

    Other errors: `StoreUnavailable` where a file cannot be read now, `ConfigurationError` where one is damaged or of another
    version, `InvalidInput` for a partition that there is not. Records that were lost from the middle (a damaged segment that somebody
    moved away) are below a second start: reading them raises `OffsetOutOfRange` with the offset at which the log goes on.
    """

    def __init__(self, log_dir: Path) -> None:
        self._dir = log_dir
        self._lock = threading.Lock()
        self._listing = Listing(log_dir)
        self._starts: list[int] = []
        self._open: OrderedDict[int, sqlite3.Connection] = OrderedDict()
        self._looking_at = log_dir
        self._positions = Positions(log_dir)

    def partitions(self) -> Sequence[int]:
        return (PARTITION,)

    def start_offset(self, partition: int) -> int:
        _check(partition)
        return self._retrying(lambda: self._starts[0] if self._starts else 0)

    def end_offset(self, partition: int) -> int:
        _check(partition)
        return self._retrying(self._end)

    def end_offsets(self) -> Mapping[int, int]:
        return {PARTITION: self.end_offset(PARTITION)}

    def read(self, partition: int, offset: int, *, max_records: int = 1000, max_bytes: int = 8 << 20) -> Sequence[StoredRecord]:
        _check(partition)
        return self._retrying(lambda: self._read(offset, max(1, max_records), max_bytes))

    def acknowledge(self, consumer: str, partition: int, offset: int) -> None:
        _check(partition)
        self._positions.set(consumer, partition, offset)

    def acknowledged(self, partition: int) -> dict[str, int]:
        _check(partition)
        return self._positions.get(partition)

    def close(self) -> None:
        """Give back files; a reader that is simply forgotten does it, too."""
        with self._lock:
            for connection in self._open.values():
                connection.close()
            self._open.clear()
        self._positions.close()

    def _read(self, offset: int, max_records: int, max_bytes: int) -> list[StoredRecord]:
        starts = self._starts
        if not starts or offset < starts[0]:
            if offset or starts:
                raise OffsetOutOfRange(PARTITION, offset, starts[0] if starts else 0, self._end())
            return []
        found: list[StoredRecord] = []
        room = max_bytes
        expected = offset
        for start in starts[bisect_right(starts, offset) - 1 :]:
            if len(found) >= max_records:
                break
            query = "SELECT offset, record FROM records WHERE offset >= ? ORDER BY offset LIMIT ?"
            cursor = self._connection(start).execute(query, (expected, max_records - len(found)))
            try:
                for number, record in cursor:
                    if number != expected or (found and len(record) > room):
                        return found or self._lost(offset, number)
                    found.append(StoredRecord(PARTITION, number, segment.decode(record)))
                    room -= len(record)
                    expected += 1
            finally:
                cursor.close()  # ends the read transaction
        if not found and offset > (end := self._end()):
            raise OffsetOutOfRange(PARTITION, offset, starts[0], end)
        return found

    def _lost(self, offset: int, goes_on_at: int) -> list[StoredRecord]:
        raise OffsetOutOfRange(PARTITION, offset, goes_on_at, self._end())

    def _end(self) -> int:
        return segment.end_of(self._connection(self._starts[-1]), self._starts[-1]) if self._starts else 0

    def _connection(self, start: int) -> sqlite3.Connection:
        self._looking_at = path_of(self._dir, start)
        connection = self._open.get(start)
        if connection is None:
            connection = segment.open_for_reading(self._dir, start, is_sealed=start != self._starts[-1])
            self._open[start] = connection
            while len(self._open) > OPEN_SEGMENTS:
                self._open.popitem(last=False)[1].close()
        self._open.move_to_end(start)
        return connection

    def _retrying(self, look: Callable[[], T]) -> T:
        """Segments may be unlinked between listing and opening: look again, then the listing is without them."""
        with self._lock:
            for attempt in range(1, ATTEMPTS + 1):
                self._look_around()
                try:
                    return look()
                except FileNotFoundError as error:
                    if attempt == ATTEMPTS:
                        raise StoreUnavailable(f"segments of {self._dir} vanish faster than they can be read: {error}") from error
                except (sqlite3.Error, msgspec.MsgspecError) as error:
                    if attempt == ATTEMPTS:
                        raise segment.translated(error, self._looking_at) from error
        raise AssertionError("the last attempt returns or raises")

    def _look_around(self) -> None:
        starts = self._listing()
        if starts is not self._starts:
            for gone in self._open.keys() - set(starts):
                self._open.pop(gone).close()
            self._starts = starts


def _check(partition: int) -> None:
    if partition != PARTITION:
        raise InvalidInput(f"the embedded event log has partition {PARTITION} only, not {partition}", reason="unknown_partition")
