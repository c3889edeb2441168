"""The releases of a project, and one of them."""

from typing import Annotated

from fastapi import APIRouter, Query

from query_api.auth.sessions import SignedIn
from query_api.deps import Api
from query_api.errors import responses
from query_api.release_schemas import ReleaseDetail, ReleaseList
from query_api.releases import service

router = APIRouter(prefix="/projects/{slug}/releases", tags=["releases"])


@router.get("", responses=responses(404))
async def list_releases(  # noqa: PLR0917 - FastAPI calls it by keyword
    api: Api,
    caller: SignedIn,
    slug: str,
    query: Annotated[str, Query(max_length=250, description="A part of the version.")] = "",
    archived: Annotated[bool, Query(description="Those that were archived, instead of the others.")] = False,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ReleaseList:
    """Newest first."""
    return await api.run(service.listed, api, caller, slug, query, archived, limit)


@router.get("/{version}", responses=responses(404))
async def get_release(api: Api, caller: SignedIn, slug: str, version: str) -> ReleaseDetail:
    """One release with its commits, deploys, uploads and new issues."""
    return await api.run(service.detail, api, caller, slug, version)
