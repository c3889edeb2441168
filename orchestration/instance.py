"""DATA/dagster: the instance's configuration and its workspace, written from the settings at every start."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seiche.settings import Settings

if TYPE_CHECKING:
    import dagster as dg

TICK_DAYS = 3
RUN_LIMIT_SECONDS = 3600
LOCATION = "seiche"


def home(settings: Settings) -> Path:
    """DAGSTER_HOME."""
    return settings.data.resolve() / "dagster"


def configuration(settings: Settings) -> dict[str, Any]:
    """dagster.yaml. Paths are absolute: every process of the installation reads it, from wherever it was started."""
    storage = {
        "event_log_storage": ("PooledEventLog", "events"),
        "run_storage": ("PooledRuns", "runs"),
        "schedule_storage": ("Schedules", "schedules"),
    }
    folder = home(settings)
    ticks = {"purge_after_days": TICK_DAYS}
    return {
        "telemetry": {"enabled": False},
        **{
            kind: {"module": "orchestration.storage", "class": name, "config": {"base_dir": str(folder / base)}}
            for kind, (name, base) in storage.items()
        },
        "local_artifact_storage": {
            "module": "dagster.core.storage.root",
            "class": "LocalArtifactStorage",
            "config": {"base_dir": str(folder)},
        },
        "compute_logs": {"module": "dagster.core.storage.noop_compute_log_manager", "class": "NoOpComputeLogManager"},
        "run_coordinator": {"module": "dagster.core.run_coordinator", "class": "QueuedRunCoordinator"},
        # Two rebuilds at once would take a gigabyte more, and each other's turns at the tables.
        "concurrency": {"runs": {"max_concurrent_runs": 1}},
        "run_monitoring": {"enabled": True, "poll_interval_seconds": 60, "max_runtime_seconds": RUN_LIMIT_SECONDS},
        "retention": {kind: dict(ticks) for kind in ("schedule", "sensor", "auto_materialize")},
        "auto_materialize": {"enabled": False, "use_sensors": False},
        "freshness": {"enabled": True},
    }


def workspace(grpc_port: int) -> dict[str, Any]:
    """One code server for the webserver and the daemon: each of their own would cost 200 MB."""
    return {"load_from": [{"grpc_server": {"host": "127.0.0.1", "port": grpc_port, "location_name": LOCATION}}]}


def prepare(settings: Settings, *, grpc_port: int | None = None) -> Path:
    """Write dagster.yaml (and workspace.yaml where the port is known); returns DAGSTER_HOME. Idempotent."""
    folder = home(settings)
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "dagster.yaml", configuration(settings))
    if grpc_port is not None:
        _write(folder / "workspace.yaml", workspace(grpc_port))
    return folder


def open_instance(settings: Settings) -> "dg.DagsterInstance":
    """The process's handle on the instance; use it as a context manager."""
    import dagster as dg

    folder = prepare(settings)
    os.environ["DAGSTER_HOME"] = str(folder)
    return dg.DagsterInstance.get()


def _write(path: Path, value: dict[str, Any]) -> None:
    text = json.dumps(value, indent=2) + "\n"  # JSON is YAML
    if path.exists() and path.read_text() == text:
        return
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.write_text(text)
    fresh.replace(path)
