"""Counts of long limits, kept in the registry over a restart: a monthly quota must not begin anew because a process did.

Written every few seconds, so a crash forgets at most those. Not needed where Redis counts.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Mapping
from typing import Protocol, Self

import anyio.to_thread

from ingest_api.limiter import Limiter
from ingest_api.windows import SECOND_US
from seiche.errors import SeicheError

SAVE_SECONDS = 5.0

Counts = Mapping[str, tuple[int, int]]
"""Counter -> (used, end of its window in microseconds)."""

log = logging.getLogger(__name__)


class Shelf(Protocol):
    """Where counts are kept; its calls block."""

    def load(self) -> Counts:
        """Those whose windows have not ended."""

    def save(self, counts: Counts) -> None:
        """Keep them."""


class Ledger:
    """Use as an async context manager: what was counted before is there when entered, and saved when left."""

    def __init__(self, limiter: Limiter, shelf: Shelf | None) -> None:
        self._limiter, self._shelf = limiter, None if limiter.counters.shared else shelf
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        if self._shelf is not None:
            try:
                await self._restore(await anyio.to_thread.run_sync(self._shelf.load))
            except SeicheError as error:
                log.warning("limits begin to count anew: what was counted before cannot be read: %s", error)
            self._task = asyncio.create_task(self._save_for_ever(), name="ledger")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            await self._save()
        await self._limiter.counters.close()

    async def _restore(self, counts: Counts) -> None:
        for name, (used, end_us) in counts.items():
            await self._limiter.counters.add(name, used, seconds=end_us / SECOND_US - time.time())

    async def _save_for_ever(self) -> None:
        while True:
            await asyncio.sleep(SAVE_SECONDS)
            await self._save()

    async def _save(self) -> None:
        if not self._limiter.long or self._shelf is None:
            return
        counts, self._limiter.long = self._limiter.long, {}
        try:
            await anyio.to_thread.run_sync(self._shelf.save, counts)
        except SeicheError as error:
            log.warning("counts of limits cannot be saved, and are tried again: %s", error)
            self._limiter.long = counts | self._limiter.long
