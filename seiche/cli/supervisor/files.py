"""Small JSON files that other processes read: replaced in one step, so that nobody sees half of one."""

import json
import os
from pathlib import Path
from typing import Any


def replace_json(path: Path, value: Any, *, mode: int = 0o644) -> None:
    """Write `value` beside the file and move it into place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as file:
        json.dump(value, file, indent=1)
    partial.replace(path)
