"""The outbox sender: at least once, in parallel, each target by itself, again and again on a schedule."""

import logging
import queue
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa

from alerts.progress import Progress
from seiche.errors import Terminal, Transient
from seiche.model.alert import Channel, Notification
from seiche.ports.notifier import Notifier
from seiche.registry import outbox
from seiche.registry.engine import read, write
from seiche.registry.tables import OutboxRow

SCHEDULE_SECONDS = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Standard Webhooks' own: after the last one it is given up, and the issue's activity says so."""
JITTER = 0.1
WORKERS = 8
PER_TARGET = 2
"""Messages to one target at the same time: a slow one takes two workers of eight."""
MOST_UNWRITTEN = 64
"""Messages whose result the registry does not have: what a killed process sends again, with the same ids."""
AT_ONCE = 64
"""Messages of one look at the outbox: a look is a transaction, and a target takes two messages at a time, so a look for each two held
up all others (6 s at 10 a second on a loaded Postgres)."""
STOP_SECONDS = 8.0
GATHER_SECONDS = 0.02
RESULT_SECONDS = 0.25
"""How soon the thread that waits for results sees that the sender has ended."""

log = logging.getLogger(__name__)


class Sender:
    """Sends what the outbox holds. One a registry: two would send twice (receivers can drop repeats by delivery id)."""

    def __init__(
        self,
        engine: sa.Engine,
        notifiers: Mapping[Channel, Notifier],
        *,
        poll_seconds: float = 0.25,
        clock_us: Callable[[], int] = lambda: time.time_ns() // 1000,
        progress: Progress | None = None,
        schedule_seconds: tuple[float, ...] = SCHEDULE_SECONDS,
        is_our_turn: Callable[[], bool] = lambda: True,
    ) -> None:
        self._engine, self._notifiers, self._poll_seconds, self._clock_us = engine, notifiers, poll_seconds, clock_us
        self._schedule, self._is_our_turn = schedule_seconds, is_our_turn
        self.progress = progress or Progress()
        self._in_flight: dict[str, str] = {}
        """Delivery id -> target, until the registry has what became of it: no second attempt before."""
        self._leaving: dict[str, str] = {}
        """Those of them that are on their way to the target: only they take its places."""
        self._held: list[OutboxRow] = []
        """Of the last look, oldest first: what found no place yet."""
        self._looked_at = float("-inf")
        self._results: queue.SimpleQueue[outbox.Result] = queue.SimpleQueue()
        self._room = threading.Event()
        self._fault: BaseException | None = None

    def wake(self) -> None:
        """The outbox has something new: look at once. What others put there is found by looking every `poll_seconds`."""
        self._looked_at = float("-inf")
        self._room.set()

    def run(self, stop: threading.Event) -> None:
        """Until `stop` is set; then it waits for what is in flight, within bounds. What is unfinished is sent again later."""
        pool, ended = ThreadPoolExecutor(WORKERS, thread_name_prefix="sender"), threading.Event()
        # In a thread of its own: a transaction stands in the registry's line, and the next message need not wait for it.
        settling = threading.Thread(target=self._settle_until, args=(ended,), name="sender-results", daemon=True)
        settling.start()
        try:
            while not stop.is_set() and self._fault is None:
                self._turn(pool)
                self._room.wait(self._poll_seconds)
                self._room.clear()
            give_up = time.monotonic() + STOP_SECONDS
            while self._in_flight and time.monotonic() < give_up and self._fault is None:
                time.sleep(0.05)
        finally:
            ended.set()
            pool.shutdown(wait=False, cancel_futures=True)
            settling.join(STOP_SECONDS)
        if self._fault is not None:
            raise self._fault

    def _turn(self, pool: ThreadPoolExecutor) -> None:
        try:
            for row in self._due():
                self._in_flight[row.delivery_id] = self._leaving[row.delivery_id] = row.target
                pool.submit(self._attempt, _notification(row), row.attempts)
        except Transient as error:
            self.progress.failed(str(error))
            log.warning("the sender waits: %s", error)

    def _due(self) -> list[OutboxRow]:
        """What may start now: free workers, and no more than two messages a target."""
        leaving = self._leaving.copy()
        free = min(WORKERS - len(leaving), MOST_UNWRITTEN - len(self._in_flight))
        if not self._is_our_turn():
            self._held = []  # another sends them
            return []
        if free <= 0:
            return []
        busy = Counter(leaving.values())
        if time.monotonic() - self._looked_at >= self._poll_seconds:
            self._look([target for target, count in busy.items() if count >= PER_TARGET])
        chosen: list[OutboxRow] = []
        left: list[OutboxRow] = []
        for row in self._held:
            if len(chosen) < free and busy[row.target] < PER_TARGET:
                busy[row.target] += 1
                chosen.append(row)
            else:
                left.append(row)
        self._held = left
        return chosen

    def _look(self, full: list[str]) -> None:
        self._looked_at = time.monotonic()  # before the look: who wakes us during it is heard
        in_flight = set(self._in_flight)  # before the look: what is settled during it is then seen as settled
        with read(self._engine) as session:
            # Those in flight are not excluded by the query: its text would be another one with each number of them.
            rows = outbox.due(session, now_us=self._clock_us(), limit=AT_ONCE + len(in_flight), without_targets=full)
        self._held = [row for row in rows if row.delivery_id not in in_flight]

    def _attempt(self, notification: Notification, attempts: int) -> None:
        """In a worker's thread. Whatever happens, a result is left: else the message would stay in flight for ever."""
        state, error, next_at_us = outbox.SENT, "", 0
        try:
            notifier = self._notifiers.get(notification.channel)
            if notifier is None:
                raise Terminal(f"no notifier for the channel {notification.channel!r} is configured")  # noqa: TRY301 - as any other end
            notifier.send(notification)
        except Terminal as failure:
            state, error = outbox.FAILED, str(failure)
        except Exception as failure:  # noqa: BLE001 - a fault in a notifier is retried like any other and shown as the last error
            error = str(failure) if isinstance(failure, Transient) else f"{type(failure).__name__}: {failure}"
            asked = failure.retry_after_seconds if isinstance(failure, Transient) else 0.0
            if attempts < len(self._schedule):
                state, next_at_us = outbox.PENDING, self._clock_us() + retry_after_us(self._schedule[attempts], asked)
            else:
                state, error = outbox.FAILED, f"given up after {attempts + 1} attempts: {error}"
        self._leaving.pop(notification.delivery_id, None)
        self._results.put(outbox.Result(notification.delivery_id, state, self._clock_us(), error, next_at_us))
        self._room.set()

    def _settle_until(self, ended: threading.Event) -> None:
        """Write what comes back; results stay here until the registry has them."""
        unwritten: list[outbox.Result] = []
        try:
            while not (ended.is_set() and self._results.empty()):
                unwritten += self._gathered()
                try:
                    self._settle(unwritten)
                    unwritten = []
                except Transient as error:
                    self.progress.failed(str(error))
                    log.warning("results of notifications wait: %s", error)
                    if ended.wait(error.retry_after_seconds):
                        return
        except BaseException as error:
            log.exception("results of notifications cannot be written")
            self._fault = error

    def _gathered(self) -> list[outbox.Result]:
        """Results that come together are one transaction."""
        try:
            found = [self._results.get(timeout=RESULT_SECONDS)]
        except queue.Empty:
            return []
        time.sleep(GATHER_SECONDS)
        while not self._results.empty():
            found.append(self._results.get())
        return found

    def _settle(self, results: list[outbox.Result]) -> None:
        if not results:
            return
        with write(self._engine) as session:
            outbox.record(session, results)
        for result in results:
            self._in_flight.pop(result.delivery_id, None)
            self.progress.delivered({outbox.SENT: "sent", outbox.PENDING: "retried"}.get(result.state, "failed"))
            if result.error:
                log.warning("notification %s: %s (%s)", result.delivery_id, result.error, result.state)


def retry_after_us(seconds: float, asked_seconds: float, *, jitter: Callable[[], float] = random.random) -> int:
    """The schedule's pause give or take a tenth, so that a target that comes back is not hit by all at once; or longer, if it asks."""
    spread = seconds * (1 + JITTER * (2 * jitter() - 1))
    return int(max(spread, min(asked_seconds, 86_400)) * 1_000_000)


def _notification(row: OutboxRow) -> Notification:
    return Notification(
        delivery_id=row.delivery_id, channel=Channel(row.channel), target=row.target, secret=row.secret, payload=row.payload
    )
