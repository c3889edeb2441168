"""What the running processes say of themselves, and how far each consumer is behind the log."""

import json
from pathlib import Path
from typing import Any

from query_api.schemas import ConsumerStatus, ProcessStatus, SystemStatus
from query_api.state import ApiState
from seiche.registry import offset_queries
from seiche.registry.engine import read

LINKS = ("dagster", "ops")


def status(api: ApiState) -> SystemStatus:
    """A process that is down is in the answer, not an error."""
    run_dir = api.settings.run_dir
    endpoints = _run_file(run_dir / "endpoints.json")
    return SystemStatus(
        processes=_processes(_run_file(run_dir / "state.json").get("processes", {})),
        consumers=_consumers(api),
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


def _run_file(path: Path) -> dict[str, Any]:
    """{} where it does not exist; its writer replaces it atomically."""
    try:
        found: dict[str, Any] = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    return found
