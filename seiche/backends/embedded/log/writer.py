"""The log's one writer: a thread that commits whatever has arrived, in one transaction, and then answers those who wait."""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from seiche.backends.embedded.log.lock import WriterLock
from seiche.backends.embedded.log.tail import Packed, Tail
from seiche.errors import LogUnavailable
from seiche.model.record import LogRecord
from seiche.settings import LogSettings

COMMIT_RECORDS = 2000
"""Records of one commit at most: bounds the wait of those who came first."""
IDLE_SECONDS = 1.0
"""How often an idle writer looks whether a segment is to be sealed or unlinked."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Waiting:
    records: Sequence[Packed]
    future: "asyncio.Future[Sequence[int]]"
    loop: asyncio.AbstractEventLoop


class SqliteEventLogWriter:
    """See `seiche.ports.event_log.EventLogWriter`. Entering raises `ConfigurationError` where another process writes this log."""

    def __init__(self, log_dir: Path, settings: LogSettings) -> None:
        self._dir, self._settings = log_dir, settings
        self._queue: deque[_Waiting] = deque()
        self._queued = 0
        self._changed = threading.Condition()
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
        """Records that wait for a commit."""
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
        waiting = _Waiting([Packed.of(record) for record in records], loop.create_future(), loop)
        with self._changed:
            if self._dead is not None or self._stopping:
                raise LogUnavailable(f"the event log takes nothing: {self._dead or 'it is being closed'}", retry_after_seconds=5)
            if self._queued + len(records) > self._settings.queue_records:
                raise LogUnavailable(f"{self._queued} records wait for the event log, more are not taken", retry_after_seconds=1)
            self._queue.append(waiting)
            self._queued += len(records)
            self._changed.notify()
        # A caller that goes away does not take its records back: they may be in the commit already.
        return await asyncio.shield(waiting.future)

    def _start(self) -> None:
        self._lock = WriterLock(self._dir)
        try:
            tail = Tail(self._dir, self._settings)
        except BaseException:
            self._lock.release()
            raise
        self._dead = None
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

    def _run(self, tail: Tail) -> None:
        taken: list[_Waiting] = []
        try:
            while True:
                taken = self._take()
                if not taken and self._stopping:
                    break
                if taken:
                    self._commit(tail, taken)
                taken = []
                tail.upkeep()
            self._dead = "it has been closed"
        except Exception as error:
            log.exception("the event log's writer has died")
            self._dead = f"its writer has died: {error}"
        finally:
            with self._changed:
                self._dead = self._dead or "its writer has died"
                taken += self._queue
                self._queue.clear()
            _answer([(waiting, LogUnavailable(f"the event log takes nothing: {self._dead}", retry_after_seconds=5)) for waiting in taken])
            tail.close()

    def _take(self) -> list[_Waiting]:
        """What has arrived, in order; empty after a second without anything, or at the end."""
        with self._changed:
            if not self._queue and not self._stopping:
                self._changed.wait(IDLE_SECONDS)
            taken: list[_Waiting] = []
            count = 0
            while self._queue and (not taken or count + len(self._queue[0].records) <= COMMIT_RECORDS):
                taken.append(self._queue.popleft())
                count += len(taken[-1].records)
            self._queued -= count
            return taken

    def _commit(self, tail: Tail, taken: list[_Waiting]) -> None:
        try:
            first = tail.append([record for waiting in taken for record in waiting.records])
        except LogUnavailable as error:
            _answer([(waiting, error) for waiting in taken])
            return
        answers: list[tuple[_Waiting, Sequence[int] | LogUnavailable]] = []
        for waiting in taken:
            answers.append((waiting, range(first, first + len(waiting.records))))
            first += len(waiting.records)
        _answer(answers)


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
