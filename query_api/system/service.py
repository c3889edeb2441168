"""What the running processes say of themselves, and how far each consumer is behind the log."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from query_api.state import ApiState
from query_api.system.schemas import CanaryHop, CanaryStatus, ConsumerStatus, ProcessStatus, SystemStatus
from query_api.times import moment, now_us
from seiche.model.canary import judge
from seiche.registry import canaries, offset_queries
from seiche.registry.engine import read

LINKS = ("dagster", "ops")


def status(api: ApiState) -> SystemStatus:
    """A process that is down is in the answer, not an error."""
    run_dir = api.settings.run_dir
    endpoints = _run_file(run_dir / "endpoints.json")
    return SystemStatus(
        processes=_processes(_run_file(run_dir / "state.json").get("processes", {})),
        consumers=_consumers(api),
        canary=_canary(api),
        links={name: endpoints[name] for name in LINKS if isinstance(endpoints.get(name), str)},
    )


def _processes(found: Any) -> list[ProcessStatus]:
    named = [{"name": name, **entry} for name, entry in found.items()] if isinstance(found, dict) else list(found)
    known = ProcessStatus.model_fields.keys()
    # The supervisor may say more about a process than this API shows.
    return [
        ProcessStatus.model_validate({"pid": None, "since": None, "restarts": 0} | {k: v for k, v in entry.items() if k in known})
        for entry in named
    ]


def _consumers(api: ApiState) -> list[ConsumerStatus]:
    """Positions from the log's acknowledgements; of consumers that keep theirs in the registry, from there: those are the truth."""
    with read(api.engine) as session:
        committed = offset_queries.committed(session)
    statuses: dict[str, ConsumerStatus] = {}
    for partition in api.log.partitions():
        positions = api.log.acknowledged(partition) | committed.get(partition, {})
        end = api.log.end_offset(partition)
        for name, offset in positions.items():
            before = statuses.get(name, ConsumerStatus(name=name, offset=0, lag=0))
            statuses[name] = ConsumerStatus(name=name, offset=before.offset + offset, lag=before.lag + max(0, end - offset))
    return [statuses[name] for name in sorted(statuses)]


def _canary(api: ApiState) -> CanaryStatus | None:
    chosen = api.settings.canary
    if not chosen.enabled:
        return None
    sent = canaries.newest(api.engine)
    found = judge(sent, now_us=now_us(), every_seconds=chosen.every_seconds, late_seconds=chosen.late_seconds)
    return CanaryStatus(
        hops=[
            CanaryHop(
                name=hop.name,
                seconds=hop.seconds,
                slowest_seconds=hop.slowest_seconds,
                passed_at=_when(hop.passed_at_us),
                stalled_since=_when(hop.stalled_since_us),
            )
            for hop in found.hops
        ],
        last_sent_at=_when(found.last_sent_us),
        last_through_at=_when(found.last_through_us),
        problem=found.problem,
    )


def _when(at_us: int | None) -> datetime | None:
    return None if at_us is None else moment(at_us)


def _run_file(path: Path) -> dict[str, Any]:
    """{} where it does not exist; its writer replaces it atomically."""
    try:
        found: dict[str, Any] = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    return found
