"""What people and time do to issues; every change leaves an activity row with its actor and reason."""

from collections.abc import Collection
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from seiche.errors import InvalidInput, NotFound
from seiche.issues import lifecycle
from seiche.issues.lifecycle import Change, Releases, Standing
from seiche.issues.priority import priority
from seiche.issues.releases import is_older, newest
from seiche.model.issue import Ignoring, IssueStatus, IssueSubstatus, Priority, Resolution, ResolvedIn
from seiche.registry.release_tables import ReleaseCommit
from seiche.registry.tables import Activity, Issue, IssueFacet, Project, ReleaseRow

FACET_RELEASE = "release"
MOST_RELEASES = 1000
SYSTEM = "seiche"
AGE_CHUNK = 200
"""Issues a transaction: other writers get in between."""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody decided about an issue's status."""

    status: IssueStatus
    how: ResolvedIn = ResolvedIn.NOW
    this_release: bool = False
    """With RELEASE: the project's newest one."""
    release: str = ""
    commit: str = ""
    ignoring: Ignoring = Ignoring(at_us=0)
    """Its conditions; when and since which release it is ignored is filled in."""


def find(session: Session, issue_id: int) -> Issue:
    """An issue, locked. Raises `NotFound`."""
    issue = session.get(Issue, issue_id, with_for_update=True)
    if issue is None:
        raise NotFound(f"there is no issue {issue_id}")
    return issue


def change_status(session: Session, issue_id: int, status: IssueStatus, *, actor: str, reason: str, now_us: int) -> None:
    """Resolve, ignore or reopen without conditions. Raises `NotFound`."""
    decide(session, find(session, issue_id), Decision(status=status), actor=actor, reason=reason, now_us=now_us)


def decide(session: Session, issue: Issue, decision: Decision, *, actor: str, reason: str, now_us: int) -> None:
    """Resolve, ignore or reopen; deciding what is decided already changes nothing. Raises `InvalidInput`."""
    before = standing(issue)
    match decision.status:
        case IssueStatus.RESOLVED:
            after = lifecycle.resolved(before, _resolution(session, issue, decision, now_us))
        case IssueStatus.IGNORED:
            release = newest_of_project(session, issue.project_id) if decision.ignoring.next_release else ""
            after = lifecycle.ignored(before, msgspec.structs.replace(decision.ignoring, at_us=now_us, release=release))
        case IssueStatus.UNRESOLVED:
            after = lifecycle.reopened(before, at_us=now_us)
    if after is before:
        return
    apply(issue, after)
    data: dict[str, Any] = {"from": before.status.value, "to": after.status.value}
    if after.resolution is not None:
        data |= {"how": after.resolution.how.value, "release": after.resolution.release, "commit": after.resolution.commit}
    if after.ignoring is not None:
        data |= {"until": _conditions(after.ignoring)}
    record(session, issue, "status_changed", actor=actor, reason=reason, data=data, now_us=now_us)


def choose_priority(session: Session, issue: Issue, chosen: Priority | None, *, actor: str, reason: str, now_us: int) -> None:
    """A person's choice wins until it is taken back (None)."""
    before, by = issue.priority, issue.priority_by
    if chosen is None:
        issue.priority_by = ""
        refresh_priority(issue)
    else:
        issue.priority, issue.priority_by, issue.priority_reason = chosen.value, actor, f"set by {actor}"[:250]
    if (before, bool(by)) != (issue.priority, bool(issue.priority_by)):
        data = {"from": before, "to": issue.priority, "computed": chosen is None}
        record(session, issue, "priority_changed", actor=actor, reason=reason, data=data, now_us=now_us)


def refresh_priority(issue: Issue) -> None:
    """Computed anew, where nobody has chosen it."""
    if not issue.priority_by:
        found, why = priority(issue.level, unhandled=issue.unhandled, substatus=IssueSubstatus(issue.substatus))
        issue.priority, issue.priority_reason = found.value, why


def aging(session: Session, *, now_us: int) -> list[int]:
    """Issues that time has something to say about."""
    passing = [
        sa.and_(Issue.substatus == substatus.value, Issue.status_changed_at_us <= now_us - lasts_us)
        for substatus, lasts_us in lifecycle.PASSES_AFTER_US.items()
    ]
    return list(session.scalars(sa.select(Issue.id).where(sa.or_(Issue.ignored_until_us <= now_us, *passing)).order_by(Issue.id)))


def age(session: Session, issue_ids: Collection[int], *, now_us: int) -> list[tuple[Issue, Change]]:
    """What time does: new issues become ongoing, what was ignored until now comes back. Returns what changed."""
    changed: list[tuple[Issue, Change]] = []
    for issue in session.scalars(sa.select(Issue).where(Issue.id.in_(issue_ids)).order_by(Issue.id).with_for_update()):
        change = lifecycle.aged(standing(issue), at_us=now_us)
        if change is None:
            continue
        kind = "issue_unignored" if issue.status == IssueStatus.IGNORED.value else "issue_ongoing"
        before = issue.substatus
        apply(issue, change.standing)
        data = {"title": issue.title, "level": issue.level, "from": before}
        record(session, issue, kind, actor=SYSTEM, reason=change.reason, data=data, now_us=now_us)
        changed.append((issue, change))
    return changed


def record(session: Session, issue: Issue, kind: str, *, actor: str, reason: str, data: dict[str, Any], now_us: int) -> None:
    """An activity row."""
    session.add(Activity(project_id=issue.project_id, issue_id=issue.id, kind=kind, actor=actor, reason=reason, data=data, at_us=now_us))


def standing(issue: Issue) -> Standing:
    """What the lifecycle knows of a row."""
    resolution = None
    if issue.status == IssueStatus.RESOLVED.value:
        at_us = issue.status_changed_at_us if issue.resolved_at_us is None else issue.resolved_at_us
        how = ResolvedIn(issue.resolved_in or ResolvedIn.NOW)
        resolution = Resolution(at_us=at_us, how=how, release=issue.resolved_release, commit=issue.resolved_commit or "")
    ignoring = None
    if issue.status == IssueStatus.IGNORED.value:
        ignoring = msgspec.convert(issue.ignoring, Ignoring) if issue.ignoring else Ignoring(at_us=issue.status_changed_at_us)
    return Standing(
        status=IssueStatus(issue.status),
        substatus=IssueSubstatus(issue.substatus),
        changed_at_us=issue.status_changed_at_us,
        resolution=resolution,
        ignoring=ignoring,
    )


def apply(issue: Issue, after: Standing) -> None:
    """Write the lifecycle's answer into a row."""
    issue.status, issue.substatus, issue.status_changed_at_us = after.status.value, after.substatus.value, after.changed_at_us
    held = after.resolution
    issue.resolved_at_us = held.at_us if held else None
    issue.resolved_in, issue.resolved_release, issue.resolved_commit = (held.how.value, held.release, held.commit) if held else ("", "", "")
    issue.ignoring = msgspec.to_builtins(after.ignoring) if after.ignoring else None
    issue.ignored_until_us = after.ignoring.until_us if after.ignoring else None
    refresh_priority(issue)


def newest_release(session: Session, issue: Issue) -> str:
    """The newest release that the issue was seen in."""
    chosen = sa.select(IssueFacet.value).where(IssueFacet.issue_id == issue.id, IssueFacet.facet == FACET_RELEASE, IssueFacet.value != "")
    releases = list(session.scalars(chosen))
    return newest(releases, first_seen(session, issue.project_id, releases))


def newest_of_project(session: Session, project_id: int) -> str:
    """The newest release of the project; "" where none was ever named."""
    known = recent_releases(session, project_id)
    return newest(known, known)


def recent_releases(session: Session, project_id: int, since_us: int = -1) -> dict[str, int]:
    """The project's releases with when each was first seen, the latest 1,000 at most."""
    chosen = sa.select(ReleaseRow.version, ReleaseRow.first_seen_us).where(ReleaseRow.project_id == project_id)
    rows = session.execute(chosen.where(ReleaseRow.first_seen_us > since_us).order_by(ReleaseRow.first_seen_us.desc()).limit(MOST_RELEASES))
    return {row.version: row.first_seen_us for row in rows}


def first_seen(session: Session, project_id: int, releases: list[str]) -> dict[str, int]:
    """When the project first saw these releases."""
    chosen = sa.select(ReleaseRow.version, ReleaseRow.first_seen_us).where(ReleaseRow.project_id == project_id)
    rows = session.execute(chosen.where(ReleaseRow.version.in_(releases[:MOST_RELEASES])))
    return {row.version: row.first_seen_us for row in rows}


def releases_for(session: Session, issue: Issue, held: Resolution | Ignoring, seen: Collection[str]) -> Releases:
    """What the lifecycle asks about releases, for events of the releases `seen`."""
    known = first_seen(session, issue.project_id, sorted({held.release, *seen} - {""}))
    newer_at_us = None
    waits = held.next_release if isinstance(held, Ignoring) else held.how in {ResolvedIn.NEXT_RELEASE, ResolvedIn.COMMIT}
    if waits and held.release:
        since = recent_releases(session, issue.project_id, held.at_us)
        newer = [at_us for name, at_us in since.items() if is_older(held.release, name, since | known) is not False]
        newer_at_us = min(newer, default=None)
    fixed_in = _holding(session, issue.project_id, held.commit) if isinstance(held, Resolution) and held.commit else ""
    if fixed_in:
        known |= first_seen(session, issue.project_id, [fixed_in])
    return Releases(first_seen_us=known, newer_at_us=newer_at_us, fixed_in=fixed_in)


def _holding(session: Session, project_id: int, commit: str) -> str:
    """The first release of the project that holds a commit, as far as release commits say; "" where none does."""
    chosen = (
        sa.select(ReleaseRow.version, ReleaseRow.first_seen_us)
        .join(ReleaseCommit, ReleaseCommit.version == ReleaseRow.version)
        .join(Project, sa.and_(Project.id == ReleaseRow.project_id, Project.organization_id == ReleaseCommit.organization_id))
        .where(ReleaseRow.project_id == project_id, ReleaseCommit.commit_id.startswith(commit, autoescape=True))
        .order_by(ReleaseRow.first_seen_us)
        .limit(MOST_RELEASES)
    )
    seen = {row.version: row.first_seen_us for row in session.execute(chosen)}
    found = ""
    for version in seen:
        if not found or is_older(version, found, seen):
            found = version
    return found


def _resolution(session: Session, issue: Issue, decision: Decision, now_us: int) -> Resolution:
    match decision.how:
        case ResolvedIn.NOW:
            release = newest_release(session, issue)
        case ResolvedIn.RELEASE if not decision.this_release:
            release = decision.release
            if not release:
                raise InvalidInput("resolving in a release takes the release's name", reason="no_release")
        case _:
            release = newest_of_project(session, issue.project_id)
            if decision.this_release and not release:
                raise InvalidInput("no event of this project has named a release yet: resolve it now instead", reason="no_release")
    if decision.how == ResolvedIn.COMMIT and not decision.commit:
        raise InvalidInput("resolving by a commit takes its hash", reason="no_commit")
    return Resolution(at_us=now_us, how=decision.how, release=release, commit=decision.commit if decision.how == ResolvedIn.COMMIT else "")


def _conditions(ignoring: Ignoring) -> dict[str, Any]:
    """Those that are set, for people."""
    found: dict[str, Any] = msgspec.to_builtins(ignoring)
    return {name: value for name, value in found.items() if value and name != "at_us"}
