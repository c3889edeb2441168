"""Start rows: `make demo` in a fresh clone, until the demo's issue list has something to show; then once more, warm."""

import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import httpx

from bench.watch import free_port

ROOT = Path(__file__).parent.parent
LIMIT_SECONDS = 900


def measure_start() -> list[tuple[str, str, str, str]]:
    """Clone what is committed, and time it. The caches of uv and npm are whatever this machine has."""
    with tempfile.TemporaryDirectory(prefix="seiche-bench-") as folder:
        clone = Path(folder) / "seiche"
        subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
        first, warm = _seconds_to_issues(clone), _seconds_to_issues(clone)
    note = "`make demo` until the issue list answers with live demo errors; "
    return [
        ("first run, fresh clone", f"{first:.0f} s", "300 s", f"{note}package caches as this machine has them"),
        ("second run, warm", f"{warm:.0f} s", "30 s", note + "installed, data of the first run kept"),
    ]


def _seconds_to_issues(clone: Path) -> float:
    port = free_port()
    started = time.monotonic()
    process = subprocess.Popen(["make", "demo", f"PORT={port}"], cwd=clone, start_new_session=True, stdout=subprocess.DEVNULL)
    try:
        while time.monotonic() - started < LIMIT_SECONDS:
            if process.poll() is not None:
                raise RuntimeError(f"`make demo` ended with {process.returncode}")
            if _has_issues(clone, port):
                return time.monotonic() - started
            time.sleep(0.5)
        raise TimeoutError(f"no demo issue within {LIMIT_SECONDS} s")
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=30)


def _has_issues(clone: Path, port: int) -> bool:
    try:
        if not httpx.get(f"http://127.0.0.1:{port}/health/ready").is_success:
            return False
    except httpx.HTTPError:
        return False
    listed = subprocess.run(
        [clone / ".venv/bin/seiche", "issues", "list", "--project", "demo", "--data", "var/demo", "--json"],
        cwd=clone,
        capture_output=True,
        text=True,
        check=False,
    )
    return listed.returncode == 0 and '"title"' in listed.stdout
