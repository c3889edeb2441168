"""Releases, their commits and their deploys."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from fastapi import Response
from pydantic import BaseModel, Field

from query_api.auth.sessions import Caller
from query_api.deps import Api
from query_api.sentry_cli.routes import Manager, Member, Routes, iso, project_of, usable_version
from query_api.state import ApiState
from query_api.times import microseconds, now_us
from seiche.errors import InvalidInput, NotFound
from seiche.issues.releases import is_older, newest
from seiche.registry import project_queries, release_queries
from seiche.registry.engine import read, write
from seiche.registry.release_queries import Release
from seiche.registry.release_tables import DeployRow

COMMITS_LIMIT = 5000
PATCHES_LIMIT = 500
"""Files of one commit that are kept."""

routes = Routes()


class Patch(BaseModel):
    path: str = Field(max_length=1024)
    type: str = Field(default="M", max_length=8)


class Commit(BaseModel):
    id: str = Field(min_length=1, max_length=64)
    repository: str | None = Field(default=None, max_length=250)
    message: str | None = None
    author_name: str | None = None
    author_email: str | None = None
    timestamp: datetime | None = None
    patch_set: list[Patch] | None = None


class ReleaseBody(BaseModel):
    version: str | None = None
    projects: list[str | int] | None = None
    url: str | None = Field(default=None, max_length=2000)
    ref: str | None = Field(default=None, max_length=250)
    status: str | None = None
    dateStarted: datetime | None = None  # noqa: N815 - sentry-cli's names
    dateReleased: datetime | None = None  # noqa: N815
    refs: list[dict[str, Any]] | None = Field(default=None, max_length=100)
    commits: list[Commit] | None = Field(default=None, max_length=COMMITS_LIMIT)


class DeployBody(BaseModel):
    environment: str = Field(min_length=1, max_length=64)
    name: str | None = Field(default=None, max_length=64)
    url: str | None = Field(default=None, max_length=2000)
    dateStarted: datetime | None = None  # noqa: N815
    dateFinished: datetime | None = None  # noqa: N815
    projects: list[str | int] | None = None


@routes.on("POST", "/organizations/{org}/releases", status=201)
async def create_release(api: Api, caller: Manager, body: ReleaseBody, response: Response) -> dict[str, Any]:
    """201 for a new one, 208 for one that was there: it is changed as told."""
    answer, made = await api.run(_create, api, caller, body)
    response.status_code = 201 if made else 208
    return answer


@routes.on("POST", "/projects/{org}/{slug}/releases", status=201)
async def create_project_release(api: Api, caller: Manager, slug: str, body: ReleaseBody, response: Response) -> dict[str, Any]:
    """The older spelling."""
    body.projects = [slug]
    answer, made = await api.run(_create, api, caller, body)
    response.status_code = 201 if made else 208
    return answer


@routes.on("GET", "/organizations/{org}/releases")
async def list_releases(api: Api, caller: Member, query: str = "") -> list[dict[str, Any]]:
    """Newest first."""
    return await api.run(_listed, api, caller, None, query)


@routes.on("GET", "/projects/{org}/{slug}/releases")
async def list_project_releases(api: Api, caller: Member, slug: str, query: str = "") -> list[dict[str, Any]]:
    """Of one project, newest first."""
    return await api.run(_listed, api, caller, slug, query)


@routes.on("GET", "/organizations/{org}/releases/{version}")
async def get_release(api: Api, caller: Member, version: str) -> dict[str, Any]:
    """One release."""
    return await api.run(_answer, api, caller, version)


@routes.on("PUT", "/organizations/{org}/releases/{version}")
async def change_release(api: Api, caller: Manager, version: str, body: ReleaseBody) -> dict[str, Any]:
    """Dates, url, status, commits."""
    return await api.run(_change, api, caller, version, body)


@routes.on("GET", "/projects/{org}/{slug}/releases/{version}")
async def get_project_release(api: Api, caller: Member, version: str) -> dict[str, Any]:
    """The older spelling."""
    return await api.run(_answer, api, caller, version)


@routes.on("PUT", "/projects/{org}/{slug}/releases/{version}")
async def change_project_release(api: Api, caller: Manager, version: str, body: ReleaseBody) -> dict[str, Any]:
    """The older spelling."""
    return await api.run(_change, api, caller, version, body)


@routes.on("DELETE", "/projects/{org}/{slug}/releases/{version}", status=204)
@routes.on("DELETE", "/organizations/{org}/releases/{version}", status=204)
async def delete_release(api: Api, caller: Manager, version: str) -> None:
    """Archives it: regressions are told by the order of releases, which must not have holes."""
    await api.run(_change, api, caller, version, ReleaseBody(status="archived"))


@routes.on("GET", "/projects/{org}/{slug}/releases/{version}/commits")
@routes.on("GET", "/organizations/{org}/releases/{version}/commits")
async def list_commits(api: Api, caller: Member, version: str) -> list[dict[str, Any]]:
    """Newest first."""
    return await api.run(_commits, api, caller, version)


@routes.on("GET", "/projects/{org}/{slug}/releases/{version}/previous-with-commits")
@routes.on("GET", "/organizations/{org}/releases/{version}/previous-with-commits")
async def previous_with_commits(api: Api, caller: Member, version: str) -> dict[str, Any]:
    """The release before this one that has commits: sentry-cli lists commits from there on. `{}` where there is none."""
    return await api.run(_previous, api, caller, version)


@routes.on("GET", "/projects/{org}/{slug}/releases/{version}/deploys")
@routes.on("GET", "/organizations/{org}/releases/{version}/deploys")
async def list_deploys(api: Api, caller: Member, version: str) -> list[dict[str, Any]]:
    """Newest first."""
    return await api.run(_deploys, api, caller, version)


@routes.on("POST", "/organizations/{org}/releases/{version}/deploys", status=201)
async def create_deploy(api: Api, caller: Manager, version: str, body: DeployBody) -> dict[str, Any]:
    """The release has reached an environment."""
    return await api.run(_deploy, api, caller, version, body)


def _create(api: ApiState, caller: Caller, body: ReleaseBody) -> tuple[dict[str, Any], bool]:
    if body.version is None:
        raise InvalidInput("version is missing", reason="invalid_release")
    version, organization_id = usable_version(body.version), caller.account.organization_id
    with write(api.engine) as session:
        there = bool(release_queries.listed(session, organization_id, caller.scope.project_ids, versions=[version]))
        wanted = [project_of(session, caller, slug).id for slug in body.projects or ()]
        if not wanted and not there:
            raise InvalidInput("a release needs at least one project: pass --project", reason="no_project")
        release_queries.save(session, organization_id, version, wanted, now_us=now_us(), **_changes(body))
        if body.commits is not None:
            release_queries.set_commits(session, organization_id, version, _rows(body.commits))
    return _answer(api, caller, version), not there


def _change(api: ApiState, caller: Caller, version: str, body: ReleaseBody) -> dict[str, Any]:
    organization_id = caller.account.organization_id
    with write(api.engine) as session:
        found = release_queries.find(session, organization_id, caller.scope.project_ids, version)
        added = [project_of(session, caller, slug).id for slug in body.projects or ()]
        release_queries.save(session, organization_id, found.version, added, now_us=found.created_at_us, **_changes(body))
        if body.commits is not None:
            release_queries.set_commits(session, organization_id, found.version, _rows(body.commits))
    return _answer(api, caller, version)


def _changes(body: ReleaseBody) -> dict[str, Any]:
    if body.status not in {None, "open", "archived"}:
        raise InvalidInput(f"the status {body.status!r} does not exist: open or archived", reason="invalid_status")
    return {
        "url": body.url,
        "ref": body.ref,
        "refs": body.refs,
        "status": body.status,
        "started_at_us": _us(body.dateStarted),
        "released_at_us": _us(body.dateReleased),
    }


def _rows(commits: Sequence[Commit]) -> list[dict[str, Any]]:
    return [
        {
            "commit_id": commit.id,
            "repository": commit.repository or "",
            "message": (commit.message or "")[:8192],
            "author_name": (commit.author_name or "")[:128],
            "author_email": (commit.author_email or "")[:254],
            "committed_at_us": _us(commit.timestamp),
            "patch_set": [patch.model_dump() for patch in (commit.patch_set or ())[:PATCHES_LIMIT]],
        }
        for commit in commits
    ]


def _listed(api: ApiState, caller: Caller, slug: str | None, query: str) -> list[dict[str, Any]]:
    with read(api.engine) as session:
        project_ids = [project_of(session, caller, slug).id] if slug is not None else caller.scope.project_ids
        found = release_queries.listed(session, caller.account.organization_id, project_ids, like=query[:200])
        names = _names(session, caller)
    return [_shape(release, names) for release in found if release.status != "archived"]


def _answer(api: ApiState, caller: Caller, version: str) -> dict[str, Any]:
    with read(api.engine) as session:
        found = release_queries.find(session, caller.account.organization_id, caller.scope.project_ids, version)
        return _shape(found, _names(session, caller))


def _commits(api: ApiState, caller: Caller, version: str) -> list[dict[str, Any]]:
    organization_id = caller.account.organization_id
    with read(api.engine) as session:
        release_queries.find(session, organization_id, caller.scope.project_ids, version)
        found = release_queries.commits(session, organization_id, version)
    return [
        {
            "id": commit.commit_id,
            "message": commit.message,
            "dateCreated": iso(commit.committed_at_us),
            "author": {"name": commit.author_name, "email": commit.author_email},
            "repository": {"name": commit.repository},
        }
        for commit in found
    ]


def _previous(api: ApiState, caller: Caller, version: str) -> dict[str, Any]:
    organization_id = caller.account.organization_id
    with read(api.engine) as session:
        found = release_queries.listed(session, organization_id, caller.scope.project_ids)
        names = _names(session, caller)
    known = {release.version: release for release in found}
    if version not in known:
        raise NotFound(f"there is no release {version[:200]!r}")
    order = {release.version: release.created_at_us for release in found}
    before = [name for name, release in known.items() if release.commits and is_older(name, version, order) is True]
    return _shape(known[newest(before, order)], names) if before else {}


def _deploys(api: ApiState, caller: Caller, version: str) -> list[dict[str, Any]]:
    organization_id = caller.account.organization_id
    with read(api.engine) as session:
        release_queries.find(session, organization_id, caller.scope.project_ids, version)
        return [_deploy_shape(deploy) for deploy in release_queries.deploys(session, organization_id, caller.scope.project_ids, version)]


def _deploy(api: ApiState, caller: Caller, version: str, body: DeployBody) -> dict[str, Any]:
    organization_id, now = caller.account.organization_id, now_us()
    with write(api.engine) as session:
        found = release_queries.find(session, organization_id, caller.scope.project_ids, version)
        made = DeployRow(
            organization_id=organization_id,
            version=found.version,
            environment=body.environment,
            name=body.name or "",
            url=body.url or "",
            project_ids=[project_of(session, caller, slug).id for slug in body.projects or ()],
            started_at_us=_us(body.dateStarted),
            finished_at_us=_us(body.dateFinished) or now,
            created_at_us=now,
        )
        session.add(made)
        session.flush()
        if found.released_at_us is None:
            release_queries.save(
                session, organization_id, found.version, (), now_us=found.created_at_us, released_at_us=made.finished_at_us
            )
        return _deploy_shape(made)


def _names(session: Any, caller: Caller) -> dict[int, tuple[str, str]]:
    return {found.id: (found.slug, found.name) for found in project_queries.listed(session, caller.scope.project_ids)}


def _shape(release: Release, names: dict[int, tuple[str, str]]) -> dict[str, Any]:
    projects = [
        {"id": id_, "slug": names[id_][0], "name": names[id_][1], "newGroups": release.new_issues_of.get(id_, 0)}
        for id_ in release.project_ids
        if id_ in names
    ]
    return {
        "version": release.version,
        "shortVersion": release.version.rpartition("@")[2],
        "status": release.status,
        "ref": release.ref or None,
        "url": release.url or None,
        "dateCreated": iso(release.created_at_us),
        "dateStarted": iso(release.started_at_us),
        "dateReleased": iso(release.released_at_us),
        "firstEvent": iso(release.first_event_us),
        "lastEvent": iso(release.last_event_us),
        "newGroups": release.new_issues,
        "commitCount": release.commits,
        "lastCommit": {"id": release.last_commit} if release.last_commit else None,
        "deployCount": release.deploys,
        "lastDeploy": _deploy_shape(release.last_deploy) if release.last_deploy else None,
        "projects": projects,
        "authors": [],
        "data": {},
    }


def _deploy_shape(deploy: DeployRow) -> dict[str, Any]:
    return {
        "id": str(deploy.id),
        "environment": deploy.environment,
        "name": deploy.name or None,
        "url": deploy.url or None,
        "dateStarted": iso(deploy.started_at_us),
        "dateFinished": iso(deploy.finished_at_us),
    }


def _us(at: datetime | None) -> int | None:
    if at is None:
        return None
    if at.tzinfo is None:
        raise InvalidInput(f"the date {at.isoformat()} has no time zone", reason="invalid_date")
    return microseconds(at)
