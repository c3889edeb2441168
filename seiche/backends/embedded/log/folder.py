"""The folder of segments: their names, which of them are there, and changes of it that outlive a power loss."""

import os
import time
from pathlib import Path

SUFFIX = ".sqlite"
DIGITS = 20
SETTLED_NS = 50_000_000
"""File systems stamp changes with a clock that ticks every few milliseconds: two changes within one tick look like one."""


def path_of(log_dir: Path, first_offset: int) -> Path:
    """Names sort as offsets do."""
    return log_dir / f"{first_offset:0{DIGITS}d}{SUFFIX}"


def first_offsets(log_dir: Path, side: str = "") -> list[int]:
    """Of every segment, ascending; with `side`, of those with that file (-wal) beside them. None where there is no folder yet."""
    try:
        names = os.listdir(log_dir)  # noqa: PTH208 - asked often, and no Path is needed
    except FileNotFoundError:
        return []
    ending = SUFFIX + side
    return sorted(
        int(name[:DIGITS]) for name in names if len(name) == DIGITS + len(ending) and name.endswith(ending) and name[:DIGITS].isdigit()
    )


class Listing:
    """`first_offsets`, listed again only after the folder has changed. Not thread-safe."""

    def __init__(self, log_dir: Path) -> None:
        self._dir = log_dir
        self._changed_ns: int | None = None
        self._known: list[int] = []

    def __call__(self) -> list[int]:
        """The same object while nothing has changed."""
        try:
            changed_ns = os.stat(self._dir).st_mtime_ns  # noqa: PTH116 - the hot path of `end_offset`
        except FileNotFoundError:
            self._changed_ns, self._known = None, []
            return self._known
        if changed_ns != self._changed_ns:
            is_settled = time.time_ns() - changed_ns > SETTLED_NS
            self._known = first_offsets(self._dir)
            self._changed_ns = changed_ns if is_settled else None
        return self._known


def make_folder(log_dir: Path) -> None:
    """Raises `OSError` where it cannot be made."""
    if not log_dir.is_dir():
        log_dir.mkdir(parents=True, exist_ok=True)
        sync_folder(log_dir.parent)


def unlink(log_dir: Path, first_offset: int) -> None:
    """Remove a segment. Those who have it open read on."""
    path = path_of(log_dir, first_offset)
    for name in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        name.unlink(missing_ok=True)
    sync_folder(log_dir)


def remove_leftovers(log_dir: Path) -> None:
    """What a crash left: segments that never got their name, and side files of segments that are gone."""
    kept = {path_of(log_dir, first).name for first in first_offsets(log_dir)}
    for name in os.listdir(log_dir):  # noqa: PTH208 - names are all that is needed
        stem = name[: DIGITS + len(SUFFIX)]
        rest = name[DIGITS + len(SUFFIX) :]
        is_side_file = stem[:DIGITS].isdigit() and stem.endswith(SUFFIX) and rest in {"-wal", "-shm"} and stem not in kept
        if is_side_file or rest.startswith(".new"):
            (log_dir / name).unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make names in it survive a power loss."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
