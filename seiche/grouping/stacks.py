"""Exact stacks, known by a key: what a program's failures have in common as long as its code stays, whatever they say. Pure."""

from collections.abc import Hashable
from hashlib import blake2b
from operator import attrgetter
from typing import Generic, TypeVar

import msgspec

from seiche.model.event import Event

V = TypeVar("V")
_OF_EXCEPTION = attrgetter("type", "module", "handled", "synthetic", "mechanism", "is_group")
_OF_FRAME = attrgetter("module", "function", "filename", "abs_path", "lineno", "colno", "in_app", "context_line", "package", "platform")
_encode = msgspec.msgpack.Encoder().encode


def stack_key(event: Event) -> int:
    """64 bits, signed, of all that grouping looks at of exceptions and threads, but for what the exceptions say."""
    chain = [(_OF_EXCEPTION(one), [_OF_FRAME(frame) for frame in one.frames]) for one in event.exceptions]
    text = _encode((chain, [_OF_FRAME(frame) for frame in event.thread_frames]))
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "little", signed=True)


class Memo(Generic[V]):
    """What was found for a key, of the keys met lately: at least `size`, at most twice as many. For any number of threads."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._young: dict[Hashable, V] = {}
        self._old: dict[Hashable, V] = {}

    def get(self, key: Hashable) -> V | None:
        """None: not met lately."""
        found = self._young.get(key)
        if found is None and (found := self._old.get(key)) is not None:
            self.put(key, found)
        return found

    def put(self, key: Hashable, value: V) -> None:
        """Values are frozen."""
        if len(self._young) >= self._size:
            self._old, self._young = self._young, {}
        self._young[key] = value
