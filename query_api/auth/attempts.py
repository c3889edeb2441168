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
    """Counts failures. Forgets the oldest keys rather than grow."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures: OrderedDict[tuple[str, str], list[float]] = OrderedDict()

    def wait_seconds(self, address: str, email: str) -> float:
        """How long the caller must wait; 0: go on."""
        with self._lock:
            return max(self._wait((address, ""), PER_ADDRESS), self._wait((address, email), PER_EMAIL))

    def failed(self, address: str, email: str) -> None:
        """Remember a failure."""
        with self._lock:
            for key in ((address, ""), (address, email)):
                self._failures.setdefault(key, []).append(self._clock())
                self._failures.move_to_end(key)
            while len(self._failures) > MAX_KEYS:
                self._failures.popitem(last=False)

    def succeeded(self, address: str, email: str) -> None:
        """A person who got in starts afresh."""
        with self._lock:
            self._failures.pop((address, email), None)

    def _wait(self, key: tuple[str, str], most: int) -> float:
        recent = [at for at in self._failures.get(key, ()) if at > self._clock() - WINDOW_SECONDS]
        if not recent:
            self._failures.pop(key, None)
            return 0.0
        self._failures[key] = recent
        return recent[-most] + WINDOW_SECONDS - self._clock() if len(recent) >= most else 0.0
