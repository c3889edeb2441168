"""The lake: Delta tables, their one writer, and the reader that notebooks use: `lake.connect(path)`."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lake.reader import connect as connect


def __getattr__(name: str) -> Any:
    """`connect`, loaded on first use: the processes that only write need no polars."""
    if name == "connect":
        from lake.reader import connect

        return connect
    raise AttributeError(f"module 'lake' has no attribute {name!r}")
