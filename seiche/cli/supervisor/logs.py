"""One log file per process in DATA/logs, bounded in size: NAME.log, NAME.log.1 and NAME.log.2."""

import os
import shutil
from pathlib import Path
from typing import IO

MAXIMUM_BYTES = 10 << 20
KEPT = 2


def open_log(folder: Path, name: str) -> IO[bytes]:
    """For appending; rotated first where it has grown."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.log"
    if _size(path) > MAXIMUM_BYTES:
        _make_room(path)
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab")


def bound(folder: Path, name: str) -> None:
    """Copy and empty a log that a living process writes to: it appends, so it goes on at the new start."""
    path = folder / f"{name}.log"
    if _size(path) > MAXIMUM_BYTES:
        _make_room(path)
        shutil.copyfile(path, path.with_suffix(".log.1"))
        os.truncate(path, 0)


def tail(path: Path, lines: int = 20) -> list[str]:
    """The last lines of a log, for messages."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, _size(path) - 16_384))
            return file.read().decode(errors="replace").splitlines()[-lines:]
    except FileNotFoundError:
        return []


def _make_room(path: Path) -> None:
    for number in range(KEPT, 1, -1):
        older = path.with_suffix(f".log.{number - 1}")
        if older.exists():
            older.replace(path.with_suffix(f".log.{number}"))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
