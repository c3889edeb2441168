"""The end of the log, as its one writer sees it: append, seal, unlink. Belongs to one thread."""

import logging
import os
import sqlite3
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import msgspec

from seiche.backends.embedded.log import segment
from seiche.backends.embedded.log.positions import Positions
from seiche.errors import LogUnavailable, StoreUnavailable
from seiche.model.record import LogRecord
from seiche.settings import LogSettings

CONSUMERS = ("alerts", "pipeline")
"""Who must have passed a segment before it goes; one that never said anything holds it, too."""
DISK_CHECK_SECONDS = 1.0
UPKEEP_SECONDS = 5.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Packed:
    """A record as it will lie in the file: packed by its caller, so that one that cannot be packed is its caller's fault alone."""

    record: LogRecord
    packed: bytes

    @classmethod
    def of(cls, record: LogRecord) -> "Packed":
        """Raises what msgspec raises for values that MessagePack cannot hold."""
        return cls(record, segment.encode(record))


class Tail:
    """Raises `ConfigurationError` where another version wrote the newest segment."""

    def __init__(self, log_dir: Path, settings: LogSettings) -> None:
        self._dir, self._settings = log_dir, settings
        self._positions = Positions(log_dir)
        self._sealing: list[threading.Thread] = []
        self._disk_checked, self._disk_problem = float("-inf"), ""
        self._kept_up = time.monotonic()
        self._connection: sqlite3.Connection | None = None
        self._first = self._next = self._bytes = self._received_at_us = 0
        self._opened = 0.0
        self._open()

    @property
    def next_offset(self) -> int:
        """What the next record will get."""
        return self._next

    def append(self, records: Sequence[Packed]) -> int:
        """Commit them all, or none, to stable storage; returns the first one's offset. Raises `LogUnavailable`."""
        self._check_disk()
        try:
            connection = self._connection or self._open()
            received = self._received_at_us
            rows: list[tuple[int, bytes]] = []
            for number, given in enumerate(records, self._next):
                packed = given.packed
                if given.record.received_at_us < received:
                    # Windows and retention go by this time; the clock of a machine may step back, the log's may not.
                    packed = segment.encode(msgspec.structs.replace(given.record, received_at_us=received))
                received = max(received, given.record.received_at_us)
                rows.append((number, packed))
            with segment.transaction(connection):
                connection.executemany("INSERT INTO records VALUES (?, ?)", rows)
        except sqlite3.Error as error:
            # Whether the commit is in the file is for the file to say: look again before the next append.
            self._abandon()
            log.exception("%s records could not be appended", len(records))
            raise LogUnavailable(f"the event log cannot write to {self._dir}: {error}", retry_after_seconds=5) from error
        first, self._next, self._received_at_us = self._next, self._next + len(rows), received
        self._bytes += sum(len(packed) for _, packed in rows)
        return first

    def upkeep(self) -> None:
        """Seal a segment that is large or old enough; unlink those that nobody needs. Cheap where there is nothing to do."""
        try:
            if self._connection is not None and self._next > self._first and self._is_full():
                self._seal()
            if time.monotonic() - self._kept_up >= UPKEEP_SECONDS:
                self._kept_up = time.monotonic()
                self._unlink_passed()
        except (sqlite3.Error, OSError, StoreUnavailable):
            # Appending goes on in the segment there is; the next look may succeed.
            log.exception("the event log's upkeep failed")

    def close(self) -> None:
        """Seal nothing: the next start goes on with the same segment."""
        for thread in self._sealing:
            thread.join()
        self._abandon()
        self._positions.close()

    def _open(self) -> sqlite3.Connection:
        starts = segment.first_offsets(self._dir)
        self._first = starts[-1] if starts else 0
        connection = segment.create(self._dir, self._first)
        try:
            self._next = segment.end_of(connection, self._first)
            self._bytes = segment.size_of(connection)
            self._received_at_us = max(self._received_at_us, self._last_received(starts))
        except BaseException:
            connection.close()
            raise
        self._opened = time.monotonic()
        self._connection = connection
        return connection

    def _last_received(self, starts: Sequence[int]) -> int:
        for start in reversed(starts):
            connection = segment.open_for_reading(self._dir, start)
            if connection is not None:
                try:
                    record = segment.last_record(connection)
                finally:
                    connection.close()
                if record is not None:
                    return record.received_at_us
        return 0

    def _abandon(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _check_disk(self) -> None:
        now = time.monotonic()
        if now - self._disk_checked >= DISK_CHECK_SECONDS:
            self._disk_checked = now
            found = os.statvfs(self._dir)
            free, least = found.f_bavail * found.f_frsize, self._settings.minimum_free_bytes
            self._disk_problem = (
                f"{free >> 20} MB are free for {self._dir}, the event log keeps {least >> 20} MB free: make room" if free < least else ""
            )
        if self._disk_problem:
            raise LogUnavailable(self._disk_problem, retry_after_seconds=10)

    def _is_full(self) -> bool:
        return self._bytes >= self._settings.segment_bytes or time.monotonic() - self._opened >= self._settings.segment_seconds

    def _seal(self) -> None:
        """The new segment is there before the old one is given up: some name always says which offset comes next."""
        new = segment.create(self._dir, self._next)
        old, self._connection = self._connection, new
        self._first, self._bytes, self._opened = self._next, 0, time.monotonic()
        self._sealing = [thread for thread in self._sealing if thread.is_alive()]
        if old is not None:
            thread = threading.Thread(target=_seal_quietly, args=(old,), name="event-log-sealer")
            self._sealing.append(thread)
            thread.start()

    def _unlink_passed(self) -> None:
        starts = segment.first_offsets(self._dir)
        if len(starts) < 2:
            return
        positions = self._positions.get(0)
        needed = min(positions.get(consumer, 0) for consumer in CONSUMERS)
        oldest_us = time.time_ns() // 1000 - self._settings.retention_seconds * 1_000_000
        for start, following in pairwise(starts):
            if following > needed or self._newest_in(start) > oldest_us:
                return
            segment.unlink(self._dir, start)
            log.info("segment %s of the event log is past its age and every consumer: unlinked", start)

    def _newest_in(self, start: int) -> int:
        connection = segment.open_for_reading(self._dir, start)
        if connection is None:
            return 0
        try:
            record = segment.last_record(connection)
        finally:
            connection.close()
        return record.received_at_us if record is not None else 0


def _seal_quietly(connection: sqlite3.Connection) -> None:
    try:
        segment.seal(connection)
    except sqlite3.Error:
        log.exception("a segment's WAL could not be moved into it; it stays readable as it is")
