"""`seiche regroup`: other grouping settings over history: try, apply, undo, watch, cancel."""

import json
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seiche.cli import options
from seiche.cli.output import emit_json, emit_lines, say, table
from seiche.errors import InvalidInput

if TYPE_CHECKING:
    import sqlalchemy as sa
    from sqlalchemy.orm import Session

    from seiche.registry.tables import Project
    from seiche.settings import Settings

app = typer.Typer(help="Other grouping settings over history.", no_args_is_help=True)

Changes = Annotated[
    str, typer.Option("--config", help='Grouping settings to change, as JSON, such as {"grouping_version": 2}; see docs/regrouping.md.')
]
Since = Annotated[str, typer.Option(help="Only events received from then on: 2026-11-24T10:00:00Z.")]
Until = Annotated[str, typer.Option(help="Only events received before then.")]
Wait = Annotated[float, typer.Option(help="Seconds to wait until it is done; 0: only ask for it.", min=0.0)]
Number = Annotated[int, typer.Argument(help="As `seiche regroup status` shows it.")]
POLL_SECONDS = 1.0


@app.callback()
def group() -> None:
    """Other grouping settings over history."""


@app.command()
def preview(  # noqa: PLR0917 - Typer's parameters are options
    project: options.ProjectSlug,
    config: Changes = "{}",
    since: Since = "",
    until: Until = "",
    data: options.Data = None,
    as_json: options.AsJson = False,
) -> None:
    """Which issues would merge and split, in this process; touches nothing, and works while `seiche up` runs."""
    settings = options.installation(data)
    from lake import regroup
    from seiche import wiring
    from seiche.cli.export import moment
    from seiche.registry import regroups
    from seiche.registry.engine import read

    engine = _engine(settings)
    with read(engine) as session:
        found = _project(session, project)
        wanted = regroups.changed(regroups.current(session, found), _changes(config))
    span = {"since": moment(since), "until": moment(until)}
    result = regroup.preview(wiring.lake(settings), engine, found.id, wanted, **span, progress=_told if not as_json else lambda *_: None)
    if as_json:
        emit_json(result)
        return
    counts = ("events", "events_changing", "issues_before", "issues_after", "merges_total", "splits_total", "decisions_overridden")
    emit_lines(table(("what", "how many"), [(name.replace("_", " "), result[name]) for name in counts]))
    rows = [("merge", one["events"], one["users"], " + ".join(it["short_id"] for it in one["from"])[:60], one["title"][:80])
            for one in result["merges"]]  # fmt: skip
    for one in result["splits"]:
        into = ", ".join(f"{it['short_id'] or 'new'} ({it['events']})" for it in one["into"])
        rows.append(
            ("split", one["events"], sum(it["users"] for it in one["into"]), f"{one['short_id']} into {into}"[:60], one["title"][:80])
        )
    if rows:
        emit_lines(table(("", "events", "users", "issues", "title"), rows))


@app.command()
def apply(
    project: options.ProjectSlug,
    config: Changes = "{}",
    wait: Wait = 600.0,
    data: options.Data = None,
    as_json: options.AsJson = False,
) -> None:
    """Make the settings the project's and history's. Dagster does it, without it the pipeline: `seiche up` must run."""
    settings = options.installation(data)
    from seiche.registry import regroups
    from seiche.registry.engine import write

    engine = _engine(settings)
    with write(engine) as session:
        found = _project(session, project)
        now_us = time.time_ns() // 1000
        number = regroups.ask(session, found, regroups.APPLY, _changes(config), actor="cli", now_us=now_us).id
    _finish(engine, found.id, number, wait, as_json)


@app.command()
def undo(
    project: options.ProjectSlug, number: Number, wait: Wait = 600.0, data: options.Data = None, as_json: options.AsJson = False
) -> None:
    """Apply the settings that were before an applied regroup, and the map as it was."""
    settings = options.installation(data)
    from seiche.registry import regroups
    from seiche.registry.engine import write

    engine = _engine(settings)
    with write(engine) as session:
        found = _project(session, project)
        asked = regroups.undo(session, found, number, actor="cli", now_us=time.time_ns() // 1000).id
    _finish(engine, found.id, asked, wait, as_json)


@app.command()
def status(project: options.ProjectSlug, data: options.Data = None, as_json: options.AsJson = False) -> None:
    """The newest previews and applications, and how far they are."""
    settings = options.installation(data)
    from seiche.registry import regroups
    from seiche.registry.engine import read

    with read(_engine(settings)) as session:
        rows = [_shown(row) for row in regroups.listed(session, _project(session, project).id)]
    if as_json:
        emit_json(rows)
        return
    emit_lines(table(("id", "kind", "state", "events", "error"), [
        (row["id"], row["kind"], row["state"], f"{row['done']}/{row['total']}", row["error"][:60]) for row in rows
    ]))  # fmt: skip


@app.command()
def cancel(
    project: options.ProjectSlug,
    number: Number,
    data: options.Data = None,
) -> None:
    """Stop one before it switches; nothing is left behind."""
    settings = options.installation(data)
    from seiche.registry import regroups
    from seiche.registry.engine import write

    with write(_engine(settings)) as session:
        regroups.cancel(regroups.get(session, _project(session, project).id, number), now_us=time.time_ns() // 1000)
    say(f"regroup {number} is cancelled")


def _finish(engine: "sa.Engine", project_id: int, number: int, wait: float, as_json: bool) -> None:
    shown = _wait(engine, project_id, number, wait)
    emit_json(shown) if as_json else emit_lines([f"regroup {number} is {shown['state']}", *_facts(shown)])
    if shown["state"] in {"failed", "cancelled"}:
        raise typer.Exit(1)


def _wait(engine: "sa.Engine", project_id: int, number: int, seconds: float) -> dict[str, Any]:
    from seiche.registry import regroups
    from seiche.registry.engine import read

    give_up = time.monotonic() + seconds
    while True:
        with read(engine) as session:
            shown = _shown(regroups.get(session, project_id, number))
        if shown["state"] not in {"queued", "running", "switched"} or time.monotonic() > give_up:
            return shown
        time.sleep(POLL_SECONDS)


def _engine(settings: "Settings") -> "sa.Engine":
    from seiche.registry.migrate import upgrade
    from seiche.wiring import registry_engine

    upgrade(settings.registry_url)
    return registry_engine(settings.registry_url)


def _project(session: "Session", slug: str) -> "Project":
    import sqlalchemy as sa

    from seiche.registry import project_queries
    from seiche.registry.tables import Project

    return project_queries.find(session, session.scalars(sa.select(Project.id)).all(), slug)


def _changes(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise InvalidInput(f"--config is no JSON: {error}", reason="invalid_settings") from error
    if not isinstance(found, dict):
        raise InvalidInput("--config takes a JSON object", reason="invalid_settings")
    return found


def _shown(row: Any) -> dict[str, Any]:
    names = ("kind", "state", "config", "done", "total", "result", "error", "actor")
    return {"id": str(row.id), **{name: getattr(row, name) for name in names}}


def _facts(shown: dict[str, Any]) -> list[str]:
    return [f"{name.replace('_', ' ')}: {value}" for name, value in shown["result"].items() if isinstance(value, (int, bool))] + (
        [shown["error"]] if shown["error"] else []
    )


def _told(done: int, total: int) -> None:
    say(f"{done} of {total} events")
