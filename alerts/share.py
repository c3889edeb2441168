"""Which partitions one of several alerts processes decides."""

from collections.abc import Sequence

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
            raise ConfigurationError(f"alerts.share {text}: of three processes the first has 1/3, the second 2/3, the third 3/3")
        return found

    @property
    def is_first(self) -> bool:
        """It also does what only one may do: sending, ageing."""
        return self.number == 1

    def of(self, partitions: Sequence[int]) -> list[int]:
        """Every `count`th."""
        return [partition for partition in partitions if partition % self.count == self.number - 1]
