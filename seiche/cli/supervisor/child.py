"""One supervised process: start it, notice how it is, and start it again after a pause that grows."""

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from seiche.cli.supervisor import logs
from seiche.cli.supervisor.spec import ProcessSpec, State

FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 30.0
STABLE_SECONDS = 60.0
"""Having run for so long, it is given short pauses again."""
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
_libc = ctypes.CDLL(None, use_errno=True)


def become_subreaper() -> None:
    """Processes that a dying child leaves behind become ours, not init's: they can be found and stopped."""
    _libc.prctl(PR_SET_CHILD_SUBREAPER, 1)


def yield_to_others(nice: int) -> None:
    """Let processes of a lower number have the processor first. For a process that has just begun a session of its own.

    Linux shares processors among sessions first (`sched_autogroup`, sched(7)), where a process's own nice value counts for nothing.
    """
    if nice:
        os.nice(nice)
        with contextlib.suppress(OSError), open("/proc/self/autogroup", "w") as group:  # noqa: PTH123 - between fork and exec
            group.write(str(nice))


class Child:
    """Not for threads: the supervisor's loop calls it."""

    def __init__(self, spec: ProcessSpec, folder: Path) -> None:
        self.spec, self._folder = spec, folder
        self.state = State.WAITING
        self.restarts = 0
        self.last_exit: str | None = None
        self.since = time.time()
        """When it came into this state."""
        self.started_at = 0.0
        self.next_start = 0.0
        self._pause_seconds = FIRST_PAUSE_SECONDS
        self._popen: subprocess.Popen[bytes] | None = None
        self.pid: int | None = None
        """Of the running process, or of the last one."""

    @property
    def is_alive(self) -> bool:
        """Whether there is a process."""
        return self._popen is not None

    def become(self, state: State) -> None:
        """Change state, and note when."""
        if state is not self.state:
            self.state, self.since = state, time.time()

    def start(self, environment: Mapping[str, str]) -> None:
        """Start it, in a session of its own: Ctrl-C reaches the supervisor alone, which stops everything in order."""
        parent = os.getpid()

        def before_exec() -> None:
            _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:
                os._exit(1)  # the supervisor died between fork and here
            yield_to_others(self.spec.nice)

        with logs.open_log(self._folder, self.spec.name) as log:
            stamp = datetime.now(UTC).isoformat(timespec="seconds")
            log.write(f"---- {stamp} {self.spec.name} starts ----\n".encode())
            log.flush()
            self._popen = subprocess.Popen(  # noqa: S603 - argv is made by `plan`, no shell
                self.spec.argv,
                env={**environment, **self.spec.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=before_exec,  # noqa: PLW1509 - the supervisor has one thread
            )
        self.pid, self.started_at = self._popen.pid, time.time()
        self.become(State.STARTING)

    def ended(self) -> str | None:
        """How it ended, once; None while it runs."""
        code = self._popen.poll() if self._popen else None
        if code is None:
            return None
        self._popen = None
        self.last_exit = f"{'by ' + signal.Signals(-code).name if code < 0 else f'with code {code}'} at {datetime.now(UTC):%H:%M:%S} UTC"
        return self.last_exit

    def plan_restart(self) -> float:
        """After an end that nobody asked for: when to try again; returns the pause in seconds."""
        if time.time() - self.started_at >= STABLE_SECONDS:
            self._pause_seconds = FIRST_PAUSE_SECONDS
        pause_seconds = self._pause_seconds
        self._pause_seconds = min(2 * pause_seconds, LONGEST_PAUSE_SECONDS)
        self.restarts += 1
        self.next_start = time.monotonic() + pause_seconds
        self.become(State.RESTARTING)
        return pause_seconds

    def is_ready(self) -> bool:
        """Ask its probe."""
        return self.pid is not None and self.spec.ready(self.pid, self.started_at)

    def tree(self) -> list[psutil.Process]:
        """It and everything below it."""
        if self._popen is None:
            return []
        try:
            root = psutil.Process(self._popen.pid)
            return [root, *root.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def ask_to_end(self) -> None:
        """SIGTERM."""
        if self._popen is not None:
            self.become(State.STOPPING)
            self._popen.terminate()

    def report(self) -> dict[str, Any]:
        """Its part of run/state.json."""
        return {
            "pid": self.pid,
            "state": str(self.state),
            "restarts": self.restarts,
            "since": datetime.fromtimestamp(self.since, UTC).isoformat(timespec="milliseconds"),
            "last_exit": self.last_exit,
        }
