"""Whether a table was deleted, and maybe made anew, under a handle that is kept: old and new rows would mix, and a commit tear the log."""

import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from lake import objects

LOOK_SECONDS = 5.0
"""Between two looks into an object store, where each is a request. A folder is looked into each time."""


class _Mark(msgspec.Struct, frozen=True):
    version: int
    entry: str | None
    """What tells this version's log entry from that of another table at the same place; entries never change. None: there is none."""
    looked_at: float


class Marks:
    """Of one process's handles."""

    def __init__(self, url: str, storage_options: dict[str, str] | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._url, self._options, self._clock = url, storage_options, clock
        self._folder = None if "://" in url else Path(url)
        self._held: dict[str, _Mark] = {}

    def still_there(self, name: str) -> bool:
        """Whether the table is the one whose version was noted last. Raises `StoreUnavailable`."""
        held = self._held.get(name)
        return held is not None and (self._is_fresh(held) or (held.entry is not None and held.entry == self._entry(name, held.version)))

    def note(self, name: str, version: int) -> None:
        """The handle is at this version of the table now. Raises `StoreUnavailable`."""
        held = self._held.get(name)
        if held is None or not self._is_fresh(held):
            self._held[name] = _Mark(version, self._entry(name, version), self._clock())

    def forget(self, name: str) -> None:
        """The handle is gone."""
        self._held.pop(name, None)

    def _is_fresh(self, held: _Mark) -> bool:
        return self._folder is None and self._clock() - held.looked_at < LOOK_SECONDS

    def _entry(self, name: str, version: int) -> str | None:
        key = f"{name}/_delta_log/{version:020}.json"
        try:
            if self._folder is None:
                return objects.tag(self._url, self._options, key)
            found = (self._folder / key).stat()
        except FileNotFoundError:
            return None
        return f"{found.st_ino} {found.st_mtime_ns}"
