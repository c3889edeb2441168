"""DATA/dagster: the instance's configuration and its workspace, written from the settings at every start."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import sqlalchemy as sa

from seiche.registry.engine import make_engine, parse, write
from seiche.settings import Settings

if TYPE_CHECKING:
    import dagster as dg

TICK_DAYS = 3
RUN_LIMIT_SECONDS = 3600
LOCATION = "seiche"
SCHEMA = "dagster"
AWS_NAMES = frozenset({"aws_access_key_id", "aws_secret_access_key", "aws_session_token", "aws_region", "aws_default_region"})


def home(settings: Settings) -> Path:
    """DAGSTER_HOME."""
    return settings.data.resolve() / "dagster"


def configuration(settings: Settings) -> dict[str, Any]:
    """dagster.yaml. Paths are absolute: every process of the installation reads it, from wherever it was started."""
    folder = home(settings)
    ticks = {"purge_after_days": TICK_DAYS}
    return {
        "telemetry": {"enabled": False},
        **_storage(settings, folder),
        "local_artifact_storage": {
            "module": "dagster.core.storage.root",
            "class": "LocalArtifactStorage",
            "config": {"base_dir": str(folder)},
        },
        "compute_logs": compute_logs(settings),
        "run_coordinator": {"module": "dagster.core.run_coordinator", "class": "QueuedRunCoordinator"},
        # Two rebuilds at once would take a gigabyte more, and each other's turns at the tables.
        "concurrency": {"runs": {"max_concurrent_runs": 1}},
        "run_monitoring": {"enabled": True, "poll_interval_seconds": 60, "max_runtime_seconds": RUN_LIMIT_SECONDS},
        "retention": {kind: dict(ticks) for kind in ("schedule", "sensor", "auto_materialize")},
        "auto_materialize": {"enabled": False, "use_sensors": False},
        "freshness": {"enabled": True},
    }


def _storage(settings: Settings, folder: Path) -> dict[str, Any]:
    """Dagster's own tables: beside the registry's in Postgres, in a schema of their own, or in two SQLite files."""
    if postgres := postgres_url(settings):
        return {"storage": {"postgres": {"postgres_url": postgres}}}
    kinds = {
        "event_log_storage": ("PooledEventLog", "events"),
        "run_storage": ("PooledRuns", "runs"),
        "schedule_storage": ("Schedules", "schedules"),
    }
    return {
        kind: {"module": "orchestration.storage", "class": name, "config": {"base_dir": str(folder / base)}}
        for kind, (name, base) in kinds.items()
    }


def postgres_url(settings: Settings) -> str:
    """The registry's database as dagster-postgres wants it: psycopg 2, and every table in the schema `dagster`. "" on SQLite."""
    url = parse(settings.registry_url)
    if url.get_backend_name() != "postgresql":
        return ""
    url = url.set(drivername="postgresql+psycopg2").update_query_dict({"options": f"-csearch_path={SCHEMA}"})
    return url.render_as_string(hide_password=False)


def compute_logs(settings: Settings) -> dict[str, Any]:
    """What steps print: beside the lake in S3 where it is there, else nowhere (the processes' own logs have it)."""
    url = urlsplit(settings.lake_url)
    if url.scheme != "s3":
        return {"module": "dagster.core.storage.noop_compute_log_manager", "class": "NoOpComputeLogManager"}
    options = {name.lower(): value for name, value in settings.lake.options.items()}
    config = {
        "bucket": url.netloc,
        "prefix": "/".join(part for part in (url.path.strip("/"), "_dagster") if part),
        "skip_empty_files": True,
        "local_dir": str(home(settings) / "compute-logs"),
        **{ours: options[theirs] for ours, theirs in (("endpoint_url", "aws_endpoint_url"), ("region", "aws_region")) if theirs in options},
    }
    return {"module": "dagster_aws.s3.compute_log_manager", "class": "S3ComputeLogManager", "config": config}


def aws_variables(settings: Settings) -> dict[str, str]:
    """boto3's variables, for the compute logs: the keys that the lake was given."""
    return {name.upper(): value for name, value in settings.lake.options.items() if name.lower() in AWS_NAMES}


def workspace(grpc_port: int) -> dict[str, Any]:
    """One code server for the webserver and the daemon: each of their own would cost 200 MB."""
    return {"load_from": [{"grpc_server": {"host": "127.0.0.1", "port": grpc_port, "location_name": LOCATION}}]}


def prepare(settings: Settings, *, grpc_port: int | None = None) -> Path:
    """Write dagster.yaml (and workspace.yaml where the port is known); returns DAGSTER_HOME. Idempotent."""
    folder = home(settings)
    folder.mkdir(parents=True, exist_ok=True)
    if postgres_url(settings):
        engine = make_engine(settings.registry_url)
        # In the registry's line of writers: of two processes that make it at once, one would fail.
        with write(engine) as session:
            session.execute(sa.text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        engine.dispose()
    _write(folder / "dagster.yaml", configuration(settings))
    if grpc_port is not None:
        _write(folder / "workspace.yaml", workspace(grpc_port))
    return folder


def open_instance(settings: Settings) -> "dg.DagsterInstance":
    """The process's handle on the instance; use it as a context manager."""
    import dagster as dg

    folder = prepare(settings)
    os.environ["DAGSTER_HOME"] = str(folder)
    os.environ.update(aws_variables(settings))
    return dg.DagsterInstance.get()


def _write(path: Path, value: dict[str, Any]) -> None:
    text = json.dumps(value, indent=2) + "\n"  # JSON is YAML
    if path.exists() and path.read_text() == text:
        return
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.write_text(text)
    fresh.replace(path)
