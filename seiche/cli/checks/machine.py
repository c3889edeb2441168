"""The machine: interpreter, tools, memory, disk, clock."""

import os
import platform
import re
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psutil

from seiche.cli.checks.check import Finding, fail, ok, warn

if TYPE_CHECKING:
    from seiche.settings import Settings

OLDEST_PYTHON = (3, 11)
OLDEST_NODE = 20
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ROOM_BYTES = 2 << 30
MEMORY_BYTES = 1600 << 20
TOOL_SECONDS = 20


def python() -> Finding:
    """The interpreter that runs Seiche."""
    found = platform.python_version()
    if sys.version_info < OLDEST_PYTHON:
        return fail("python", f"Python {found}", "install Python 3.11 or newer and run `make setup` again")
    return ok("python", f"Python {found}")


def node() -> Finding:
    """Only to build the dashboard and to test."""
    said = _version("node")
    major = re.match(r"v?(\d+)", said)
    if major is None:
        return warn("node", "Node is not installed", "install Node 20 or newer: the dashboard is built with it")
    if int(major[1]) < OLDEST_NODE:
        return warn("node", f"Node {said}", "install Node 20 or newer: the dashboard is built with it")
    return ok("node", f"Node {said}")


def chromium() -> Finding:
    """Only for the browser tests."""
    for name in BROWSERS:
        if found := shutil.which(name):
            return ok("chromium", _version(found) or found)
    return warn("chromium", "no Chromium was found", "install Debian's `chromium` if you want to run the browser tests")


def disk(settings: "Settings") -> Finding:
    """Where the data lies."""
    folder = next(path for path in (settings.data, *settings.data.parents) if path.exists())
    free = shutil.disk_usage(folder).free
    says = f"{free / (1 << 30):.1f} GiB free at {folder}"
    if free <= settings.log.minimum_free_bytes:
        return fail("disk", says, "free space: ingest answers 503 until then")
    if free <= ROOM_BYTES + settings.log.minimum_free_bytes:
        return warn("disk", says, "free space, or shorten the retention of projects, before ingest has to refuse events")
    return ok("disk", says)


def memory() -> Finding:
    """What the whole product needs beside what runs already."""
    found = psutil.virtual_memory()
    says = f"{found.available / (1 << 30):.1f} of {found.total / (1 << 30):.1f} GiB available"
    if found.total < MEMORY_BYTES:
        return warn("memory", says, "run `seiche up --without dagster,ops`, or give the machine 2 GiB")
    return ok("memory", says)


def clock(settings: "Settings") -> Finding:
    """Received times never decrease: a clock that was set back shows as records from the future."""
    from seiche.wiring import event_log_reader

    if settings.profile == "embedded" and not settings.log_dir.exists():
        return ok("clock", time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime()))
    log = event_log_reader(settings)
    ahead = 0.0
    for partition in log.partitions():
        end = log.end_offset(partition)
        if end > log.start_offset(partition):
            for stored in log.read(partition, end - 1, max_records=1):
                ahead = max(ahead, stored.record.received_at_us / 1e6 - time.time())
    if ahead > 1:
        mend = "let NTP set the clock; events are stamped with the later time until it has caught up"
        return warn("clock", f"the newest event was received {ahead:.0f} s in the future", mend)
    return ok("clock", f"{time.strftime('%Y-%m-%d %H:%M:%S UTC', time.gmtime())}, not behind the log")


def rights(settings: "Settings") -> Finding:
    """Whether this user may write where Seiche must."""
    folder = next(path for path in (settings.data, *settings.data.parents) if path.exists())
    if not os.access(folder, os.W_OK | os.X_OK):
        return fail("data directory", f"{folder} may not be written by this user", "change its owner, or choose another --data")
    return ok("data directory", f"{settings.data} can be written")


def _version(program: str) -> str:
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=TOOL_SECONDS, check=False)  # noqa: S603 - a fixed name of ours
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
