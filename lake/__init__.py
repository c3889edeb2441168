"""The lake: Delta tables, their one writer, and the reader that notebooks use: `lake.connect(path)`."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lake.reader import connect as connect
    from lake.store import Lake as Lake
    from lake.store import StageReport as StageReport


def __getattr__(name: str) -> Any:
    """Loaded on first use: the processes that only write need no polars, the readers no writer."""
    if name == "connect":
        from lake.reader import connect

        return connect
    if name in {"Lake", "StageReport"}:
        from lake import store

        return getattr(store, name)
    raise AttributeError(f"module 'lake' has no attribute {name!r}")
