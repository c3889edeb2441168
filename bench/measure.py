"""What a running product costs: CPU and memory of its process tree, read from the operating system."""

import statistics
from collections.abc import Sequence
from pathlib import Path

import psutil


class Tree:
    """A process and everything below it. CPU of children that ended counts: their parents inherit it."""

    def __init__(self, pid: int) -> None:
        self.root = psutil.Process(pid)

    def processes(self) -> list[psutil.Process]:
        """The living ones."""
        return [self.root, *self.root.children(recursive=True)]

    def cpu_seconds(self) -> float:
        """User and system time so far of all that live and all that were waited for."""
        total = 0.0
        for process in self.processes():
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            total += times.user + times.system + times.children_user + times.children_system
        return total

    def pss_bytes(self) -> dict[str, int]:
        """Proportional set size by process: shared pages are split, so the sum is what the machine gives up."""
        found: dict[str, int] = {}
        for process in self.processes():
            try:
                name = name_of(process)
                found[name] = found.get(name, 0) + process.memory_full_info().pss
            except (psutil.NoSuchProcess, psutil.ZombieProcess):
                continue
        return found


def name_of(process: psutil.Process) -> str:
    """A short name for the table: the command of ours that it runs, or the program."""
    words = process.cmdline()
    for word in words[1:]:
        if word in KNOWN:
            return word
        for known in KNOWN:
            if word.endswith(f"/{known}") or f"{known}." in word:
                return known
    return Path(words[0]).name if words else process.name()


KNOWN = ("web", "olap", "alerts", "pipeline", "ops", "dagster-webserver", "dagster-daemon", "dagster", "streamlit", "up")


def process_cpu_seconds(pid: int) -> float:
    """User and system time of one process."""
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


def folder_bytes(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def percentile(values: Sequence[float], percent: float) -> float:
    """The value below which `percent` of the sorted values lie; nan where there are none."""
    if not values:
        return float("nan")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def mean(values: Sequence[float]) -> float:
    """Nan where there are none."""
    return statistics.fmean(values) if values else float("nan")
