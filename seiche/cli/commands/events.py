"""`seiche events`: stored events as JSON lines, and erasing what they say of a person."""

import sys
from typing import Annotated

import typer

from seiche.cli import options
from seiche.cli.caller import whole_caller
from seiche.cli.output import emit_json, emit_lines, table

app = typer.Typer(help="Stored events.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Stored events."""


@app.command()
def export(
    project: options.ProjectSlug,
    data: options.Data = None,
    since: Annotated[str, typer.Option(help="Only events received at or after this time, such as 2026-11-24T10:00:00Z.")] = "",
) -> None:
    """One JSON line per stored event, from silver, with the issue that it belongs to now. Repeats are left out."""
    settings = options.installation(data)
    import msgspec

    from seiche.cli.export import moment, rows

    encode = msgspec.json.Encoder().encode
    for row in rows(settings, project, moment(since)):
        sys.stdout.buffer.write(encode(row) + b"\n")
    sys.stdout.buffer.flush()


@app.command()
def erase(
    project: options.ProjectSlug,
    user: Annotated[str, typer.Option(help="id:42, email:ada@example.org, username:ada or ip_address:203.0.113.9.")] = "",
    event: Annotated[list[str] | None, typer.Option(help="The id of an event; may be given several times.")] = None,
    data: options.Data = None,
    as_json: options.AsJson = False,
) -> None:
    """Empty a person's events, or these, in every table, for good; counts stay. It is done while `seiche up` runs."""
    api, caller = whole_caller(options.installation(data))
    from query_api.protection import erasure
    from query_api.protection.schemas import ErasureRequest

    found = erasure.ask(api, caller, project, ErasureRequest(user=user, event_ids=event or []))
    if as_json:
        emit_json(found.model_dump(mode="json"))
    else:
        emit_lines([f"erasure {found.id} is queued: `seiche events erasures --project {project}` says how far it is"])


@app.command()
def erasures(project: options.ProjectSlug, data: options.Data = None, as_json: options.AsJson = False) -> None:
    """What was asked to be erased, newest first, and how far it is."""
    api, caller = whole_caller(options.installation(data))
    from query_api.protection import erasure

    rows = erasure.listed(api, caller.scope, project).items
    if as_json:
        emit_json([row.model_dump(mode="json") for row in rows])
        return
    shown = [(row.id, row.state, row.about, row.events, row.files, row.feedback, row.hours_left, row.actor) for row in rows]
    emit_lines(table(("erasure", "state", "about", "events", "files", "feedback", "hours left", "asked by"), shown))
