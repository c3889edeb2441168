"""How many logins may fail: a bounded window in memory, by address and by address and email."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

WINDOW_SECONDS = 300.0
PER_ADDRESS = 30
PER_EMAIL = 5
"""From one address: a stranger elsewhere cannot lock a person out."""
MAX_KEYS = 10_000


class Attempts:
    """Counts attempts until they succeed. Forgets the oldest keys rather than grow."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._made: OrderedDict[tuple[str, str], list[float]] = OrderedDict()

    def begin(self, address: str, email: str) -> float:
        """How long the caller must wait; 0: go on, and the attempt counts as failed until it succeeds.

        Counting it first leaves no gap for a thousand attempts at the same moment.
        """
        with self._lock:
            wait = max(self._wait((address, ""), PER_ADDRESS), self._wait((address, email), PER_EMAIL))
            if not wait:
                self._count(address, email)
            return wait

    def succeeded(self, address: str, email: str) -> None:
        """A person who got in starts afresh; their address only gets this attempt back."""
        with self._lock:
            self._made.pop((address, email), None)
            if made := self._made.get((address, "")):
                made.pop()

    def _count(self, address: str, email: str) -> None:
        for key in ((address, ""), (address, email)):
            self._made.setdefault(key, []).append(self._clock())
            self._made.move_to_end(key)
        while len(self._made) > MAX_KEYS:
            self._made.popitem(last=False)

    def _wait(self, key: tuple[str, str], most: int) -> float:
        recent = [at for at in self._made.get(key, ()) if at > self._clock() - WINDOW_SECONDS]
        if not recent:
            self._made.pop(key, None)
            return 0.0
        self._made[key] = recent
        return recent[-most] + WINDOW_SECONDS - self._clock() if len(recent) >= most else 0.0
