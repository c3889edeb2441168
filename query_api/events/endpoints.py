"""Single events, and the list of an issue's events."""

from fastapi import APIRouter

from query_api.auth.sessions import SignedIn
from query_api.deps import Api, numeric_id
from query_api.errors import responses
from query_api.events import detail, listing
from query_api.issues.endpoints import Cursor, Limit, SearchText
from query_api.issues.listing import Asked
from query_api.schemas import EventDetail, EventPage

router = APIRouter(tags=["events"])


@router.get("/projects/{slug}/events/{event_id}", responses=responses(404, 503))
async def get_event(api: Api, caller: SignedIn, slug: str, event_id: str) -> EventDetail:
    """One event with its payload: from the log while it is there, then from bronze."""
    return await api.run(detail.by_project, api, caller.scope, slug, event_id)


@router.get("/issues/{issue_id}/events", responses=responses(400, 404, 503))
async def list_issue_events(  # noqa: PLR0917 - FastAPI calls it by keyword
    api: Api, caller: SignedIn, issue_id: str, query: SearchText = "", cursor: Cursor = "", limit: Limit = 25
) -> EventPage:
    """The issue's events, newest first; `query` takes words, phrases, prefixes, `level:`, `release:` and `environment:`."""
    return await api.run(listing.page, api, caller.scope, numeric_id(issue_id), Asked(query, "last_seen", cursor, limit))


@router.get("/issues/{issue_id}/events/{event_id}", responses=responses(404, 503))
async def get_issue_event(api: Api, caller: SignedIn, issue_id: str, event_id: str) -> EventDetail:
    """`latest`, `oldest`, or an event's id; with the ids of the older and newer event of the issue."""
    return await api.run(detail.by_issue, api, caller.scope, numeric_id(issue_id), event_id)
