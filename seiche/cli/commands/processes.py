"""The processes that `seiche up` supervises, each as a command of its own, in the foreground."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seiche.cli import options

if TYPE_CHECKING:
    from seiche.settings import Settings

Port = Annotated[int | None, typer.Option(help="Port to listen on (default: what run/endpoints.json says).", min=0, max=65_535)]
Host = Annotated[str | None, typer.Option(help="Address to listen on.")]


def web(data: options.Data = None, host: Host = None, port: Port = None) -> None:
    """Ingest, the query API and the dashboard, on one port."""
    settings = _begin(data, host=host, port=port)
    from seiche.cli.web_process import run

    run(settings)


def olap(data: options.Data = None, port: Port = None) -> None:
    """ClickHouse's engine behind its own HTTP protocol, on loopback."""
    settings = _begin(data)
    from seiche.backends.embedded.olap import run

    run(settings, port=_port(settings, port, "olap"))


def alerts(data: options.Data = None) -> None:
    """Issues, rules and notifications, from the log."""
    settings = _begin(data)
    from seiche.cli.alerts_process import run

    run(settings)


def pipeline(data: options.Data = None) -> None:
    """Log to lake: bronze, silver, gold, the hot tier and the search index."""
    settings = _begin(data)
    from orchestration.worker import run

    run(settings)


def ops(data: options.Data = None, port: Port = None) -> None:
    """The operations pages (Streamlit), on loopback."""
    settings = _begin(data)
    from seiche.cli.ops_process import run

    run(settings, _port(settings, port, "ops"))


def dagster(data: options.Data = None, port: Port = None) -> None:
    """Dagster's code server, webserver and daemon, on loopback."""
    from seiche.cli.output import say
    from seiche.cli.supervisor import plan
    from seiche.cli.supervisor.supervisor import Supervisor

    settings = _begin(data)
    wanted = _port(settings, port, "dagster")
    ports = plan.replace_dagster(plan.Ports.choose(settings.host, wanted), wanted)
    environment = plan.environment(settings, settings.base_url)
    Supervisor(plan.dagster(settings, ports), data=settings.data, say=say, environment=environment, state_file="dagster.json").run()


COMMANDS: dict[str, Callable[..., None]] = {
    "web": web,
    "olap": olap,
    "alerts": alerts,
    "pipeline": pipeline,
    "dagster": dagster,
    "ops": ops,
}


def _begin(data: Any, **flags: Any) -> "Settings":
    import logging
    import time

    logging.Formatter.converter = time.gmtime
    logging.basicConfig(level=logging.INFO, format="%(asctime)sZ %(levelname)s %(name)s: %(message)s")
    for noisy in ("httpx", "httpcore", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    return options.installation(data, **flags)


def _port(settings: "Settings", given: int | None, name: str) -> int:
    """The flag, else what the supervisor wrote. Raises `ConfigurationError` where there is neither."""
    from urllib.parse import urlsplit

    from seiche.errors import ConfigurationError
    from seiche.wiring import read_run_file

    if given is not None:
        return given
    found = read_run_file(settings.run_dir / "endpoints.json").get(name)
    port = found.get("port") if isinstance(found, dict) else urlsplit(str(found or "")).port
    if not port:
        raise ConfigurationError(f"nobody has chosen a port for {name}: pass --port, or start everything with `seiche up`")
    return int(port)
