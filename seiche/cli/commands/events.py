"""`seiche events`: stored events as JSON lines."""

import sys
from typing import Annotated

import typer

from seiche.cli import options

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
