"""`seiche up`: the embedded profile in the foreground."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from seiche.cli import options
from seiche.cli.output import emit_lines, say

if TYPE_CHECKING:
    from seiche.settings import Settings

DEMO_SLUG = "demo"


def up(
    data: options.Data = None,
    port: Annotated[int | None, typer.Option(help="Where SDKs and people connect; 0 takes any.", min=0, max=65_535)] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on; 0.0.0.0 for every one.")] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Run a small shop under traffic that reports its errors to the project `demo`.")
    ] = False,
    without: Annotated[str, typer.Option(help="Processes to leave out, such as dagster,ops.")] = "",
) -> None:
    """Start everything in the foreground; SIGTERM or Ctrl-C stops it.

    The folder is made at the first start. A process that dies is started again, and each writes DATA/logs/PROCESS.log.
    """
    from seiche.cli.supervisor import leftovers, lock, plan, ports, prepare

    settings = options.settings_of(data, port=port, host=host)
    left_out = plan.without(without) | plan.elsewhere(settings)
    prepare.make_directory(settings.data)
    with lock.only_one(settings.data):
        if killed := leftovers.end_leftovers(settings.data):
            say(f"an earlier `seiche up` had left {', '.join(killed)} running: ended")
        chosen = ports.own_port(settings.host, settings.port)
        settings = settings.model_copy(update={"port": chosen})
        _run(settings, left_out, demo=demo)


def _run(settings: "Settings", left_out: frozenset[str], *, demo: bool) -> None:
    from seiche.cli.supervisor import plan, prepare
    from seiche.cli.supervisor.files import replace_json
    from seiche.cli.supervisor.forked import forked
    from seiche.cli.supervisor.supervisor import Supervisor

    account = prepare.make_secrets(settings.data)
    projects = forked(lambda: prepare.make_registry(settings, account, demo=DEMO_SLUG if demo else ""))
    ports = plan.Ports.choose(settings.host, settings.port)
    endpoints = plan.endpoints(settings, ports, left_out)
    replace_json(settings.run_dir / "endpoints.json", endpoints)
    specs = plan.processes(settings, ports, left_out)
    if demo:
        from seiche.cli.supervisor.demo import demo_processes

        found = next(project for project in projects if project["slug"] == DEMO_SLUG)
        specs += demo_processes(settings.data, dsn=_dsn(endpoints["web"], found), after_port=ports.ops)

    def greet(name: str) -> None:
        if name == "web":
            emit_lines(_banner(settings, endpoints, account, projects))

    say(f"starting {', '.join(spec.name for spec in specs)}; data in {settings.data}")
    environment = plan.environment(settings, endpoints["public"])
    clean = Supervisor(specs, data=settings.data, say=say, on_ready=greet, environment=environment).run()
    if not clean:
        raise typer.Exit(1)


def _banner(settings: "Settings", endpoints: dict[str, Any], account: dict[str, Any], projects: list[dict[str, str]]) -> list[str]:
    lines = [
        "",
        f"  URL     {endpoints['public']}",
        f"  login   {account['admin_email']}  {account['admin_password']}",
    ]
    lines += [f"  DSN     {_dsn(endpoints['public'], project)}  ({project['slug']})" for project in projects[:10]]
    if not projects:
        lines.append(f"  DSN     make a project: seiche project create NAME --data {settings.data}")
    if "dagster" in endpoints:
        lines.append(f"  Dagster {endpoints['dagster']}  (a few seconds later)")
    if "ops" in endpoints:
        lines.append(f"  ops     {endpoints['ops']}  (starts when somebody looks)")
    return [*lines, "  stop    Ctrl-C", ""]


def _dsn(base_url: str, project: dict[str, str]) -> str:
    scheme, rest = base_url.split("://", 1)
    return f"{scheme}://{project['key']}@{rest}/{project['id']}"
