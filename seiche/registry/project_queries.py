"""Projects as people see and change them: summaries, settings, keys, outcome counts."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from seiche.errors import NotFound
from seiche.model.outcome import Outcome
from seiche.model.project import ProjectConfig
from seiche.registry.tables import DuplicateRow, Issue, OutcomeCount, Project, ProjectConfigRow, ProjectKeyRow

EVENTS = "error"
"""The category that the sum of events is about; other items have their own."""


@dataclass(frozen=True)
class Settled:
    """One series of the accounting: how many events met an outcome in one hour."""

    hour: int
    """Epoch seconds."""
    outcome: str
    reason: str
    quantity: int


def find(session: Session, allowed: Collection[int], slug: str) -> Project:
    """A project the caller may see. Raises `NotFound` for a foreign one and for none alike."""
    project = session.scalar(sa.select(Project).where(Project.slug == slug, Project.id.in_(allowed)))
    if project is None:
        raise NotFound(f"there is no project {slug[:64]!r}")
    return project


def listed(session: Session, allowed: Collection[int]) -> Sequence[Project]:
    """By name."""
    return session.scalars(sa.select(Project).where(Project.id.in_(allowed)).order_by(sa.func.lower(Project.name), Project.id)).all()


def unresolved(session: Session, project_ids: Collection[int]) -> dict[int, int]:
    """Unresolved issues of each project that has some."""
    chosen = sa.select(Issue.project_id, sa.func.count()).where(Issue.project_id.in_(project_ids), Issue.status == "unresolved")
    return {row[0]: row[1] for row in session.execute(chosen.group_by(Issue.project_id))}


def config(session: Session, project: Project) -> ProjectConfig:
    """The configuration in force."""
    row = session.get_one(ProjectConfigRow, (project.id, project.config_version))
    return msgspec.convert(row.config, ProjectConfig)


def change_config(session: Session, project: Project, changes: dict[str, Any], *, now_us: int) -> ProjectConfig:
    """Write the next version. The one before stays as it is: records in the log are pinned to it."""
    current = config(session, project)
    changed = msgspec.structs.replace(current, **changes)
    if changed == current:
        return current
    if changed.grouping_version != current.grouping_version:
        before = dict.fromkeys((current.grouping_version, *current.grouping_earlier))
        earlier = tuple([version for version in before if version != changed.grouping_version])
        changed = msgspec.structs.replace(changed, grouping_earlier=earlier)
    changed = msgspec.structs.replace(changed, version=project.config_version + 1)
    session.add(ProjectConfigRow(project_id=project.id, version=changed.version, config=msgspec.to_builtins(changed), created_at_us=now_us))
    project.config_version = changed.version
    return changed


def keys(session: Session, project_id: int) -> Sequence[ProjectKeyRow]:
    """Oldest first."""
    chosen = sa.select(ProjectKeyRow).where(ProjectKeyRow.project_id == project_id)
    return session.scalars(chosen.order_by(ProjectKeyRow.created_at_us, ProjectKeyRow.public_key)).all()


def add_key(session: Session, project_id: int, label: str, *, now_us: int) -> ProjectKeyRow:
    """A new, active key."""
    key = ProjectKeyRow(public_key=secrets.token_hex(16), project_id=project_id, label=label, active=True, limits=[], created_at_us=now_us)
    session.add(key)
    return key


def find_key(session: Session, project_id: int, public_key: str) -> ProjectKeyRow:
    """A key of this project. Raises `NotFound`."""
    key = session.get(ProjectKeyRow, public_key)
    if key is None or key.project_id != project_id:
        raise NotFound(f"the project has no key {public_key[:32]!r}")
    return key


def settled(session: Session, project_id: int, since_minute: int) -> list[Settled]:
    """Receipts and refusals since a minute, by the hour; what was stored is counted where it is. SDKs' own discards are outside the sum."""
    hour = OutcomeCount.minute // sa.literal_column("60", sa.Integer)
    chosen = (
        sa.select(hour, OutcomeCount.outcome, OutcomeCount.reason, sa.func.sum(OutcomeCount.quantity))
        .where(OutcomeCount.project_id == project_id, OutcomeCount.minute >= since_minute, OutcomeCount.category == EVENTS)
        .where(OutcomeCount.outcome.not_in((Outcome.STORED, Outcome.DUPLICATE)))
        .group_by(hour, OutcomeCount.outcome, OutcomeCount.reason)
    )
    return [Settled(int(at) * 3600, outcome, reason, int(quantity)) for at, outcome, reason, quantity in session.execute(chosen)]


def received_since(session: Session, project_id: int, minute: int) -> int:
    """Receipts from a minute on."""
    chosen = sa.select(sa.func.sum(OutcomeCount.quantity)).where(OutcomeCount.project_id == project_id, OutcomeCount.minute >= minute)
    return int(session.scalar(chosen.where(OutcomeCount.outcome == "received", OutcomeCount.category == EVENTS)) or 0)


def duplicates(session: Session, project_id: int, since_us: int) -> dict[int, int]:
    """Events that repeat an earlier one, by the hour (epoch seconds) of arrival."""
    hour = DuplicateRow.received_at_us // sa.literal_column("3600000000", sa.BigInteger)
    chosen = sa.select(hour, sa.func.count()).where(DuplicateRow.project_id == project_id, DuplicateRow.received_at_us >= since_us)
    return {int(at) * 3600: number for at, number in session.execute(chosen.group_by(hour))}
