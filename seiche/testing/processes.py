"""Which processes are still there."""

from collections.abc import Iterable

import psutil

REAPING_SECONDS = 5.0


def left(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    """Those that run on. One that was killed leaves its pid behind until init has taken note of its end, which takes its time."""
    _, alive = psutil.wait_procs(list(processes), timeout=REAPING_SECONDS)
    return [process for process in alive if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]
