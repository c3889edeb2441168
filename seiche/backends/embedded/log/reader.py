"""Reads the log's segments, from any process and thread, and holds no transaction between calls."""

import sqlite3
import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from seiche.backends.embedded.log import segment
from seiche.backends.embedded.log.positions import Positions
from seiche.errors import InvalidInput, OffsetOutOfRange, StoreUnavailable
from seiche.model.record import StoredRecord

PARTITION = 0
OPEN_SEGMENTS = 4
ATTEMPTS = 3
T = TypeVar("T")


class SqliteEventLogReader:
    """See `seiche.ports.event_log.EventLogReader`. Other errors: `StoreUnavailable` where a file cannot be read."""

    def __init__(self, log_dir: Path) -> None:
        self._dir = log_dir
        self._lock = threading.Lock()
        self._open: OrderedDict[int, sqlite3.Connection] = OrderedDict()
        self._positions = Positions(log_dir)

    def partitions(self) -> Sequence[int]:
        return (PARTITION,)

    def start_offset(self, partition: int) -> int:
        _check(partition)
        return next(iter(segment.first_offsets(self._dir)), 0)

    def end_offset(self, partition: int) -> int:
        _check(partition)
        return self._retrying(self._end)

    def read(self, partition: int, offset: int, *, max_records: int = 1000, max_bytes: int = 8 << 20) -> Sequence[StoredRecord]:
        _check(partition)
        return self._retrying(lambda: self._read(offset, max_records, max_bytes))

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
        starts = segment.first_offsets(self._dir)
        first = max(bisect_right(starts, offset) - 1, 0)
        found: list[StoredRecord] = []
        room = max_bytes
        for start in starts[first:]:
            connection = self._connection(start)
            if connection is None or len(found) >= max_records:
                break
            query = "SELECT offset, record FROM records WHERE offset >= ? ORDER BY offset LIMIT ?"
            cursor = connection.execute(query, (offset, max_records - len(found)))
            try:
                for number, record in cursor:
                    if found and len(record) > room:
                        return found
                    found.append(StoredRecord(PARTITION, number, segment.decode(record)))
                    room -= len(record)
            finally:
                cursor.close()  # ends the read transaction
        if not found or found[0].offset != offset:
            start, end = next(iter(starts), 0), self._end()
            if not start <= offset <= end or found:
                raise OffsetOutOfRange(PARTITION, offset, start, end)
        return found

    def _end(self) -> int:
        starts = segment.first_offsets(self._dir)
        if not starts:
            return 0
        connection = self._connection(starts[-1])
        return starts[-1] if connection is None else segment.end_of(connection, starts[-1])

    def _connection(self, start: int) -> sqlite3.Connection | None:
        connection = self._open.get(start)
        if connection is None:
            connection = segment.open_for_reading(self._dir, start)
            if connection is None:
                return None
            self._open[start] = connection
            while len(self._open) > OPEN_SEGMENTS:
                self._open.popitem(last=False)[1].close()
        self._open.move_to_end(start)
        return connection

    def _retrying(self, look: Callable[[], T]) -> T:
        """Segments may be unlinked between listing and opening: look again, then the listing is without them."""
        with self._lock:
            for attempt in range(ATTEMPTS):
                try:
                    self._forget_vanished()
                    return look()
                except FileNotFoundError as error:
                    if attempt == ATTEMPTS - 1:
                        raise StoreUnavailable(f"segments of {self._dir} vanish faster than they can be read: {error}") from error
                except sqlite3.Error as error:
                    if attempt == ATTEMPTS - 1:
                        raise StoreUnavailable(f"the event log in {self._dir} cannot be read: {error}") from error
        raise AssertionError("the last attempt returns or raises")

    def _forget_vanished(self) -> None:
        for start in [start for start in self._open if not segment.path_of(self._dir, start).exists()]:
            self._open.pop(start).close()


def _check(partition: int) -> None:
    if partition != PARTITION:
        raise InvalidInput(f"the embedded event log has partition {PARTITION} only, not {partition}", reason="unknown_partition")
