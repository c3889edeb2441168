"""What users said: about an issue, and in a project."""

from fastapi import APIRouter

from query_api import cursors
from query_api.auth.sessions import SignedIn
from query_api.deps import Api, numeric_id
from query_api.errors import responses
from query_api.issues.detail import find as find_issue
from query_api.issues.endpoints import Cursor, Limit
from query_api.schemas import FeedbackEntry, FeedbackPage
from query_api.state import ApiState
from query_api.times import moment
from seiche.query.scope import Scope
from seiche.registry import item_queries, project_queries
from seiche.registry.engine import read
from seiche.registry.item_tables import FeedbackRow

router = APIRouter(tags=["feedback"])
ORDER = "feedback"


@router.get("/issues/{issue_id}/feedback", responses=responses(404))
async def issue_feedback(api: Api, caller: SignedIn, issue_id: str) -> list[FeedbackEntry]:
    """What was said about the issue's events, newest first, 200 at most."""
    return await api.run(_of_issue, api, caller.scope, numeric_id(issue_id))


@router.get("/projects/{slug}/feedback", responses=responses(400, 404))
async def project_feedback(api: Api, caller: SignedIn, slug: str, cursor: Cursor = "", limit: Limit = 25) -> FeedbackPage:
    """Newest first, whether it names an event or not."""
    return await api.run(_of_project, api, caller.scope, slug, cursor, limit)


def _of_issue(api: ApiState, scope: Scope, issue_id: int) -> list[FeedbackEntry]:
    issue, project = find_issue(api, scope, issue_id)
    with read(api.engine) as session:
        return [_entry(row, issue.id) for row in item_queries.feedback_of_issue(session, project.id, issue.id)]


def _of_project(api: ApiState, scope: Scope, slug: str, cursor: str, limit: int) -> FeedbackPage:
    place = cursors.decode(cursor, ORDER, 1)
    with read(api.engine) as session:
        project = project_queries.find(session, scope.project_ids, slug)
        rows = item_queries.feedback_of_project(session, project.id, before=place[0] if place else None, limit=limit + 1)
    shown = rows[:limit]
    following = cursors.encode(ORDER, shown[-1][0].id) if len(rows) > limit else None
    return FeedbackPage(items=[_entry(row, issue_id) for row, issue_id in shown], next_cursor=following)


def _entry(row: FeedbackRow, issue_id: int | None) -> FeedbackEntry:
    return FeedbackEntry(
        id=str(row.id),
        kind="feedback" if row.kind == "feedback" else "user_report",
        event_id=row.event_id,
        issue_id=None if issue_id is None else str(issue_id),
        name=row.name,
        email=row.email,
        message=row.message,
        url=row.url,
        received_at=moment(row.received_at_us),
    )
