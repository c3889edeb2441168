"""How much of each limit is used up: in this process, or in a Redis that several processes share.

This process always counts as well. So where Redis is gone, each process goes on with what it has counted itself (together they let pass
more than one limit's worth), `problem` says so, and Redis is asked again after some seconds.
"""

import logging
import time
from collections.abc import Callable
from typing import Any

from limits.aio.storage import MemoryStorage
from limits.errors import StorageError
from limits.storage import storage_from_string

from seiche.errors import ConfigurationError

PATIENCE_SECONDS = 0.25
"""For one answer of Redis: an event waits for it."""
RETRY_SECONDS = 5.0
LOST_SECONDS = 60

log = logging.getLogger(__name__)


class Counters:
    """Raises `ConfigurationError` where `storage_url` cannot be used. Empty or `memory://`: this process alone counts."""

    def __init__(self, storage_url: str = "", *, clock: Callable[[], float] = time.monotonic) -> None:
        self._local = MemoryStorage()
        self._shared = _shared(storage_url)
        self._clock = clock
        self._closed_until = float("-inf")
        self.problem = ""
        """Why Redis does not count; empty while it does, and where there is none."""

    @property
    def shared(self) -> bool:
        """Whether counts outlive this process by themselves."""
        return self._shared is not None

    async def add(self, counter: str, amount: int, *, seconds: float) -> int:
        """Count `amount` more; how many there are now. The counter is forgotten `seconds` from its first count on."""
        used = await self._local.incr(counter, max(1.0, seconds), amount)
        if self._shared is None or self._clock() < self._closed_until:
            return used
        try:
            used = await self._shared.incr(counter, max(1, round(seconds)), amount)
        except StorageError as error:
            self._gone(error)
        else:
            self._back()
        return used

    async def take_back(self, counter: str, amount: int) -> None:
        """Count `amount` fewer."""
        await self._local.decr(counter, amount)
        if self._shared is None or self._clock() < self._closed_until:
            return
        try:
            # Of Redis the library has no `decr`. The time matters only where the counter is gone: then what is left below 0 goes too.
            await self._shared.incr(counter, LOST_SECONDS, -amount)
        except StorageError as error:
            self._gone(error)

    async def close(self) -> None:
        """Give Redis's connections back."""
        if self._shared is not None:
            await self._shared.bridge.get_connection().aclose()

    def _gone(self, error: Exception) -> None:
        if not self.problem:
            log.warning("limits are counted by this process alone until Redis answers again: %s", error)
        self.problem = f"limits.storage_url does not answer ({error}): this process counts alone"
        self._closed_until = self._clock() + RETRY_SECONDS

    def _back(self) -> None:
        if self.problem:
            log.warning("limits are counted in Redis again")
        self.problem = ""


def _shared(url: str) -> Any:
    if not url or url.startswith("memory://"):
        return None
    try:
        return storage_from_string(
            f"async+{url}",
            implementation="redispy",
            wrap_exceptions=True,
            socket_timeout=PATIENCE_SECONDS,
            socket_connect_timeout=PATIENCE_SECONDS,
        )
    except Exception as error:  # limits and redis raise several kinds for an address that they cannot read
        raise ConfigurationError(
            f"limits.storage_url {url.rpartition('@')[2]!r} cannot be used ({error}): write redis://HOST:PORT/0, or memory://"
        ) from error
