"""What a killed supervisor left running: asked to end before a new one starts, since two writers would fight over the log."""

import signal
from pathlib import Path

import psutil

from seiche.wiring import read_run_file

PATIENCE_SECONDS = 10.0


def end_leftovers(data: Path) -> list[str]:
    """Wait for the processes that the last run/state.json names to be gone; returns the names of those that had to be killed."""
    found = {}
    for name, told in read_run_file(data / "run" / "state.json").get("processes", {}).items():
        process = _ours(told.get("pid"), data)
        if process is not None:
            found[process] = name
    for process in found:
        _send(process, signal.SIGTERM)
    _, stubborn = psutil.wait_procs(list(found), timeout=PATIENCE_SECONDS)
    for process in stubborn:
        _send(process, signal.SIGKILL)
    psutil.wait_procs(stubborn, timeout=PATIENCE_SECONDS)
    return [found[process] for process in stubborn]


def _ours(pid: int | None, data: Path) -> psutil.Process | None:
    """The process, if it still is the one that was started for this data directory: pids are used again."""
    try:
        process = psutil.Process(pid) if pid else None
        return process if process and process.environ().get("SEICHE_DATA") == str(data) else None
    except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
        return None


def _send(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return
