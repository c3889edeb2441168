"""Protection: read, change, preview; and outcomes."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query

from query_api.auth.sessions import SignedIn
from query_api.deps import Api
from query_api.errors import responses
from query_api.protection import erasure, outcomes, preview, service
from query_api.protection.schemas import (
    ErasureRequest,
    Erasures,
    ErasureView,
    FilterPreview,
    Grouping,
    Limits,
    Outcomes,
    PreviewRequest,
    Protection,
    ProtectionPatch,
)

router = APIRouter(tags=["protection"])


@router.get("/projects/{slug}/protection", responses=responses(404))
async def get_protection(api: Api, caller: SignedIn, slug: str) -> Protection:
    """Limits, spike protection and inbound filters of a project."""
    return await api.run(service.shown, api, caller.scope, slug)


@router.patch("/projects/{slug}/protection", responses=responses(400, 403, 404, 413))
async def change_protection(api: Api, caller: SignedIn, slug: str, body: ProtectionPatch) -> Protection:
    """A new, immutable configuration version; ingest notices within its key cache's seconds."""
    return await api.run(service.change, api, caller, slug, body)


@router.post("/projects/{slug}/protection/preview", responses=responses(400, 404, 413, 503))
async def preview_filters(api: Api, caller: SignedIn, slug: str, body: PreviewRequest) -> FilterPreview:
    """What these filters would have dropped of the events accepted lately. Touches nothing."""
    return await api.run(preview.preview, api, caller.scope, slug, body)


@router.get("/projects/{slug}/erasures", responses=responses(404))
async def list_erasures(api: Api, caller: SignedIn, slug: str) -> Erasures:
    """What people asked to be erased, and how far it is."""
    return await api.run(erasure.listed, api, caller.scope, slug)


@router.post("/projects/{slug}/erasures", status_code=202, responses=responses(400, 403, 404, 413))
async def erase(api: Api, caller: SignedIn, slug: str, body: ErasureRequest) -> ErasureView:
    """Empty the events of a person, or these, in every table, for good. Counts stay; the running hour waits until it is over."""
    return await api.run(erasure.ask, api, caller, slug, body)


@router.get("/projects/{slug}/outcomes", responses=responses(400, 404))
async def project_outcomes(
    api: Api,
    caller: SignedIn,
    slug: str,
    *,
    since: Annotated[datetime | None, Query(description="default: 24 hours before `until`")] = None,
    until: Annotated[datetime | None, Query(description="default: now")] = None,
    interval: Literal["minute", "hour", "day", "all"] = "hour",
    group_by: Annotated[list[Grouping], Query(max_length=3)] = ["reason"],  # noqa: B006 - FastAPI copies it
) -> Outcomes:
    """How many items met which outcome, by the time of arrival."""
    return await api.run(outcomes.outcomes, api, caller.scope, slug, outcomes.Asked(since, until, interval, tuple(group_by)))


@router.get("/organization/limits")
async def get_organization_limits(api: Api, caller: SignedIn) -> Limits:
    """Quotas of all the organization's projects together."""
    return await api.run(service.organization_limits, api, caller)


@router.put("/organization/limits", responses=responses(400, 403, 413))
async def change_organization_limits(api: Api, caller: SignedIn, body: Limits) -> Limits:
    """Replace them."""
    return await api.run(service.change_organization_limits, api, caller, body)
