"""Projects: list, create, read, change, account for, watch."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from fastapi.responses import StreamingResponse

from query_api.auth.sessions import SignedIn
from query_api.deps import Api
from query_api.errors import responses
from query_api.projects import service
from query_api.projects import stats as accounting
from query_api.schemas import NewProject, ProjectDetail, ProjectPatch, ProjectStats, ProjectSummary
from query_api.state import ApiState
from seiche.query.scope import Scope
from seiche.registry import project_queries
from seiche.registry.engine import read

router = APIRouter(prefix="/projects", tags=["projects"])

STREAM: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {}}, "description": "`activity` events, each an ActivityEntry"}
}


@router.get("")
async def list_projects(api: Api, caller: SignedIn) -> list[ProjectSummary]:
    """Every project of the caller's organization."""
    return await api.run(service.listed, api, caller.scope)


@router.post("", status_code=201, responses=responses(400, 403, 413))
async def create_project(api: Api, caller: SignedIn, body: NewProject) -> ProjectDetail:
    """A new project with its first key."""
    return await api.run(service.create, api, caller, body)


@router.get("/{slug}", responses=responses(404))
async def get_project(api: Api, caller: SignedIn, slug: str) -> ProjectDetail:
    """One project, with the DSN of its oldest active key."""
    return await api.run(service.detail, api, caller.scope, slug)


@router.patch("/{slug}", responses=responses(400, 403, 404, 413))
async def change_project(api: Api, caller: SignedIn, slug: str, body: ProjectPatch) -> ProjectDetail:
    """Change settings: a new, immutable configuration version; events already accepted keep theirs."""
    return await api.run(service.change, api, caller, slug, body)


@router.get("/{slug}/stats", responses=responses(404, 503))
async def project_stats(api: Api, caller: SignedIn, slug: str, hours: Annotated[int, Query(ge=1, le=720)] = 24) -> ProjectStats:
    """What became of every event received."""
    return await api.run(accounting.stats, api, caller.scope, slug, hours)


@router.get("/{slug}/live", response_class=StreamingResponse, responses={**STREAM, **responses(404, 503)})
async def live(api: Api, caller: SignedIn, slug: str, last_event_id: Annotated[str, Header(max_length=20)] = "") -> StreamingResponse:
    """What happens to the project's issues, as it happens (server-sent events)."""
    project_id = await api.run(_project_id, api, caller.scope, slug)
    usable = last_event_id.isascii() and last_event_id.isdigit() and len(last_event_id) <= 18
    return api.live.answer(project_id, int(last_event_id) if usable else None)


def _project_id(api: ApiState, scope: Scope, slug: str) -> int:
    with read(api.engine) as session:
        return project_queries.find(session, scope.project_ids, slug).id
