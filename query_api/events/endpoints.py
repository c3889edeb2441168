"""Single events, and the list of an issue's events."""

from fastapi import APIRouter

from query_api.deps import Api
from query_api.errors import responses
from query_api.issues.endpoints import Cursor, Limit, SearchText
from query_api.schemas import EventDetail, EventPage

router = APIRouter(tags=["events"])


@router.get("/projects/{slug}/events/{event_id}", responses=responses(404, 503))
async def get_event(api: Api, slug: str, event_id: str) -> EventDetail:
    """One event with its payload: from the log while it is there, then from bronze."""
    raise NotImplementedError


@router.get("/issues/{issue_id}/events", responses=responses(400, 404, 503))
async def list_issue_events(api: Api, issue_id: str, query: SearchText = "", cursor: Cursor = "", limit: Limit = 25) -> EventPage:
    """The issue's events, newest first; `query` takes words, phrases, prefixes, `level:`, `release:` and `environment:`."""
    raise NotImplementedError


@router.get("/issues/{issue_id}/events/{event_id}", responses=responses(404, 503))
async def get_issue_event(api: Api, issue_id: str, event_id: str) -> EventDetail:
    """`latest`, `oldest`, or an event's id; with the ids of the older and newer event of the issue."""
    raise NotImplementedError
