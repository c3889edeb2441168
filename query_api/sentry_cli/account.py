"""Who the token belongs to, its organization and its projects."""

from typing import Any

from query_api.auth.sessions import Caller, SignedIn
from query_api.deps import Api
from query_api.sentry_cli.routes import Member, Routes, iso, project_of
from query_api.state import ApiState
from seiche.registry import project_queries
from seiche.registry.engine import read
from seiche.registry.tables import Organization, Project

SCOPES = ["event:read", "event:write", "org:read", "project:read", "project:releases", "project:write"]

routes = Routes()


@routes.on("GET", "")
async def auth_info(caller: SignedIn) -> dict[str, Any]:
    """`sentry-cli info`."""
    account = caller.account
    user = {"id": account.email, "email": account.email, "name": account.name} if account.email else None
    return {"version": "0", "auth": {"scopes": SCOPES}, "user": user}


@routes.on("GET", "/organizations")
async def organizations(api: Api, caller: SignedIn) -> list[dict[str, Any]]:
    """The one that the token belongs to."""
    return [await api.run(_organization, api, caller)]


@routes.on("GET", "/organizations/{org}")
async def organization(api: Api, caller: Member) -> dict[str, Any]:
    """By its slug."""
    return await api.run(_organization, api, caller)


@routes.on("GET", "/organizations/{org}/projects")
async def projects(api: Api, caller: Member) -> list[dict[str, Any]]:
    """By name."""
    return await api.run(_projects, api, caller)


@routes.on("GET", "/projects/{org}/{slug}")
async def project(api: Api, caller: Member, slug: str) -> dict[str, Any]:
    """One project."""
    return await api.run(_one_project, api, caller, slug)


@routes.on("GET", "/organizations/{org}/repos")
async def repositories(_: Member) -> list[dict[str, Any]]:
    """None: sentry-cli then reads commits from the local clone, which is where they are."""
    return []


@routes.on("GET", "/organizations/{org}/monitors")
async def monitors(_: Member) -> list[dict[str, Any]]:
    """None: Seiche watches no cron jobs."""
    return []


def _organization(api: ApiState, caller: Caller) -> dict[str, Any]:
    with read(api.engine) as session:
        found = session.get_one(Organization, caller.account.organization_id)
    return {
        "id": str(found.id),
        "slug": found.slug,
        "name": found.name,
        "dateCreated": iso(found.created_at_us),
        "isEarlyAdopter": False,
        "require2FA": False,
        "requireEmailVerification": False,
        "features": [],
        "status": {"id": "active", "name": "active"},
    }


def _projects(api: ApiState, caller: Caller) -> list[dict[str, Any]]:
    with read(api.engine) as session:
        return [_project(found) for found in project_queries.listed(session, caller.scope.project_ids)]


def _one_project(api: ApiState, caller: Caller, slug: str) -> dict[str, Any]:
    with read(api.engine) as session:
        return _project(project_of(session, caller, slug))


def _project(found: Project) -> dict[str, Any]:
    return {
        "id": str(found.id),
        "slug": found.slug,
        "name": found.name,
        "platform": found.platform,
        "team": None,
        "dateCreated": iso(found.created_at_us),
    }
