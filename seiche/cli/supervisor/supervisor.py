"""The loop: start what may start, notice what is ready and what died, and at the end stop everything in order."""

import os
import selectors
import signal
import socket
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from seiche.cli.supervisor import logs
from seiche.cli.supervisor.child import Child, become_subreaper
from seiche.cli.supervisor.files import replace_json
from seiche.cli.supervisor.on_demand import Doorbell
from seiche.cli.supervisor.spec import ProcessSpec, State, Stop

TICK_SECONDS = 0.1
PATIENCE_SECONDS = 25.0
"""After this a process is started even if what it waits for is not ready: it may be what the other one needs."""
LATE_SECONDS = 60.0
PHASE_SECONDS = {Stop.EDGE: 3.0, Stop.WORK: 3.5, Stop.STORE: 1.5}
"""How long the next phase waits for one; none is killed before `KILL_SECONDS`."""
KILL_SECONDS = 8.5
LOG_CHECK_SECONDS = 60.0


class Supervisor:
    """Runs `specs` until SIGTERM or SIGINT. Blocking, one thread."""

    def __init__(
        self,
        specs: Sequence[ProcessSpec],
        *,
        data: Path,
        say: Callable[[str], None],
        on_ready: Callable[[str], None] = lambda _name: None,
        environment: dict[str, str] | None = None,
        state_file: str = "state.json",
    ) -> None:
        self._children = {spec.name: Child(spec, data / "logs") for spec in specs}
        self._data, self._say, self._on_ready = data, say, on_ready
        self._state_file = data / "run" / state_file
        self._environment = dict(os.environ) if environment is None else environment
        self._doorbells: dict[str, Doorbell] = {}
        self._selector = selectors.DefaultSelector()
        self._started_at = time.monotonic()
        self._written: dict[str, Any] = {}
        self._told_late: set[str] = set()
        self._greeted: set[str] = set()
        self._stopping = 0
        self._logs_checked_at = time.monotonic()

    def run(self) -> bool:
        """Until a signal; whether everything ended by itself then."""
        become_subreaper()
        wake_in, wake_out = socket.socketpair()
        wake_in.setblocking(False)
        wake_out.setblocking(False)
        self._selector.register(wake_out, selectors.EVENT_READ)
        before = signal.set_wakeup_fd(wake_in.fileno())
        handlers = {number: signal.signal(number, self._on_signal) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            while not self._stopping:
                self._tick()
                self._selector.select(TICK_SECONDS)
            return self._stop()
        finally:
            self._kill_all()
            self._write()
            for number, handler in handlers.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(before)
            for doorbell in self._doorbells.values():
                doorbell.close(self._selector)
            self._selector.close()
            wake_in.close()
            wake_out.close()

    def _on_signal(self, _number: int, _frame: object) -> None:
        self._stopping += 1

    def _tick(self) -> None:
        for child in self._children.values():
            self._tend(child)
        self._reap_orphans()
        self._write()
        if time.monotonic() - self._logs_checked_at > LOG_CHECK_SECONDS:
            self._logs_checked_at = time.monotonic()
            for name in self._children:
                logs.bound(self._data / "logs", name)

    def _tend(self, child: Child) -> None:
        match child.state:
            case State.WAITING if self._may_start(child):
                self._open_door(child) if child.spec.on_demand else self._start(child)
            case State.ON_DEMAND if self._doorbells[child.spec.name].rung():
                self._doorbells.pop(child.spec.name).close(self._selector)
                self._start(child)
            case State.RESTARTING if time.monotonic() >= child.next_start:
                self._start(child)
            case State.STARTING | State.RUNNING:
                if child.ended():
                    self._report_death(child)
                elif child.state is State.STARTING:
                    self._look_whether_ready(child)

    def _may_start(self, child: Child) -> bool:
        needed = [self._children[name] for name in child.spec.after if name in self._children]
        ready = all(other.state in {State.RUNNING, State.ON_DEMAND} for other in needed)
        return ready or time.monotonic() - self._started_at > PATIENCE_SECONDS

    def _start(self, child: Child) -> None:
        try:
            child.start(self._environment)
        except OSError as error:
            pause_seconds = child.plan_restart()
            self._say(f"{child.spec.name} cannot be started: {error}; next attempt in {pause_seconds:g} s")

    def _open_door(self, child: Child) -> None:
        assert child.spec.on_demand is not None  # noqa: S101 - tells mypy what both callers have looked at
        host, port = child.spec.on_demand
        try:
            doorbell = Doorbell(host, port)
        except OSError:
            return  # whoever has it may let go of it: the next tick tries again
        doorbell.register(self._selector)
        self._doorbells[child.spec.name] = doorbell
        child.become(State.ON_DEMAND)

    def _look_whether_ready(self, child: Child) -> None:
        name = child.spec.name
        if child.is_ready():
            child.become(State.RUNNING)
            self._told_late.discard(name)
            if child.restarts:
                self._say(f"{name} runs again (pid {child.pid}, restart {child.restarts})")
            if name not in self._greeted:
                self._greeted.add(name)
                self._on_ready(name)
        elif time.time() - child.started_at > LATE_SECONDS and name not in self._told_late:
            self._told_late.add(name)
            self._say(f"{name} is not ready after {LATE_SECONDS:g} s: see {self._log(child)}")

    def _report_death(self, child: Child) -> None:
        name, how = child.spec.name, child.last_exit
        pause_seconds = child.plan_restart()
        if child.spec.on_demand:
            child.become(State.WAITING)
            self._say(f"{name} ended {how}: it starts again when somebody looks")
            return
        self._say(f"{name} ended {how}; starting it again in {pause_seconds:g} s. Its log: {self._log(child)}")
        if child.restarts >= 3:
            for line in logs.tail(self._log(child), 5):
                self._say(f"  {name}| {line}")

    def _log(self, child: Child) -> Path:
        return self._data / "logs" / f"{child.spec.name}.log"

    def _stop(self) -> bool:
        """SIGTERM in the order of `Stop`, SIGKILL for what is left at the end; whether none was needed."""
        began = time.monotonic()
        self._say("stopping")
        descendants = {process.pid: process for child in self._children.values() for process in child.tree()}
        for phase in Stop:
            members = [child for child in self._children.values() if child.spec.stop is phase]
            for child in members:
                child.ask_to_end()
            self._await_end(members, until=min(time.monotonic() + PHASE_SECONDS[phase], began + KILL_SECONDS))
        self._await_end(list(self._children.values()), until=began + KILL_SECONDS)
        self._end_stragglers(descendants)
        killed = self._kill_all()
        for child in self._children.values():
            if not child.is_alive:
                child.become(State.STOPPED)
        self._say(f"stopped in {time.monotonic() - began:.1f} s" + (f"; killed: {', '.join(killed)}" if killed else ""))
        return not killed

    def _await_end(self, children: Sequence[Child], until: float) -> None:
        while any(child.is_alive and not child.ended() for child in children):
            if time.monotonic() >= until or self._stopping > 1:
                return
            self._reap_orphans()
            self._write()
            time.sleep(0.02)
        for child in children:
            child.become(State.STOPPED)

    def _end_stragglers(self, before: dict[int, psutil.Process]) -> None:
        """What a child had started itself and left behind is asked as well."""
        left = [
            process for process in before.values() if process.is_running() and process.pid not in {c.pid for c in self._children.values()}
        ]
        for process in left:
            _signal(process, signal.SIGTERM)
        psutil.wait_procs(left, timeout=0.5)

    def _kill_all(self) -> list[str]:
        """SIGKILL; the names of those that needed it."""
        killed = []
        for child in self._children.values():
            if child.is_alive and not child.ended():
                killed.append(child.spec.name)
                for process in child.tree():
                    _signal(process, signal.SIGKILL)
        for process in psutil.Process().children(recursive=True):
            _signal(process, signal.SIGKILL)
        for child in self._children.values():
            while child.is_alive and not child.ended():
                time.sleep(0.005)
        self._reap_orphans()
        return killed

    def _reap_orphans(self) -> None:
        """Processes whose own parent died are ours now: take note of their end, or they stay as zombies."""
        own = {child.pid for child in self._children.values() if child.is_alive}
        while True:
            try:
                found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if found is None or found.si_pid in own:
                return
            os.waitpid(found.si_pid, os.WNOHANG)

    def _write(self) -> None:
        found = {name: child.report() for name, child in self._children.items()}
        if found != self._written:
            self._written = found
            written_at = datetime.now(UTC).isoformat(timespec="milliseconds")
            try:
                replace_json(self._state_file, {"pid": os.getpid(), "written_at": written_at, "processes": found})
            except OSError as error:
                self._written = {}
                self._say(f"{self._state_file} cannot be written: {error}")


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return
