"""Releases as the dashboard shows them."""

from datetime import datetime
from typing import Any

from query_api.artifacts.views import bundle_view
from query_api.auth.sessions import Caller
from query_api.issues.listing import figures_of
from query_api.issues.views import issue_row
from query_api.release_schemas import CommitView, DeployView, PatchView, ReleaseDetail, ReleaseList, ReleaseSummary
from query_api.state import ApiState
from query_api.times import moment
from seiche.issues.releases import is_older, newest, newest_first
from seiche.registry import artifact_queries, project_queries, release_queries
from seiche.registry.engine import read
from seiche.registry.release_queries import Release
from seiche.registry.release_tables import DeployRow, ReleaseCommit

COMMITS = 200
NEW_ISSUES = 25
BUNDLES = 50


def listed(api: ApiState, caller: Caller, slug: str, query: str, archived: bool, limit: int) -> ReleaseList:  # noqa: PLR0917
    """Newest first, by version where they have one; `more` says that some are left out."""
    with read(api.engine) as session:
        project = project_queries.find(session, caller.scope.project_ids, slug)
        found = release_queries.listed(session, caller.account.organization_id, [project.id], like=query.strip())
    order = newest_first({release.version: release.released_at_us or release.created_at_us for release in found})
    by_version = {release.version: release for release in found if (release.status == "archived") is archived}
    chosen = [by_version[version] for version in order if version in by_version]
    return ReleaseList(items=[_summary(release) for release in chosen[:limit]], more=len(chosen) > limit)


def detail(api: ApiState, caller: Caller, slug: str, version: str) -> ReleaseDetail:
    """Raises `NotFound` for a release that this project does not have."""
    organization_id = caller.account.organization_id
    with read(api.engine) as session:
        project = project_queries.find(session, caller.scope.project_ids, slug)
        release = release_queries.find(session, organization_id, [project.id], version)
        order = {other.version: other.created_at_us for other in release_queries.listed(session, organization_id, [project.id])}
        commits = release_queries.commits(session, organization_id, version, limit=COMMITS)
        deploys = release_queries.deploys(session, organization_id, [project.id], version)
        bundles = artifact_queries.bundles(session, project.id, release=version, limit=BUNDLES)
        issues = release_queries.new_issues(session, project.id, version, limit=NEW_ISSUES)
    figures = figures_of(api, caller.scope, project.id, issues)
    return ReleaseDetail(
        **_summary(release).model_dump(),
        previous=newest((name for name in order if is_older(name, version, order) is True), order),
        commit_list=[_commit(commit) for commit in commits],
        deploy_list=[_deploy(deploy) for deploy in deploys],
        bundles=[bundle_view(bundle) for bundle in bundles],
        new_issue_list=[issue_row(issue, project.slug, figures) for issue in issues],
    )


def _summary(release: Release) -> ReleaseSummary:
    last = release.last_deploy
    return ReleaseSummary(
        version=release.version,
        status="archived" if release.status == "archived" else "open",
        url=release.url,
        ref=release.ref,
        created_at=moment(release.created_at_us),
        released_at=_moment(release.released_at_us),
        first_event=_moment(release.first_event_us),
        last_event=_moment(release.last_event_us),
        events=release.events,
        new_issues=release.new_issues,
        commits=release.commits,
        deploys=release.deploys,
        last_deploy=_deploy(last) if last is not None else None,
    )


def _commit(commit: ReleaseCommit) -> CommitView:
    files: list[dict[str, Any]] = commit.patch_set
    return CommitView(
        id=commit.commit_id,
        repository=commit.repository,
        message=commit.message,
        author_name=commit.author_name,
        author_email=commit.author_email,
        at=_moment(commit.committed_at_us),
        files=[PatchView(path=str(file.get("path", "")), type=str(file.get("type", ""))) for file in files],
    )


def _deploy(deploy: DeployRow) -> DeployView:
    return DeployView(
        id=str(deploy.id),
        environment=deploy.environment,
        name=deploy.name,
        url=deploy.url,
        started_at=_moment(deploy.started_at_us),
        finished_at=moment(deploy.finished_at_us),
    )


def _moment(at_us: int | None) -> datetime | None:
    return moment(at_us) if at_us is not None else None
