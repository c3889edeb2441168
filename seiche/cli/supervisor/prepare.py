"""The data directory: made at the first start, brought up to date at every other one."""

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seiche.cli.supervisor.files import replace_json
from seiche.errors import ConfigurationError

if TYPE_CHECKING:
    from seiche.settings import Settings

ADMIN_EMAIL = "admin@seiche.local"


def make_directory(data: Path) -> None:
    """DATA for its owner alone. Raises `ConfigurationError` where it cannot be used."""
    try:
        made = not data.exists()
        data.mkdir(parents=True, exist_ok=True)
        if made:
            data.chmod(0o700)
        for name in ("run", "logs", "log"):
            (data / name).mkdir(exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"{data} cannot be used ({error.strerror}): choose a folder that this user may write, by --data"
        ) from error
    if not os.access(data, os.W_OK | os.X_OK):
        raise ConfigurationError(f"{data} may not be written by this user: change its owner, or choose another --data")


def make_secrets(data: Path) -> dict[str, Any]:
    """DATA/secrets.json, mode 600: generated once, never changed."""
    from seiche.wiring import read_run_file

    path = data / "secrets.json"
    found = read_run_file(path)
    if not found:
        found = {
            "olap_password": secrets.token_urlsafe(24),
            "session_secret": secrets.token_urlsafe(32),
            "admin_email": ADMIN_EMAIL,
            "admin_password": secrets.token_urlsafe(12),
        }
        replace_json(path, found, mode=0o600)
    path.chmod(0o600)
    return found


def make_registry(settings: "Settings", account: dict[str, Any], *, demo: str = "") -> list[dict[str, str]]:
    """Newest schema, first organization and owner, the demo's project if asked for; returns every project's slug, id and key."""
    import sqlalchemy as sa

    from seiche.model.canary import OWN_PROJECT
    from seiche.registry.engine import read
    from seiche.registry.migrate import upgrade
    from seiche.registry.projects import bootstrap, create_project
    from seiche.registry.tables import Project, ProjectKeyRow
    from seiche.wiring import registry_engine

    upgrade(settings.registry_url)
    engine = registry_engine(settings.registry_url)
    bootstrap(engine, admin_email=account["admin_email"], admin_password=account["admin_password"])
    chosen = (
        sa.select(Project.id, Project.slug, sa.func.min(ProjectKeyRow.public_key).label("key"))
        .join(ProjectKeyRow, sa.and_(ProjectKeyRow.project_id == Project.id, ProjectKeyRow.active))
        .where(Project.id != OWN_PROJECT)
        .group_by(Project.id, Project.slug)
        .order_by(Project.id)
    )
    with read(engine) as session:
        found = [{"id": str(row.id), "slug": row.slug, "key": row.key} for row in session.execute(chosen)]
    if demo and demo not in {project["slug"] for project in found}:
        made = create_project(engine, "Demo shop", platform="python", slug=demo)
        found.append({"id": str(made.id), "slug": made.slug, "key": made.public_key})
    engine.dispose()
    return found
