"""Answers that may be a few seconds old: bounded, for many threads; the asker passes a key that names the project."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TypeVar, cast

T = TypeVar("T")
MAX_KEYS = 500


class Remembered:
    """The oldest keys are forgotten; two threads may ask for the same one at once, which costs time and nothing else."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._answers: OrderedDict[Hashable, tuple[float, object]] = OrderedDict()

    def get(self, key: Hashable, ask: Callable[[], T]) -> T:
        """The remembered answer, or a fresh one; an error is not remembered."""
        with self._lock:
            found = self._answers.get(key)
        if found is not None and self._clock() - found[0] < self._seconds:
            return cast("T", found[1])
        asked_at = self._clock()
        answer = ask()
        with self._lock:
            self._answers[key] = (asked_at, answer)
            self._answers.move_to_end(key)
            while len(self._answers) > MAX_KEYS:
                self._answers.popitem(last=False)
        return answer
