"""What was uploaded for a project, and what an event's frames were and would be resolved with."""

from typing import Annotated

from fastapi import APIRouter, Query

from query_api.artifacts import service, unresolved
from query_api.auth.sessions import SignedIn
from query_api.deps import Api, numeric_id
from query_api.errors import responses
from query_api.release_schemas import ArtifactBundleDetail, ArtifactBundles, EventSymbolication, UnresolvedFiles

router = APIRouter(prefix="/projects/{slug}", tags=["artifacts"])


@router.get("/artifacts", responses=responses(404))
async def list_artifacts(
    api: Api,
    caller: SignedIn,
    slug: str,
    release: Annotated[str, Query(max_length=250)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ArtifactBundles:
    """Uploads, newest first."""
    return await api.run(service.listed, api, caller, slug, release, limit)


@router.get("/artifacts/{bundle_id}", responses=responses(404))
async def get_artifact(api: Api, caller: SignedIn, slug: str, bundle_id: str) -> ArtifactBundleDetail:
    """One upload with its files: up to 500 of them, by name."""
    return await api.run(service.detail, api, caller, slug, numeric_id(bundle_id, "upload"))


@router.get("/events/{event_id}/symbolication", responses=responses(404, 503))
async def event_symbolication(api: Api, caller: SignedIn, slug: str, event_id: str) -> EventSymbolication:
    """Why each frame is or is not resolved: with what was uploaded when the event came, and with what is there now."""
    return await api.run(service.explained, api, caller, slug, event_id)


@router.get("/unresolved-files", responses=responses(404))
async def list_unresolved_files(
    api: Api,
    caller: SignedIn,
    slug: str,
    query: Annotated[str, Query(max_length=250, description="A part of the release, file, debug id or reason.")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> UnresolvedFiles:
    """What frames lacked that could not be resolved, by release and file, newest first, each with what mends it."""
    return await api.run(unresolved.listed, api, caller, slug, query, limit)
