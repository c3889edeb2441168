"""An issue is the sum of its fingerprints: making, and adding up again, issue rows and facets from the totals of fingerprints."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from seiche.errors import InvalidInput
from seiche.registry.engine import WITH_MERGED
from seiche.registry.regroup_tables import MOVED, TOTALED, FingerprintFacet, FingerprintTotal
from seiche.registry.tables import FingerprintRow, Issue, IssueFacet, Project


def add_up(session: Session, issue_ids: Sequence[int], heirs: Mapping[int, int]) -> None:
    """Make these issues what their fingerprints say; one without any is a redirect to its heir, one that got some is none any more."""
    issues = session.scalars(sa.select(Issue).where(Issue.id.in_(issue_ids)), execution_options=WITH_MERGED).all()
    for issue in issues:
        rows = _totals(session, issue.id)
        owned = session.scalar(_owned(issue.id))
        issue.merged_into = None if owned or issue.id not in heirs else heirs[issue.id]
        if rows:
            for name, value in summed(rows).items():
                setattr(issue, name, value)
        _facets(session, issue.id)
    session.flush()


def _owned(issue_id: int) -> sa.Select[int]:
    """How many fingerprints lead to an issue: those of moves that were undone are empty, and lead nowhere."""
    same = sa.and_(FingerprintTotal.project_id == FingerprintRow.project_id, FingerprintTotal.fingerprint == FingerprintRow.fingerprint)
    counts = sa.or_(FingerprintRow.rule != MOVED, sa.exists().where(same))
    return sa.select(sa.func.count()).select_from(FingerprintRow).where(FingerprintRow.issue_id == issue_id, counts)


def summed(rows: Sequence[Any]) -> dict[str, Any]:
    """The columns of an issue that has these totals (or what has their columns): named by its earliest, as of its latest event."""
    by_age = sorted(rows, key=lambda row: (row.first_partition, row.first_offset))
    latest = max(rows, key=lambda row: (row.last_partition, row.last_offset))
    found = {name: getattr(by_age[0], name) for name in TOTALED}
    found |= {name: getattr(latest, name) for name in ("level", "last_partition", "last_offset", "last_event_id")}
    found |= {
        "count": sum(row.count for row in rows),
        "first_seen_us": min(row.first_seen_us for row in rows),
        "last_seen_us": max(row.last_seen_us for row in rows),
        "first_release": next((row.first_release for row in by_age if row.first_release), ""),
    }
    by_recency = sorted(rows, key=lambda row: (row.last_partition, row.last_offset), reverse=True)
    return found | {"last_release": next((row.last_release for row in by_recency if row.last_release), "")}


def new_issue(session: Session, project: Project, fingerprints: Sequence[str], *, now_us: int) -> Issue:
    """A new, numbered issue that these fingerprints will make up. Raises `InvalidInput` where they have seen no event."""
    chosen = sa.select(FingerprintTotal).where(FingerprintTotal.project_id == project.id, FingerprintTotal.fingerprint.in_(fingerprints))
    rows = session.scalars(chosen).all()
    if not rows:
        raise InvalidInput("these fingerprints have no events: there is nothing to make an issue of", reason="no_events")
    return make_issue(session, project, summed(rows), now_us=now_us)


def make_issue(session: Session, project: Project, columns: Mapping[str, Any], *, now_us: int) -> Issue:
    """A row of these columns, the project's next number, unresolved."""
    issue = Issue(
        project_id=project.id,
        number=project.next_issue_number,
        status="unresolved",
        substatus="ongoing",
        status_changed_at_us=now_us,
        resolved_release="",
        created_at_us=now_us,
        **columns,
    )
    project.next_issue_number += 1
    session.add(issue)
    session.flush()
    return issue


def _totals(session: Session, issue_id: int) -> list[FingerprintTotal]:
    same = sa.and_(FingerprintRow.project_id == FingerprintTotal.project_id, FingerprintRow.fingerprint == FingerprintTotal.fingerprint)
    chosen = sa.select(FingerprintTotal).join(FingerprintRow, same).where(FingerprintRow.issue_id == issue_id, FingerprintTotal.count > 0)
    return list(session.scalars(chosen))


def _facets(session: Session, issue_id: int) -> None:
    """One statement: an issue's facets are the sums of its fingerprints'."""
    session.execute(sa.delete(IssueFacet).where(IssueFacet.issue_id == issue_id))
    same = sa.and_(FingerprintRow.project_id == FingerprintFacet.project_id, FingerprintRow.fingerprint == FingerprintFacet.fingerprint)
    chosen = (
        sa.select(
            sa.literal(issue_id),
            FingerprintFacet.facet,
            FingerprintFacet.value,
            sa.func.sum(FingerprintFacet.count),
            sa.func.min(FingerprintFacet.first_seen_us),
            sa.func.max(FingerprintFacet.last_seen_us),
        )
        .join(FingerprintRow, same)
        .where(FingerprintRow.issue_id == issue_id, FingerprintFacet.count > 0)
        .group_by(FingerprintFacet.facet, FingerprintFacet.value)
    )
    names = ["issue_id", "facet", "value", "count", "first_seen_us", "last_seen_us"]
    session.execute(sa.insert(IssueFacet).from_select(names, chosen))
