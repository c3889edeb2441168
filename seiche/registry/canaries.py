"""Seiche's own project, and the canaries that were sent to it."""

import secrets
import time
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from seiche.model.canary import AFTER, OWN_PROJECT, OWN_SLUG, Canary
from seiche.model.project import ProjectConfig
from seiche.registry.canary_tables import CanaryRow
from seiche.registry.engine import read, write
from seiche.registry.tables import Organization, Project, ProjectConfigRow, ProjectKeyRow

OWN_ORGANIZATION = 0
KEPT_US = 86_400_000_000
"""Of their times. The events have the retention of a new project: another would rewrite every hour and day for a few rows."""
MOST = 60
"""How many of the newest are looked at."""


def own_key(engine: sa.Engine) -> str:
    """The public key of Seiche's own project, which is made at the first call. Nobody is a member of its organization; it has no rule."""
    found = _key(engine)
    if found is not None:
        return found
    key, now_us = secrets.token_hex(16), time.time_ns() // 1000
    config = ProjectConfig(grouping_near=False)
    try:
        with write(engine) as session:
            session.add(Organization(id=OWN_ORGANIZATION, slug=OWN_SLUG, name="Seiche itself", created_at_us=now_us))
            session.flush()
            # Its id is given, so that people's first project still is 1.
            session.add(
                Project(
                    id=OWN_PROJECT, organization_id=OWN_ORGANIZATION, slug=OWN_SLUG, name="Canary", platform="other", created_at_us=now_us
                )
            )
            session.flush()
            session.add_all(
                [
                    ProjectConfigRow(project_id=OWN_PROJECT, version=1, config=msgspec.to_builtins(config), created_at_us=now_us),
                    ProjectKeyRow(public_key=key, project_id=OWN_PROJECT, label="Canary", created_at_us=now_us),
                ]
            )
    except IntegrityError:  # another process was first
        return _key(engine) or key
    return key


def save(engine: sa.Engine, canary: Canary) -> None:
    """As far as it has come; those that are a day older are forgotten."""
    with write(engine) as session:
        session.merge(CanaryRow(event_id=canary.event_id, sent_at_us=canary.sent_at_us, hops=dict(canary.hops), problem=canary.problem))
        session.execute(sa.delete(CanaryRow).where(CanaryRow.sent_at_us < canary.sent_at_us - KEPT_US))


def newest(engine: sa.Engine, *, most: int = MOST) -> Sequence[Canary]:
    """In the order of their sending, oldest first."""
    with read(engine) as session:
        rows = session.scalars(sa.select(CanaryRow).order_by(CanaryRow.sent_at_us.desc()).limit(most)).all()
    return [Canary(row.event_id, row.sent_at_us, _hops(row.hops), row.problem) for row in reversed(rows)]


def _hops(found: dict[str, int | None]) -> dict[str, int | None]:
    """In the order of the line: JSON objects have none on Postgres."""
    return {hop: found[hop] for hop in AFTER if hop in found}


def _key(engine: sa.Engine) -> str | None:
    with read(engine) as session:
        return session.scalar(sa.select(ProjectKeyRow.public_key).where(ProjectKeyRow.project_id == OWN_PROJECT, ProjectKeyRow.active))
