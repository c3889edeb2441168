"""What people and time do to issues; every change leaves an activity row."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from seiche.errors import NotFound
from seiche.issues import lifecycle
from seiche.issues.lifecycle import Standing
from seiche.issues.releases import newest
from seiche.model.issue import IssueStatus, IssueSubstatus
from seiche.registry.tables import Activity, Issue, IssueFacet, ReleaseRow

FACET_RELEASE = "release"


def change_status(session: Session, issue_id: int, status: IssueStatus, *, actor: str, reason: str, now_us: int) -> None:
    """Resolve, ignore or reopen; deciding what is decided already changes nothing. Raises `NotFound`."""
    issue = session.get(Issue, issue_id, with_for_update=True)
    if issue is None:
        raise NotFound(f"there is no issue {issue_id}")
    before = standing(issue)
    release = newest_release(session, issue) if status == IssueStatus.RESOLVED else ""
    after = lifecycle.decided(before, status, at_us=now_us, newest_release=release)
    if after is before:
        return
    apply(issue, after)
    data = {"from": before.status.value, "to": after.status.value}
    session.add(
        Activity(
            project_id=issue.project_id,
            issue_id=issue.id,
            kind="status_changed",
            actor=actor,
            reason=reason,
            data=data | ({"release": release} if release else {}),
            at_us=now_us,
        )
    )


def age(session: Session, *, now_us: int) -> None:
    """What has been new for seven days is ongoing."""
    session.execute(
        sa.update(Issue)
        .where(Issue.substatus == IssueSubstatus.NEW.value, Issue.status_changed_at_us <= now_us - lifecycle.NEW_FOR_US)
        .values(substatus=IssueSubstatus.ONGOING.value)
    )


def standing(issue: Issue) -> Standing:
    """What the lifecycle knows of a row."""
    return Standing(
        status=IssueStatus(issue.status),
        substatus=IssueSubstatus(issue.substatus),
        changed_at_us=issue.status_changed_at_us,
        resolved_at_us=issue.resolved_at_us,
        resolved_release=issue.resolved_release,
    )


def apply(issue: Issue, after: Standing) -> None:
    """Write the lifecycle's answer into a row."""
    issue.status, issue.substatus = after.status.value, after.substatus.value
    issue.status_changed_at_us, issue.resolved_at_us, issue.resolved_release = (
        after.changed_at_us,
        after.resolved_at_us,
        after.resolved_release,
    )


def newest_release(session: Session, issue: Issue) -> str:
    """The newest release that the issue was seen in."""
    chosen = sa.select(IssueFacet.value).where(IssueFacet.issue_id == issue.id, IssueFacet.facet == FACET_RELEASE, IssueFacet.value != "")
    releases = list(session.scalars(chosen))
    return newest(releases, first_seen(session, issue.project_id, releases))


def first_seen(session: Session, project_id: int, releases: list[str]) -> dict[str, int]:
    """When the project first saw these releases."""
    chosen = sa.select(ReleaseRow.version, ReleaseRow.first_seen_us).where(ReleaseRow.project_id == project_id)
    rows = session.execute(chosen.where(ReleaseRow.version.in_(releases[:1000])))
    return {row.version: row.first_seen_us for row in rows}
