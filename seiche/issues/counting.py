"""Exact counts of an issue's events or users, for ever or in a sliding window: what ends an ignoring and what fires an alert. Pure.

A counter remembers as much as its threshold needs and no more: the last N events, or the last N users. It is stored in the registry in
the transaction that moves the consumer's offset, so a replayed stretch of the log counts once.
"""

from collections import Counter as Tally
from collections import OrderedDict, deque
from hashlib import blake2b
from operator import itemgetter

import msgspec

MOST = 10_000
"""The largest threshold: bounds what one counter remembers."""
LONGEST_WINDOW_SECONDS = 86_400


class EventCounter:
    """Tells the event that is the Nth since the counter began, or within the window; then it begins anew."""

    def __init__(self, threshold: int, window_seconds: int | None = None, state: bytes = b"") -> None:
        self._threshold, self._window_us = threshold, None if window_seconds is None else window_seconds * 1_000_000
        # Without a window the times do not matter, only how many there were.
        self._count = _number(state) if window_seconds is None else 0
        self._times: deque[int] = deque(_times(state) if window_seconds is not None else ())

    def add(self, at_us: int, user: str = "") -> bool:  # noqa: ARG002 - the two counters are used alike
        """Count one event; times come in ascending order."""
        if self._window_us is None:
            self._count += 1
        else:
            self._times.append(at_us)
            while self._times[0] <= at_us - self._window_us:
                self._times.popleft()
        if self.count < self._threshold:
            return False
        self._count = 0
        self._times.clear()
        return True

    def unite(self, state: bytes) -> None:
        """Go on as if it had counted as well what a counter of the same terms has."""
        if self._window_us is None:
            self._count += _number(state)
        else:
            self._times = deque(sorted([*self._times, *_times(state)])[-self._threshold :])

    def part(self, state: bytes) -> None:
        """Go on as if it had not."""
        if self._window_us is None:
            self._count = max(0, self._count - _number(state))
        else:
            left = Tally(self._times)
            left.subtract(_times(state))
            self._times = deque(sorted((+left).elements()))

    @property
    def count(self) -> int:
        """How many it has counted towards the threshold."""
        return self._count if self._window_us is None else len(self._times)

    def state(self) -> bytes:
        """To go on from later."""
        return msgspec.msgpack.encode(self._count if self._window_us is None else list(self._times))


class UserCounter:
    """Tells the event whose user is the Nth different one since the counter began, or within the window; then it begins anew."""

    def __init__(self, threshold: int, window_seconds: int | None = None, state: bytes = b"") -> None:
        self._threshold, self._window_us = threshold, None if window_seconds is None else window_seconds * 1_000_000
        self._last_us: OrderedDict[bytes, int] = OrderedDict(_users(state))

    def add(self, at_us: int, user: str = "") -> bool:
        """Count one event; one without a user counts nobody."""
        if not user:
            return False
        # People's names and addresses do not belong into a counter.
        self._last_us[key := blake2b(user.encode("utf-8", "replace"), digest_size=16).digest()] = at_us
        self._last_us.move_to_end(key)
        if self._window_us is not None:
            while next(iter(self._last_us.values())) <= at_us - self._window_us:
                self._last_us.popitem(last=False)
        if self.count < self._threshold:
            return False
        self._last_us.clear()
        return True

    def unite(self, state: bytes) -> None:
        """Go on as if it had counted as well what a counter of the same terms has."""
        both = sorted([*self._last_us.items(), *_users(state)], key=itemgetter(1))
        latest = sorted(dict(both).items(), key=itemgetter(1))  # of a user that both have seen, the later sight
        self._last_us = OrderedDict(latest[-self._threshold :])

    def part(self, state: bytes) -> None:
        """Go on as if it had not: users whose last event the other had are counted no longer."""
        for user, at_us in _users(state):
            if self._last_us.get(user) == at_us:
                del self._last_us[user]

    @property
    def count(self) -> int:
        """How many it has counted towards the threshold."""
        return len(self._last_us)

    def state(self) -> bytes:
        """To go on from later."""
        return msgspec.msgpack.encode(list(self._last_us.items()))


def _number(state: bytes) -> int:
    return msgspec.msgpack.decode(state, type=int) if state else 0


def _times(state: bytes) -> list[int]:
    return msgspec.msgpack.decode(state, type=list[int]) if state else []


def _users(state: bytes) -> list[tuple[bytes, int]]:
    return msgspec.msgpack.decode(state, type=list[tuple[bytes, int]]) if state else []


Counter = EventCounter | UserCounter
