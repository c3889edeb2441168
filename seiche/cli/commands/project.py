"""`seiche project`: making projects."""

from typing import Annotated

import typer

from seiche.cli import options
from seiche.cli.output import emit_json, emit_lines

app = typer.Typer(help="Projects: what a DSN leads to.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Projects: what a DSN leads to."""


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What people call it; the slug is made from it.")],
    platform: Annotated[str, typer.Option(help="What it is written in, such as python or javascript.")] = "other",
    data: options.Data = None,
    as_json: options.AsJson = False,
) -> None:
    """Make a project and print its DSN. Works while `seiche up` runs."""
    settings = options.installation(data)
    from seiche.registry.migrate import upgrade
    from seiche.registry.projects import create_project, dsn
    from seiche.wiring import public_url, registry_engine

    upgrade(settings.registry_url)
    made = create_project(registry_engine(settings.registry_url), name, platform=platform)
    address = dsn(public_url(settings), made.public_key, made.id)
    if as_json:
        emit_json({"id": str(made.id), "slug": made.slug, "name": made.name, "platform": platform, "dsn": address})
    else:
        emit_lines([f"project  {made.slug}", f"DSN      {address}"])
