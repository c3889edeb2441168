"""Options that many commands share, and the settings they lead to."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from seiche.settings import Settings

Data = Annotated[
    Path | None,
    typer.Option("--data", help="The folder that holds everything (default: SEICHE_DATA, else var/seiche).", show_default=False),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON in place of columns.")]
ProjectSlug = Annotated[str, typer.Option("--project", help="The project's slug.")]


def settings_of(data: Path | None, **flags: Any) -> "Settings":
    """Flags, then SEICHE_* variables, then DATA/seiche.toml, then defaults; DATA as an absolute path without links."""
    from seiche.settings import load_settings

    found = load_settings(data=data, **flags)
    return found.model_copy(update={"data": found.data.resolve()})


def installation(data: Path | None, **flags: Any) -> "Settings":
    """Settings of a data directory that `seiche up` has made. Raises `ConfigurationError` where there is none."""
    from seiche.errors import ConfigurationError

    settings = settings_of(data, **flags)
    if settings.profile == "embedded" and not (settings.data / "secrets.json").exists():
        raise ConfigurationError(f"{settings.data} holds no installation: start `seiche up --data {settings.data}` once, it makes one")
    return settings
