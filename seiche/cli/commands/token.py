"""`seiche token`: API tokens."""

from typing import Annotated

import typer

from seiche.cli import options
from seiche.cli.output import emit_json, emit_lines

app = typer.Typer(help="API tokens, for `Authorization: Bearer`.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """API tokens, for `Authorization: Bearer`."""


@app.command()
def create(
    label: Annotated[str, typer.Option(help="What it is for; shown as the actor of its changes.")] = "cli",
    data: options.Data = None,
    as_json: options.AsJson = False,
) -> None:
    """Make an API token and print it: it is stored as a hash only and cannot be shown again."""
    settings = options.installation(data)
    from seiche.registry.migrate import upgrade
    from seiche.registry.projects import create_token
    from seiche.wiring import registry_engine

    upgrade(settings.registry_url)
    token = create_token(registry_engine(settings.registry_url), label)
    if as_json:
        emit_json({"token": token, "label": label})
    else:
        emit_lines([token])
