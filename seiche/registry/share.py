"""Which of the log's partitions are one process's, of several like ones: `alerts.share` and `pipeline.share`."""

import time
from collections.abc import Callable, Sequence

import msgspec

from seiche.errors import ConfigurationError


class Share(msgspec.Struct, frozen=True):
    """The `number`th of `count`, counted from 1."""

    number: int
    count: int

    @classmethod
    def read(cls, text: str) -> "Share":
        """`2/3`. Raises `ConfigurationError`."""
        number, _, count = text.partition("/")
        found = cls(int(number), int(count))
        if not 1 <= found.number <= found.count:
            raise ConfigurationError(f"the share {text}: of three processes the first has 1/3, the second 2/3, the third 3/3")
        return found

    @property
    def is_first(self) -> bool:
        """Of alerts processes it also does what only one may do: sending, ageing."""
        return self.number == 1

    def of(self, partitions: Sequence[int]) -> list[int]:
        """Every `count`th."""
        return [partition for partition in partitions if partition % self.count == self.number - 1]


NO_SHARE = Share(0, 1)
"""Of a process that has not looked yet: no partition, and not the first."""
ShareNow = Callable[[], Share]
"""The share as it is now; raises `StoreUnavailable`."""
AUTO = "auto"
LOOK_SECONDS = 2.0


def automatic(standing: Callable[[], tuple[int, int]]) -> ShareNow:
    """As many shares as there are processes, looked at every two seconds.

    While some have seen a change and others have not, two may go for one partition: its position, which is written with the work, lets one
    of them win.
    """
    seen, looked_at = NO_SHARE, float("-inf")

    def share() -> Share:
        nonlocal seen, looked_at
        now = time.monotonic()
        if now - looked_at >= LOOK_SECONDS:
            seen, looked_at = Share(*standing()), now
        return seen

    return share
