"""What the supervisor needs to know of a process, and the order in which processes stop."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

Probe = Callable[[int, float], bool]
"""(pid, wall-clock time of its start) -> whether it does its work. Answers within a second."""


class State(StrEnum):
    """What `run/state.json` says of a process."""

    WAITING = "waiting"
    """For the processes that it needs."""
    STARTING = "starting"
    RUNNING = "running"
    RESTARTING = "restarting"
    """It ended, and a pause goes by before the next attempt."""
    ON_DEMAND = "on demand"
    """Starts when somebody looks."""
    STOPPING = "stopping"
    STOPPED = "stopped"


class Stop(IntEnum):
    """Processes of a lower number are asked to end first: nobody loses what it writes to before it has ended."""

    EDGE = 0
    """What only looks, sends or accepts: demo, pages, Dagster, web."""
    WORK = 1
    """alerts and pipeline."""
    STORE = 2
    """olap."""


def alive(_pid: int, _started_at: float) -> bool:
    """The probe of a process that is ready as soon as it runs."""
    return True


@dataclass(frozen=True)
class ProcessSpec:
    """One process: how to start it, when it is ready, what it waits for, when it stops."""

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    """On top of the supervisor's own."""
    ready: Probe = alive
    after: tuple[str, ...] = ()
    """Started once these are running, or after `PATIENCE_SECONDS`."""
    stop: Stop = Stop.EDGE
    nice: int = 0
    """0 for what somebody waits for; up to 19 for what may wait."""
    on_demand: tuple[str, int] | None = None
    """(host, port) to listen on: started when somebody connects, and then the port is its own."""
