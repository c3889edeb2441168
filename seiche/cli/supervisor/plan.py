"""The processes of the embedded profile, their ports, and what each waits for."""

import dataclasses
import os
import sys
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seiche.cli.supervisor.ports import LOOPBACK, local, ports_after, reachable
from seiche.cli.supervisor.probes import answers, listens, reports
from seiche.cli.supervisor.spec import ProcessSpec, Stop
from seiche.errors import ConfigurationError, InvalidInput

if TYPE_CHECKING:
    from seiche.settings import Settings

NAMES = ("web", "olap", "alerts", "pipeline", "dagster", "ops")
MEMORY = {
    "MALLOC_ARENA_MAX": "2",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "POLARS_MAX_THREADS": "2",
    "TOKIO_WORKER_THREADS": "2",
}
"""Threads and malloc arenas by the core are for machines that do one thing; any of these may be set otherwise from outside."""
PIPELINE_MEMORY = {"ARROW_DEFAULT_MEMORY_POOL": "system"}


@dataclass(frozen=True)
class Ports:
    """Where each process listens."""

    host: str
    web: int
    olap: int
    dagster: int
    dagster_code: int
    ops: int

    @classmethod
    def choose(cls, host: str, port: int) -> "Ports":
        """The next ones after `port`; loopback for all but web."""
        free: Iterator[int] = ports_after(port)
        return cls(host, port, next(free), next(free), next(free), next(free))


def replace_dagster(ports: Ports, dagster_port: int) -> Ports:
    """The same, with Dagster's pages on a port of one's own choice."""
    return dataclasses.replace(ports, dagster=dagster_port)


def without(names: str) -> frozenset[str]:
    """What `--without` names. Raises `InvalidInput` for something that is no process."""
    chosen = frozenset(name.strip() for name in names.split(",") if name.strip())
    if unknown := sorted(chosen - set(NAMES)):
        raise InvalidInput(
            f"--without {','.join(unknown)}: there is no such process; it takes {', '.join(NAMES)}", reason="unknown_process"
        )
    return chosen


def endpoints(settings: "Settings", ports: Ports, left_out: Collection[str]) -> dict[str, Any]:
    """What run/endpoints.json holds."""
    public = settings.public_url.rstrip("/") or f"http://{reachable(ports.host)}:{ports.web}"
    found: dict[str, Any] = {
        "web": f"http://{reachable(local(ports.host))}:{ports.web}",
        "public": public,
        "olap": {"host": LOOPBACK, "port": ports.olap},
        "dagster": f"http://{LOOPBACK}:{ports.dagster}",
        "ops": f"http://{LOOPBACK}:{ports.ops}",
    }
    return {name: value for name, value in found.items() if name not in left_out}


def environment(settings: "Settings", public_url: str) -> dict[str, str]:
    """What every process gets. Variables set outside win over our memory settings."""
    own = {"SEICHE_DATA": str(settings.data), "SEICHE_PUBLIC_URL": public_url, "PYTHONUNBUFFERED": "1"}
    return {**MEMORY, **os.environ, **own}


def processes(settings: "Settings", ports: Ports, left_out: Collection[str]) -> list[ProcessSpec]:
    """In the order in which they are shown."""
    run = settings.run_dir
    specs = [
        ProcessSpec(
            "web",
            command("web", settings, "--host", ports.host, "--port", str(ports.web)),
            ready=answers(local(ports.host), ports.web, "/health/ready"),
        ),
        ProcessSpec(
            "olap",
            command("olap", settings, "--port", str(ports.olap)),
            ready=answers(LOOPBACK, ports.olap, "/ping"),
            stop=Stop.STORE,
            nice=2,
        ),
        ProcessSpec("alerts", command("alerts", settings), ready=reports(run / "alerts.json"), stop=Stop.WORK),
        ProcessSpec(
            "pipeline",
            command("pipeline", settings),
            environment=PIPELINE_MEMORY,
            nice=4,
            ready=reports(run / "pipeline.json"),
            after=("olap",),
            stop=Stop.WORK,
        ),
    ]
    if "dagster" not in left_out:
        specs += dagster(settings, ports)
    if "ops" not in left_out:
        specs.append(ops(settings, ports))
    return [spec for spec in specs if spec.name not in left_out]


def elsewhere(settings: "Settings") -> frozenset[str]:
    """What is not ours to start: analytics, where a ClickHouse server is configured."""
    return frozenset({"olap"} if settings.olap.port else ())


def dagster(settings: "Settings", ports: Ports) -> list[ProcessSpec]:
    """Code server, webserver and daemon; they start once people can use the product."""
    try:
        from orchestration.process import dagster_commands
    except ImportError as error:
        raise ConfigurationError(
            f"Dagster cannot be started ({error}): install Seiche again, or run `seiche up --without dagster`"
        ) from error
    made = dagster_commands(settings, webserver_port=ports.dagster, grpc_port=ports.dagster_code)
    ready = {"dagster-code": listens(LOOPBACK, ports.dagster_code), "dagster-web": answers(LOOPBACK, ports.dagster, "/server_info")}
    after = {"dagster-code": ("web", "pipeline")}
    return [
        ProcessSpec(name, tuple(argv), environment=extra, nice=8, after=after.get(name, ("dagster-code",)), **_probe(ready, name))
        for name, (argv, extra) in made.items()
    ]


def _probe(ready: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {"ready": ready[name]} if name in ready else {}


def ops(settings: "Settings", ports: Ports) -> ProcessSpec:
    """Streamlit, which nobody pays for until somebody looks."""
    return ProcessSpec(
        "ops",
        command("ops", settings, "--port", str(ports.ops)),
        ready=answers(LOOPBACK, ports.ops, "/_stcore/health"),
        on_demand=(LOOPBACK, ports.ops),
    )


def command(process: str, settings: "Settings", *flags: str) -> tuple[str, ...]:
    """How one of our own processes is started."""
    return (sys.executable, "-m", "seiche.cli.main", process, "--data", str(settings.data), *flags)
