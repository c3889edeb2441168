"""Release health."""

from typing import Annotated

from fastapi import APIRouter, Query

from query_api.auth.sessions import SignedIn
from query_api.deps import Api
from query_api.errors import responses
from query_api.health import service
from query_api.health.schemas import ProjectHealth

router = APIRouter(prefix="/projects", tags=["releases"])


@router.get("/{slug}/release-health", responses=responses(404, 503))
async def release_health(
    api: Api,
    caller: SignedIn,
    slug: str,
    hours: Annotated[int, Query(ge=1, le=720)] = 24,
    environment: Annotated[str, Query(max_length=64)] = "",
) -> ProjectHealth:
    """Crash-free sessions and users, and adoption, of each release. `environment` empty: all of them."""
    return await api.run(service.health, api, caller.scope, slug, hours, environment)
