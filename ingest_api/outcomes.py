"""Refusals that no event record carries, kept for at most a second and then made durable as one OUTCOMES record.

Receipt and outcome of a refusal are added in one call and leave in one record: a crash loses both or neither (docs/adr/0007).
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Coroutine, Iterable
from typing import Any, Self

import msgspec

from seiche.errors import LogUnavailable
from seiche.model.outcome import Outcome, Tally
from seiche.model.record import LogRecord, RecordKind
from seiche.ports.event_log import EventLogWriter
from seiche.protocol.codec import encode_body

FLUSH_SECONDS = 1.0
MOST_TALLIES = 5_000
"""Of one record, and of what is told apart in memory. Beyond, reasons that clients chose become "other", so that nothing is lost and memory
is bounded by the keys and outcomes that exist."""
OTHER = "other"

log = logging.getLogger(__name__)

Place = tuple[int, str, str, Outcome, str, int]
"""(project, key, category, outcome, reason, minute)"""


def outcomes_record(tallies: Iterable[Tally], received_at_us: int) -> LogRecord:
    """One record that holds `tallies`."""
    codec, body = encode_body(msgspec.json.encode(list(tallies)))
    return LogRecord(kind=RecordKind.OUTCOMES, received_at_us=received_at_us, codec=codec, body=body)


class Outcomes:
    """An accumulator with a task that flushes it. Use as an async context manager inside the writer's: leaving it flushes what is left."""

    def __init__(self, writer: EventLogWriter, *, flush_seconds: float = FLUSH_SECONDS) -> None:
        self._writer = writer
        self._flush_seconds = flush_seconds
        self._counts: dict[Place, int] = {}
        self._task: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._counts)

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._flush_for_ever(), name="outcomes")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        try:
            await self.flush()
        except LogUnavailable as error:
            log.error("%d tallies of refused requests are lost: the log took them neither while running nor now: %s", len(self), error)  # noqa: TRY400 - the text says it

    def add(self, tallies: Iterable[Tally]) -> None:
        """Count them; they are in the log within a second, unless the log is down: then as soon as it is back."""
        counts = self._counts
        for tally in tallies:
            place = (tally.project_id, tally.public_key, tally.category, tally.outcome, tally.reason, tally.minute)
            if place not in counts and len(counts) >= MOST_TALLIES:
                place = self._coarse(tally)
            counts[place] = counts.get(place, 0) + tally.quantity

    def _coarse(self, tally: Tally) -> Place:
        # RECEIVED keeps its empty reason, and errors their category, or the sums would not be met; the minute is the oldest that waits.
        reason = tally.reason if tally.outcome is Outcome.RECEIVED else OTHER
        category = tally.category if tally.outcome is not Outcome.CLIENT_DISCARD else OTHER
        minute = next(iter(self._counts))[-1]
        return (tally.project_id, tally.public_key, category, tally.outcome, reason, minute)

    async def flush(self) -> None:
        """Append everything. Raises `LogUnavailable`, and keeps what is not in the log."""
        while self._counts:
            # Taken before the append: what arrives meanwhile belongs to the next one. Whole: the two sides of a sum stay together.
            taken, self._counts = self._counts, {}
            try:
                await self._writer.append([outcomes_record(_tallies(taken), time.time_ns() // 1000)])
            except BaseException:
                self._put_back(taken)
                raise

    def _put_back(self, taken: dict[Place, int]) -> None:
        newer, self._counts = self._counts, taken
        self.add(_tallies(newer))

    async def _flush_for_ever(self) -> None:
        warned = False
        while True:
            await asyncio.sleep(self._flush_seconds)
            try:
                # Not cancelled in mid append: the shutdown's own flush would write the same tallies a second time.
                await _finished(self.flush())
                warned = False
            except LogUnavailable as error:
                if not warned:
                    log.warning("refused requests are counted in memory until the log takes them: %s", error)
                warned = True


async def _finished(flush: Coroutine[Any, Any, None]) -> None:
    task = asyncio.ensure_future(flush)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


def _tallies(counts: dict[Place, int]) -> list[Tally]:
    return [Tally(*place, quantity=quantity) for place, quantity in counts.items()]
