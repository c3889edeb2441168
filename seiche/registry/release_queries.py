"""Releases as their makers and events tell of them: created, committed to, deployed, seen."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from seiche.errors import NotFound
from seiche.registry import upsert
from seiche.registry.release_tables import DeployRow, ReleaseCommit, ReleaseInfo
from seiche.registry.tables import Issue, IssueFacet, ReleaseRow

RELEASES_LIMIT = 1000
"""Of one list: older ones are found by their name."""


@dataclass(frozen=True)
class Release:
    """One release of some projects, with what events say of it."""

    version: str
    project_ids: tuple[int, ...]
    created_at_us: int
    """When it was created, or when an event first named it."""
    status: str = "open"
    url: str = ""
    ref: str = ""
    started_at_us: int | None = None
    released_at_us: int | None = None
    first_event_us: int | None = None
    last_event_us: int | None = None
    events: int = 0
    new_issues: int = 0
    new_issues_of: Mapping[int, int] = field(default_factory=dict)
    """project id -> issues whose first event is of this release."""
    commits: int = 0
    last_commit: str = ""
    deploys: int = 0
    last_deploy: DeployRow | None = None


def save(session: Session, organization_id: int, version: str, project_ids: Collection[int], *, now_us: int, **given: Any) -> None:
    """Create a release, or change the given columns of it; projects are added, never taken away."""
    row = {"organization_id": organization_id, "version": version, "refs": [], "created_at_us": now_us}
    upsert.add_once(session, ReleaseInfo, [row])
    changes = {name: value for name, value in given.items() if value is not None}
    if changes:
        own = (ReleaseInfo.organization_id == organization_id, ReleaseInfo.version == version)
        session.execute(sa.update(ReleaseInfo).where(*own).values(**changes))
    seen = [{"project_id": project_id, "version": version, "first_seen_us": now_us} for project_id in sorted(project_ids)]
    upsert.add_once(session, ReleaseRow, seen)


def find(session: Session, organization_id: int, project_ids: Collection[int], version: str) -> Release:
    """Raises `NotFound`."""
    found = listed(session, organization_id, project_ids, versions=[version])
    if not found:
        raise NotFound(f"there is no release {version[:200]!r}")
    return found[0]


def listed(
    session: Session, organization_id: int, project_ids: Collection[int], *, versions: Collection[str] | None = None, like: str = ""
) -> list[Release]:
    """The releases of these projects, newest first. One that was created for none of them is not theirs."""
    rows = sa.select(ReleaseRow).where(ReleaseRow.project_id.in_(project_ids))
    if versions is not None:
        rows = rows.where(ReleaseRow.version.in_(versions))
    if like:
        rows = rows.where(ReleaseRow.version.icontains(like, autoescape=True))
    projects: dict[str, list[int]] = {}
    seen_us: dict[str, int] = {}
    for row in session.scalars(rows.order_by(ReleaseRow.first_seen_us.desc()).limit(RELEASES_LIMIT)):
        projects.setdefault(row.version, []).append(row.project_id)
        seen_us[row.version] = min(row.first_seen_us, seen_us.get(row.version, row.first_seen_us))
    if not projects:
        return []
    facts = _facts(session, organization_id, project_ids, list(projects))
    found = [
        Release(version=version, project_ids=tuple(sorted(ids)), **({"created_at_us": seen_us[version]} | facts.get(version, {})))
        for version, ids in projects.items()
    ]
    return sorted(found, key=lambda release: (release.released_at_us or release.created_at_us, release.version), reverse=True)


def _facts(session: Session, organization_id: int, project_ids: Collection[int], versions: Sequence[str]) -> dict[str, dict[str, Any]]:
    facts: dict[str, dict[str, Any]] = {version: {} for version in versions}
    infos = sa.select(ReleaseInfo).where(ReleaseInfo.organization_id == organization_id, ReleaseInfo.version.in_(versions))
    for info in session.scalars(infos):
        names = ("created_at_us", "status", "url", "ref", "started_at_us", "released_at_us")
        facts[info.version] |= {name: getattr(info, name) for name in names}
    events = (
        sa.select(
            IssueFacet.value, sa.func.min(IssueFacet.first_seen_us), sa.func.max(IssueFacet.last_seen_us), sa.func.sum(IssueFacet.count)
        )
        .join(Issue, Issue.id == IssueFacet.issue_id)
        .where(Issue.project_id.in_(project_ids), IssueFacet.facet == "release", IssueFacet.value.in_(versions))
        .group_by(IssueFacet.value)
    )
    for version, first, last, count in session.execute(events):
        facts[version] |= {"first_event_us": first, "last_event_us": last, "events": int(count)}
    new = (
        sa.select(Issue.first_release, Issue.project_id, sa.func.count())
        .where(Issue.project_id.in_(project_ids), Issue.first_release.in_(versions))
        .group_by(Issue.first_release, Issue.project_id)
    )
    for version, project_id, count in session.execute(new):
        of = facts[version].setdefault("new_issues_of", {})
        of[project_id] = count
        facts[version]["new_issues"] = sum(of.values())
    counted = (
        sa.select(ReleaseCommit.version, sa.func.count())
        .where(ReleaseCommit.organization_id == organization_id, ReleaseCommit.version.in_(versions))
        .group_by(ReleaseCommit.version)
    )
    for version, count in session.execute(counted):
        facts[version]["commits"] = count
    newest = sa.select(ReleaseCommit.version, ReleaseCommit.commit_id).where(
        ReleaseCommit.organization_id == organization_id, ReleaseCommit.version.in_(versions), ReleaseCommit.position == 0
    )
    for version, commit_id in session.execute(newest):
        facts[version]["last_commit"] = commit_id
    made = sa.select(DeployRow).where(DeployRow.organization_id == organization_id, DeployRow.version.in_(versions))
    for deploy in session.scalars(made.order_by(DeployRow.finished_at_us, DeployRow.id)):
        if not deploy.project_ids or set(deploy.project_ids) & set(project_ids):
            fact = facts[deploy.version]
            fact["deploys"], fact["last_deploy"] = fact.get("deploys", 0) + 1, deploy
    return facts


def set_commits(session: Session, organization_id: int, version: str, commits: Sequence[Mapping[str, Any]]) -> None:
    """Replace a release's commits; newest first."""
    own = (ReleaseCommit.organization_id == organization_id, ReleaseCommit.version == version)
    session.execute(sa.delete(ReleaseCommit).where(*own))
    rows = [{**commit, "organization_id": organization_id, "version": version, "position": at} for at, commit in enumerate(commits)]
    if rows:
        session.execute(sa.insert(ReleaseCommit), rows)


def commits(session: Session, organization_id: int, version: str, *, limit: int = 5000) -> Sequence[ReleaseCommit]:
    """Newest first."""
    chosen = sa.select(ReleaseCommit).where(ReleaseCommit.organization_id == organization_id, ReleaseCommit.version == version)
    return session.scalars(chosen.order_by(ReleaseCommit.position).limit(limit)).all()


def deploys(session: Session, organization_id: int, project_ids: Collection[int], version: str) -> list[DeployRow]:
    """Newest first; those of other projects are left out."""
    chosen = sa.select(DeployRow).where(DeployRow.organization_id == organization_id, DeployRow.version == version)
    found = session.scalars(chosen.order_by(DeployRow.finished_at_us.desc(), DeployRow.id.desc()))
    return [deploy for deploy in found if not deploy.project_ids or set(deploy.project_ids) & set(project_ids)]


def new_issues(session: Session, project_id: int, version: str, *, limit: int) -> Sequence[Issue]:
    """Issues whose first event is of this release, most frequent first."""
    chosen = sa.select(Issue).where(Issue.project_id == project_id, Issue.first_release == version)
    return session.scalars(chosen.order_by(Issue.count.desc(), Issue.id.desc()).limit(limit)).all()
