"""Paths of /api/0 work with and without the slash at the end: sentry-cli takes a redirect for a missing project."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends

from query_api.auth.sessions import Caller, SignedIn
from query_api.times import moment
from seiche.errors import InvalidInput, NotFound
from seiche.normalize.event import BAD_RELEASE, RELEASE_LIMIT
from seiche.registry import project_queries
from seiche.registry.tables import Project

PREFIX = "/api/0"
JSON_BYTES = 16 << 20
"""A release may have thousands of commits with the files that each touched."""

Endpoint = Callable[..., Any]


class Routes:
    """A router whose routes exist twice and are in no OpenAPI document: the contract is sentry-cli's."""

    def __init__(self) -> None:
        self.router = APIRouter(max_body_size=JSON_BYTES)

    def on(self, method: str, path: str, *, status: int = 200, body_bytes: int | None = None) -> Callable[[Endpoint], Endpoint]:
        """Register an endpoint under `path`, written without the slash at its end."""

        def register(endpoint: Endpoint) -> Endpoint:
            for spelled in (path + "/", path):
                more: dict[str, Any] = {"max_body_size": body_bytes} if body_bytes else {}
                self.router.add_api_route(
                    spelled, endpoint, methods=[method], status_code=status, response_model=None, include_in_schema=False, **more
                )
            return endpoint

        return register


async def of_organization(caller: SignedIn, org: str) -> Caller:
    """The caller, whose own organization the path must name. Raises `NotFound`."""
    if org not in {caller.account.organization, str(caller.account.organization_id)}:
        raise NotFound(f"there is no organization {org[:64]!r} for this token: it is {caller.account.organization!r}")
    return caller


async def manager(caller: Annotated[Caller, Depends(of_organization)]) -> Caller:
    """One who may change things. Raises `Forbidden`."""
    caller.must_manage()
    return caller


Member = Annotated[Caller, Depends(of_organization)]
Manager = Annotated[Caller, Depends(manager)]


def project_of(session: Any, caller: Caller, slug: str | int) -> Project:
    """By slug or id, as sentry-cli may send either. Raises `NotFound`."""
    text = str(slug)
    if text.isascii() and text.isdigit() and int(text) in caller.scope.project_ids:
        found: Project = session.get_one(Project, int(text))
        return found
    return project_queries.find(session, caller.scope.project_ids, text)


def usable_version(version: str) -> str:
    """Raises `InvalidInput` for a name that no event could have either."""
    name = version.strip()
    if BAD_RELEASE.search(name) or len(name) > RELEASE_LIMIT:
        raise InvalidInput(
            f"{name[:60]!r} is not usable as a release: 1 to {RELEASE_LIMIT} characters, no slashes, no control characters, not 'latest'",
            reason="invalid_release",
        )
    return name


def iso(at_us: int | None) -> str | None:
    """RFC 3339, or null."""
    return moment(at_us).isoformat().replace("+00:00", "Z") if at_us is not None else None
