"""What may be like an issue: a bounded look at its project, and what grouping knows of these issues' stacks."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from seiche.grouping.near import Member
from seiche.grouping.v2 import VERSION
from seiche.registry.grouping import members_of
from seiche.registry.tables import FingerprintRow, Issue

MOST_CANDIDATES = 100
MOST_MEMBERS = 400


def candidates(session: Session, issue: Issue) -> list[Issue]:
    """Issues of the same project with its type, its culprit or its culprit's module, newest first."""
    same = [Issue.type == issue.type] if issue.type else [Issue.title == issue.title]
    if issue.culprit:
        module = issue.culprit.rpartition(".")[0]
        same += [Issue.culprit == issue.culprit, *([Issue.culprit.startswith(f"{module}.", autoescape=True)] if module else [])]
    chosen = sa.select(Issue).where(Issue.project_id == issue.project_id, Issue.id != issue.id, sa.or_(*same))
    return list(session.scalars(chosen.order_by(Issue.last_seen_us.desc(), Issue.id).limit(MOST_CANDIDATES)))


def members(session: Session, project_id: int, issue_ids: Sequence[int]) -> list[Member]:
    """What the near-duplicate step knows of these issues."""
    chosen = sa.select(FingerprintRow.fingerprint).where(FingerprintRow.project_id == project_id, FingerprintRow.issue_id.in_(issue_ids))
    return members_of(session, project_id, VERSION, list(session.scalars(chosen.limit(MOST_MEMBERS))))
