"""The end of the log, as its one writer sees it: append, seal, unlink. Belongs to one thread."""

import logging
import shutil
import sqlite3
import threading
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import msgspec

from seiche.backends.embedded.log import segment
from seiche.backends.embedded.log.folder import first_offsets, make_folder, path_of, remove_leftovers, unlink
from seiche.backends.embedded.log.positions import Positions
from seiche.errors import LogUnavailable, SeicheError
from seiche.settings import LogSettings

CONSUMERS = ("alerts", "pipeline")
"""Who must have passed a segment before it goes; one that never said anything holds it, too."""
DISK_CHECK_SECONDS = 1.0
UPKEEP_SECONDS = 5.0

log = logging.getLogger(__name__)


class Tail:
    """Raises `ConfigurationError` where another version wrote the newest segment, or where it is damaged."""

    def __init__(self, log_dir: Path, settings: LogSettings) -> None:
        self._dir, self._settings = log_dir, settings
        self._positions = Positions(log_dir)
        self._sealing: threading.Thread | None = None
        self._disk_checked, self._disk_problem = float("-inf"), ""
        self._upkeep_at = self._retention_at = time.monotonic()
        self._connection: sqlite3.Connection | None = None
        self._is_failing = False
        self._first = self._next = 0
        self.received_at_us = 0
        """Of the newest record."""
        make_folder(log_dir)
        remove_leftovers(log_dir)
        try:
            self._open()
        except (sqlite3.Error, msgspec.MsgspecError) as error:
            raise segment.translated(error, path_of(log_dir, self._first)) from error
        self._finish_sealing()

    @property
    def next_offset(self) -> int:
        """What the next record will get."""
        return self._next

    def append(self, rows: Sequence[bytes], received_at_us: int) -> int:
        """Commit encoded records, all or none, to stable storage; returns the first one's offset. Raises `LogUnavailable`.

        `received_at_us` is the newest of theirs, and not older than the log's.
        """
        self._check_disk()
        try:
            connection = self._connection or self._open()
            with segment.transaction(connection):
                segment.insert(connection, self._next, rows)
        except (sqlite3.Error, OSError, SeicheError) as error:
            # Whether the commit is in the file is for the file to say: look again before the next append.
            self._abandon()
            if not self._is_failing:  # once, not for every request of a full disk's long night
                log.exception("the event log cannot write, %d records are refused", len(rows))
            self._is_failing = True
            raise LogUnavailable(f"the event log cannot write to {self._dir}: {error}", retry_after_seconds=5) from error
        if self._is_failing:
            log.warning("the event log can write again")
            self._is_failing = False
        first, self._next, self.received_at_us = self._next, self._next + len(rows), received_at_us
        return first

    def upkeep(self) -> None:
        """Seal a segment that is large or old enough; unlink those that nobody needs. Cheap where there is nothing to do."""
        now = time.monotonic()
        if now < self._upkeep_at:
            return
        try:
            if self._connection is not None and self._next > self._first and self._is_full():
                self._roll(self._connection)
            if now >= self._retention_at:
                self._retention_at = now + UPKEEP_SECONDS
                self._unlink_passed()
                self._finish_sealing()
        except (sqlite3.Error, OSError, SeicheError):
            # Appending goes on in the segment there is; the next look may succeed.
            self._upkeep_at = now + UPKEEP_SECONDS
            log.exception("the event log's upkeep failed")

    def close(self) -> None:
        """Seal nothing: the next start goes on with the same segment."""
        if self._sealing is not None:
            self._sealing.join()
        self._abandon()
        self._positions.close()

    def _open(self) -> sqlite3.Connection:
        starts = first_offsets(self._dir)
        self._first = starts[-1] if starts else 0
        if not starts:
            segment.create(self._dir, 0, self.received_at_us)
        connection = segment.open_for_appending(self._dir, self._first)
        try:
            self._next = segment.end_of(connection, self._first)
            self.received_at_us = max(self.received_at_us, segment.newest_received_at_us(connection))
        except BaseException:
            connection.close()
            raise
        self._begin(connection)
        return connection

    def _begin(self, connection: sqlite3.Connection) -> None:
        self._path = path_of(self._dir, self._first)
        # Nothing is moved from the WAL into the file while the segment is open: its size stands still.
        self._file_bytes, self._opened = self._path.stat().st_size, time.monotonic()
        self._connection = connection

    def _abandon(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _check_disk(self) -> None:
        now = time.monotonic()
        if now - self._disk_checked >= DISK_CHECK_SECONDS:
            self._disk_checked = now
            try:
                free = shutil.disk_usage(self._dir).free
            except OSError as error:
                self._disk_problem = f"the event log's folder {self._dir} cannot be used: {error}"
            else:
                least = self._settings.minimum_free_bytes
                short = f"{free >> 20} MB are free for {self._dir}, the event log keeps {least >> 20} MB free: make room"
                self._disk_problem = short if free < least else ""
        if self._disk_problem:
            raise LogUnavailable(self._disk_problem, retry_after_seconds=10)

    def _is_full(self) -> bool:
        size = self._file_bytes + segment.wal_bytes(self._path)
        return size >= self._settings.segment_bytes or time.monotonic() - self._opened >= self._settings.segment_seconds

    def _roll(self, old: sqlite3.Connection) -> None:
        """The new segment is there before the old one is given up: some name always says which offset comes next."""
        segment.create(self._dir, self._next, self.received_at_us)
        connection = segment.open_for_appending(self._dir, self._next)
        self._first = self._next
        self._begin(connection)
        if self._sealing is not None:
            self._sealing.join()  # a disk that is slower than the events: wait here, so that WALs do not pile up
        self._seal(old)

    def _finish_sealing(self) -> None:
        """One that a crash, a full disk or a reader left with its WAL; and the previous one, which may still be at it."""
        if self._sealing is not None and self._sealing.is_alive():
            return
        for start in first_offsets(self._dir, "-wal"):
            if start < self._first and segment.wal_bytes(path_of(self._dir, start)):
                self._seal(segment.open_for_appending(self._dir, start))
                return

    def _seal(self, connection: sqlite3.Connection) -> None:
        self._sealing = threading.Thread(target=_seal_quietly, args=(connection,), name="event-log-sealer")
        self._sealing.start()

    def _unlink_passed(self) -> None:
        starts = first_offsets(self._dir)
        if len(starts) < 2 or (self._sealing is not None and self._sealing.is_alive()):
            return
        positions = self._positions.get(0)
        needed = min(positions.get(consumer, 0) for consumer in CONSUMERS)
        oldest_us = time.time_ns() // 1000 - self._settings.retention_seconds * 1_000_000
        for start, following in pairwise(starts):
            if following > needed or self._newest_in(start) > oldest_us:
                return
            unlink(self._dir, start)
            log.info("segment %s of the event log is past its age and every consumer: unlinked", start)

    def _newest_in(self, start: int) -> int:
        connection = segment.open_for_reading(self._dir, start, is_sealed=True)
        try:
            return segment.newest_received_at_us(connection)
        finally:
            connection.close()


def _seal_quietly(connection: sqlite3.Connection) -> None:
    try:
        segment.seal(connection)
    except sqlite3.Error:
        log.exception("a segment's WAL could not be moved into it; it stays readable as it is")
