"""The log's one writer: a thread that commits whatever has arrived, in one transaction, and then answers those who wait."""

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from seiche.backends.embedded.log import segment
from seiche.backends.embedded.log.lock import WriterLock
from seiche.backends.embedded.log.tail import Tail
from seiche.errors import InvalidInput, LogUnavailable
from seiche.model.record import LogRecord
from seiche.settings import LogSettings

COMMIT_RECORDS = 2000
COMMIT_BYTES = 8 << 20
"""Of one commit at most (or one append, if that is larger): bounds the wait of those who came first."""
GATHER_SECONDS, GATHERED = 0.008, 32
"""Where several came together they will again: waiting so long for so many spares commits, and turns of the interpreter, a quarter of all
that accepting costs (docs/measurements.md). Whoever comes alone does not wait."""
QUEUE_BYTES = 128 << 20
"""Waiting for a commit, besides the bound on their number."""
RECORD_BYTES = 256 << 20
"""One record; SQLite itself takes a little less than 1 GB."""
IDLE_SECONDS = 1.0
"""How often an idle writer looks whether a segment is to be sealed or unlinked."""
ANSWER_SECONDS = 30.0
"""A disk that hangs must not hang every request with it."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Waiting:
    rows: list[bytes]
    size: int
    received_at_us: int
    """Of the newest."""
    future: "asyncio.Future[Sequence[int]]"
    loop: asyncio.AbstractEventLoop


class SqliteEventLogWriter:
    """See `seiche.ports.event_log.EventLogWriter`.

    Entering raises `ConfigurationError` where another process writes this log, or where its newest segment is of another version
    or damaged. `append` raises `InvalidInput` for a record that cannot be written; the records of others do not suffer.
    """

    def __init__(self, log_dir: Path, settings: LogSettings) -> None:
        self._dir, self._settings = log_dir, settings
        self._arrived: list[_Waiting] = []
        self._backlog: deque[_Waiting] = deque()
        """Belongs to the thread."""
        self._queued = self._queued_bytes = 0
        self._received_at_us = 0
        self._changed = threading.Condition()
        self._crowded = False
        """Whether the last commit was of several appends."""
        self._stopping = False
        self._dead: str | None = "it has not been started"
        self._thread: threading.Thread | None = None
        self._lock: WriterLock | None = None

    @property
    def dead(self) -> str | None:
        """Why nothing can be appended any more, whatever is tried; None while all is well."""
        return self._dead

    @property
    def queued(self) -> int:
        """Records that wait for their commit to end."""
        return self._queued

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self._start)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await asyncio.to_thread(self._stop)

    async def append(self, records: Sequence[LogRecord]) -> Sequence[int]:
        if not records:
            return []
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Sequence[int]] = loop.create_future()
        with self._changed:
            if self._dead is not None or self._stopping:
                raise LogUnavailable(f"the event log takes nothing: {self._dead or 'it is being closed'}", retry_after_seconds=5)
            if self._queued + len(records) > self._settings.queue_records or self._queued_bytes > QUEUE_BYTES:
                raise LogUnavailable(
                    f"{self._queued} records ({self._queued_bytes >> 20} MB) wait for the event log, {len(records)} more are not taken"
                )
            # Here, because one bad record must fail its own caller; under the lock, because times follow the order of offsets.
            rows, newest_us = _encode(records, self._received_at_us)
            self._received_at_us = newest_us
            waiting = _Waiting(rows, sum(map(len, rows)), newest_us, future, loop)
            self._arrived.append(waiting)
            self._queued += len(rows)
            self._queued_bytes += waiting.size
            self._changed.notify()
        timer = loop.call_later(ANSWER_SECONDS, _give_up, future)
        try:
            return await future
        finally:
            timer.cancel()

    def _start(self) -> None:
        lock = WriterLock(self._dir)
        try:
            tail = Tail(self._dir, self._settings)
        except BaseException:
            lock.release()
            raise
        self._lock = lock
        self._received_at_us = tail.received_at_us
        self._dead, self._stopping = None, False
        self._thread = threading.Thread(target=self._run, args=(tail,), name="event-log-writer")
        self._thread.start()

    def _stop(self) -> None:
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _run(self, tail: Tail) -> None:
        taken: list[_Waiting] = []
        reason = "its writer has died"
        try:
            while True:
                taken = self._take()
                if not taken and self._stopping:
                    break
                if taken:
                    self._commit(tail, taken)
                taken = []
                tail.upkeep()
            reason = "it has been closed"
        except Exception as error:
            log.exception("the event log's writer has died")
            reason = f"its writer has died ({type(error).__name__}: {error}); restart the web process"
        finally:
            with self._changed:
                self._dead = reason
                taken += [*self._backlog, *self._arrived]
                self._backlog.clear()
                self._arrived.clear()
                self._queued = self._queued_bytes = 0
            _answer([(waiting, LogUnavailable(f"the event log takes nothing: {reason}", retry_after_seconds=5)) for waiting in taken])
            tail.close()

    def _take(self) -> list[_Waiting]:
        """What has arrived, in order; empty after a second without anything, or at the end."""
        with self._changed:
            if not self._backlog and not self._arrived and not self._stopping:
                self._changed.wait(IDLE_SECONDS)
            alone = self._crowded and not self._stopping and 0 < len(self._backlog) + len(self._arrived) < GATHERED
        if alone:
            time.sleep(GATHER_SECONDS)
        with self._changed:
            self._backlog += self._arrived
            self._arrived.clear()
        taken: list[_Waiting] = []
        count = size = 0
        while self._backlog:
            waiting = self._backlog[0]
            count += len(waiting.rows)
            size += waiting.size
            if taken and (count > COMMIT_RECORDS or size > COMMIT_BYTES):
                break
            taken.append(self._backlog.popleft())
        self._crowded = len(taken) > 1
        return taken

    def _commit(self, tail: Tail, taken: list[_Waiting]) -> None:
        # Whoever has gone away or was told that the outcome is unknown need not be written any more.
        wanted = [waiting for waiting in taken if not waiting.future.done()]
        answers: list[tuple[_Waiting, Sequence[int] | LogUnavailable]]
        try:
            offset = tail.next_offset
            if wanted:
                offset = tail.append([row for waiting in wanted for row in waiting.rows], wanted[-1].received_at_us)
        except LogUnavailable as error:
            answers = [(waiting, error) for waiting in wanted]
        else:
            answers = []
            for waiting in wanted:
                after = offset + len(waiting.rows)
                answers.append((waiting, list(range(offset, after))))
                offset = after
        with self._changed:
            self._queued -= sum(len(waiting.rows) for waiting in taken)
            self._queued_bytes -= sum(waiting.size for waiting in taken)
        _answer(answers)


def _encode(records: Sequence[LogRecord], least_us: int) -> tuple[list[bytes], int]:
    """Rows, and the newest time. Raises `InvalidInput`."""
    rows: list[bytes] = []
    for given in records:
        record = given
        if record.received_at_us < least_us:
            # Windows and retention go by this time; the clock of a machine may step back, the log's may not.
            record = msgspec.structs.replace(given, received_at_us=least_us)
        least_us = record.received_at_us
        try:
            row = segment.encode(record)
        except (TypeError, ValueError, OverflowError) as error:  # msgspec's own errors and Unicode's are ValueErrors
            raise InvalidInput(f"the record cannot be written to the event log: {error}", reason="invalid_record") from error
        if len(row) > RECORD_BYTES:
            raise InvalidInput(f"a record of {len(row) >> 20} MB is too large for the event log, {RECORD_BYTES >> 20} MB are allowed")
        rows.append(row)
    return rows, least_us


def _give_up(future: "asyncio.Future[Sequence[int]]") -> None:
    if not future.done():
        text = f"the event log has not answered for {ANSWER_SECONDS:.0f} s, whether it has kept the records is not known"
        future.set_exception(LogUnavailable(text, retry_after_seconds=10))


def _answer(answers: Sequence[tuple[_Waiting, Sequence[int] | LogUnavailable]]) -> None:
    """Wake each event loop once."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[_Waiting, Sequence[int] | LogUnavailable]]] = {}
    for answer in answers:
        by_loop.setdefault(answer[0].loop, []).append(answer)
    for loop, its in by_loop.items():
        try:
            loop.call_soon_threadsafe(_resolve, its)
        except RuntimeError:
            log.warning("%s callers of the event log went away before their answer", len(its))


def _resolve(answers: Sequence[tuple[_Waiting, Sequence[int] | LogUnavailable]]) -> None:
    for waiting, answer in answers:
        if waiting.future.done():
            continue
        if isinstance(answer, LogUnavailable):
            waiting.future.set_exception(answer)
        else:
            waiting.future.set_result(answer)
