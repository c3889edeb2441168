"""One event of our own, from POST to issue, with the time that it took."""

import json
import time
import urllib.request
import uuid
from typing import TYPE_CHECKING

import sqlalchemy as sa

from seiche.cli.checks.check import Finding, fail, ok
from seiche.errors import NotFound
from seiche.registry.engine import read
from seiche.registry.tables import Issue, Project, ProjectKeyRow
from seiche.wiring import read_run_file, registry_engine

if TYPE_CHECKING:
    from seiche.settings import Settings

LIMIT_SECONDS = 15.0


def round_trip(settings: "Settings", slug: str) -> Finding:
    """Send a message to a project and wait until its issue is in the registry. Raises `NotFound`, `OSError`."""
    engine = registry_engine(settings.registry_url)
    with read(engine) as session:
        chosen = sa.select(Project.id, ProjectKeyRow.public_key).join(ProjectKeyRow, ProjectKeyRow.project_id == Project.id)
        found = session.execute(chosen.where(Project.slug == slug, ProjectKeyRow.active)).first()
    if found is None:
        raise NotFound(f"there is no project {slug!r} with an active key")
    event_id = uuid.uuid4().hex
    event = {"event_id": event_id, "level": "info", "message": "a test event of `seiche doctor`", "logger": "seiche.doctor"}
    url = f"{read_run_file(settings.run_dir / 'endpoints.json').get('web')}/api/{found.id}/store/"
    headers = {"Content-Type": "application/json", "X-Sentry-Auth": f"Sentry sentry_version=7, sentry_key={found.public_key}"}
    began = time.monotonic()
    request = urllib.request.Request(url, data=json.dumps(event).encode(), headers=headers, method="POST")  # noqa: S310 - our own address
    with urllib.request.urlopen(request, timeout=LIMIT_SECONDS):  # noqa: S310 - our own address
        accepted = time.monotonic() - began
    while time.monotonic() - began < LIMIT_SECONDS:
        with read(engine) as session:
            if session.scalar(sa.select(Issue.id).where(Issue.project_id == found.id, Issue.last_event_id == event_id)):
                return ok("round trip", f"accepted after {1000 * accepted:.0f} ms, an issue after {time.monotonic() - began:.2f} s")
        time.sleep(0.05)
    return fail(
        "round trip", f"accepted, but no issue after {LIMIT_SECONDS:g} s", "`seiche status`: is alerts running, and how far behind is it?"
    )
