"""How many queries run and how many may wait."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from seiche.errors import StoreUnavailable


class Gate:
    """At most `running` at once; at most `waiting` more stand in line, each no longer than `patience_seconds`."""

    def __init__(self, running: int = 4, waiting: int = 32, patience_seconds: float = 10.0) -> None:
        self._slots = threading.BoundedSemaphore(running)
        self._line = threading.BoundedSemaphore(running + waiting)
        self._patience_seconds = patience_seconds

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Raises `StoreUnavailable` where the line is full or the turn does not come."""
        if not self._line.acquire(blocking=False):
            raise StoreUnavailable("too many queries are waiting; try again in a second")
        try:
            if not self._slots.acquire(timeout=self._patience_seconds):
                raise StoreUnavailable(f"no turn came within {self._patience_seconds:g} s; try again in a second")
            try:
                yield
            finally:
                self._slots.release()
        finally:
            self._line.release()
