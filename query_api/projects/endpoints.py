"""Projects: list, create, read, change, account for, watch."""

from typing import Annotated

from fastapi import APIRouter, Header, Query
from fastapi.responses import StreamingResponse

from query_api.deps import Api
from query_api.errors import responses
from query_api.schemas import NewProject, ProjectDetail, ProjectPatch, ProjectStats, ProjectSummary

router = APIRouter(prefix="/projects", tags=["projects"])


@router.get("")
async def list_projects(api: Api) -> list[ProjectSummary]:
    """Every project of the caller's organization."""
    raise NotImplementedError


@router.post("", status_code=201, responses=responses(403))
async def create_project(api: Api, body: NewProject) -> ProjectDetail:
    """A new project with its first key."""
    raise NotImplementedError


@router.get("/{slug}", responses=responses(404))
async def get_project(api: Api, slug: str) -> ProjectDetail:
    """One project, with the DSN of its oldest active key."""
    raise NotImplementedError


@router.patch("/{slug}", responses=responses(403, 404))
async def change_project(api: Api, slug: str, body: ProjectPatch) -> ProjectDetail:
    """Change settings: a new, immutable configuration version; events already accepted keep theirs."""
    raise NotImplementedError


@router.get("/{slug}/stats", responses=responses(404, 503))
async def project_stats(api: Api, slug: str, hours: Annotated[int, Query(ge=1, le=720)] = 24) -> ProjectStats:
    """What became of every event received."""
    raise NotImplementedError


@router.get(
    "/{slug}/live",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"text/event-stream": {}}, "description": "`activity` events, each an ActivityEntry"},
        **responses(404, 503),
    },
)
async def live(api: Api, slug: str, last_event_id: Annotated[str, Header(max_length=20)] = "") -> StreamingResponse:
    """What happens to the project's issues, as it happens (server-sent events)."""
    raise NotImplementedError
