"""A project's ownership rules: kept as written, read where issues are assigned and owners are suggested."""

from collections.abc import Collection
from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy.orm import Session

from seiche.issues.ownership import Rule, parse
from seiche.registry.lifecycle_tables import Ownership


def of_project(session: Session, project_id: int) -> Ownership | None:
    """As they were last saved."""
    return session.get(Ownership, project_id)


def save(session: Session, project_id: int, rules: str, *, auto_assign: bool, actor: str, now_us: int) -> Ownership:
    """Replace them."""
    row = session.get(Ownership, project_id)
    if row is None:
        row = Ownership(project_id=project_id)
        session.add(row)
    row.rules, row.auto_assign, row.updated_by, row.updated_at_us = rules, auto_assign, actor, now_us
    session.flush()
    return row


def assigning(session: Session, project_ids: Collection[int]) -> dict[int, tuple[Rule, ...]]:
    """The rules of the projects whose new issues are assigned."""
    chosen = sa.select(Ownership).where(Ownership.project_id.in_(project_ids), Ownership.auto_assign, Ownership.rules != "")
    return {row.project_id: read_rules(row.rules) for row in session.scalars(chosen)}


@lru_cache(maxsize=256)
def read_rules(text: str) -> tuple[Rule, ...]:
    """Those that are right: a member or team that has gone since is skipped where it is looked up."""
    return parse(text)[0]
