"""What a DSN's public key leads to, from memory: the registry is asked once per key and `key_cache_seconds`, never twice at a time."""

import asyncio
import logging
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import msgspec

from ingest_api.limiter import Ceiling, ceilings
from seiche.errors import SeicheError, StoreUnavailable
from seiche.model.project import ProjectConfig, ProjectKey
from seiche.model.protection import Spike
from seiche.normalize.filters import Screen
from seiche.normalize.scrub import Scrubber

MOST_UNKNOWN = 10_000
"""Keys remembered as unknown; the oldest is forgotten first."""
PATIENCE_SECONDS = 2.0
"""For the registry; then a known key goes on as it was, an unseen one gets 503."""
MOST_QUESTIONS = 64
"""Unseen keys being looked up at a time; made-up keys beyond it get 503 and cost nothing."""
_PUBLIC_KEY = re.compile(r"[0-9a-f]{32}")

log = logging.getLogger(__name__)


class Access(msgspec.Struct, frozen=True):
    """A known key, and what its project's configuration of this moment says, compiled."""

    key: ProjectKey
    scrubber: Scrubber
    screen: Screen | None = None
    """None: no inbound filter is set."""
    spike: Spike | None = None
    """None: spike protection is off."""
    ceilings: tuple[Ceiling, ...] = ()
    """Every limit that the key's items count against."""


class _Entry(msgspec.Struct):
    access: Access | None
    fresh_until: float


class KeyCache:
    """`find` blocks, so it is called in one of two threads of our own. Close it to end them."""

    def __init__(
        self, find: Callable[[str], ProjectKey | None], *, cache_seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._find, self._cache_seconds, self._clock = find, cache_seconds, clock
        self._known: dict[str, _Entry] = {}
        self._unknown: dict[str, float] = {}
        self._compiled: dict[int, tuple[int, Scrubber, Screen | None]] = {}
        self._asking: dict[str, asyncio.Task[Access | None]] = {}
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="keys")
        self.problem = ""
        """Why the registry could not be asked, the last time; empty while it answers."""

    def close(self) -> None:
        """End the threads, without waiting for a registry that hangs."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def remembered(self, public_key: str) -> Access | None:
        """The fresh entry of a known key, or None: then `find` has to be awaited. Costs a dictionary's look-up."""
        entry = self._known.get(public_key)
        return entry.access if entry is not None and entry.fresh_until > self._clock() else None

    async def find(self, public_key: str) -> Access | None:
        """None for a key that does not exist. Raises `StoreUnavailable` for an unseen key while the registry does not answer."""
        now = self._clock()
        entry = self._known.get(public_key)
        if entry is not None and entry.fresh_until > now:
            return entry.access
        if not _PUBLIC_KEY.fullmatch(public_key) or self._unknown.get(public_key, 0.0) > now:
            return None
        asking = self._asking.get(public_key)
        if asking is None:
            if len(self._asking) >= MOST_QUESTIONS and entry is None:
                raise StoreUnavailable("too many unseen keys are being looked up", retry_after_seconds=1)
            asking = self._asking[public_key] = asyncio.create_task(self._ask(public_key), name="key look-up")
            asking.add_done_callback(lambda done: self._asked(public_key, done))
        try:
            # Shielded: the look-up is shared, and a client that goes away takes only its own wait with it.
            access = await asyncio.wait_for(asyncio.shield(asking), PATIENCE_SECONDS)
        except (SeicheError, TimeoutError) as error:
            self.problem = str(error) or f"the registry did not answer within {PATIENCE_SECONDS:g} s"
            if entry is None:
                raise StoreUnavailable(self.problem, retry_after_seconds=2) from error
            entry.fresh_until = now + self._cache_seconds
            return entry.access
        self.problem = ""
        return access

    async def _ask(self, public_key: str) -> Access | None:
        access = await asyncio.get_running_loop().run_in_executor(self._threads, self._look_up, public_key)
        until = self._clock() + self._cache_seconds
        if access is None:
            self._known.pop(public_key, None)
            self._unknown.pop(public_key, None)
            self._unknown[public_key] = until
            while len(self._unknown) > MOST_UNKNOWN:
                del self._unknown[next(iter(self._unknown))]
        else:
            self._unknown.pop(public_key, None)
            self._known[public_key] = _Entry(access, until)
        return access

    def _look_up(self, public_key: str) -> Access | None:
        try:
            key = self._find(public_key)
            return None if key is None else self._access(key)
        except SeicheError:
            raise
        except Exception as error:
            log.exception("looking a key up failed")
            raise StoreUnavailable(f"the registry cannot be used: {type(error).__name__}", retry_after_seconds=5) from error

    def _access(self, key: ProjectKey) -> Access:
        config = key.config
        _, scrubber, screen = self._of_config(key.project_id, config)
        return Access(key, scrubber, screen, config.spike if config.spike.enabled else None, ceilings(key))

    def _of_config(self, project_id: int, config: ProjectConfig) -> tuple[int, Scrubber, Screen | None]:
        # A version is immutable, so what it compiles to never changes; compiling costs milliseconds.
        held = self._compiled.get(project_id)
        if held is None or held[0] != config.version:
            screen = Screen(config.filters) if config.filters.any else None
            held = self._compiled[project_id] = (config.version, Scrubber(config), screen)
        return held

    def _asked(self, public_key: str, done: "asyncio.Task[Access | None]") -> None:
        del self._asking[public_key]
        if not done.cancelled():
            done.exception()  # whoever still waits has it; nobody may be left
