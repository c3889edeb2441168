"""The issue list, one issue, and what people decide about it."""

from typing import Annotated

from fastapi import APIRouter, Query

from query_api.auth.sessions import SignedIn
from query_api.deps import Api, numeric_id
from query_api.errors import responses
from query_api.issues import changes, detail, listing, similar, suspects
from query_api.owner_schemas import SimilarIssue, SuspectCommit
from query_api.schemas import (
    ActivityEntry,
    BulkPatch,
    BulkResult,
    IssueDetail,
    IssuePage,
    IssuePatch,
    Sort,
    TagSummary,
)

router = APIRouter(tags=["issues"])

SearchText = Annotated[str, Query(max_length=1000, description="The search language of docs/api.md.")]
ScopeText = Annotated[str, Query(max_length=1000, description="Its environment:, release: and level: narrow the numbers.")]
Cursor = Annotated[str, Query(max_length=500, description="`next_cursor` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=100)]


@router.get("/projects/{slug}/issues", responses=responses(400, 404, 503))
async def list_issues(  # noqa: PLR0917 - FastAPI calls it by keyword
    api: Api, caller: SignedIn, slug: str, query: SearchText = "", sort: Sort = "last_seen", cursor: Cursor = "", limit: Limit = 25
) -> IssuePage:
    """A page of issues. Counts are live; users and sparklines are as fresh as `as_of`."""
    return await api.run(listing.page, api, caller.scope, slug, listing.Asked(query, sort, cursor, limit, caller.account.email))


@router.patch("/projects/{slug}/issues", responses=responses(400, 404, 413))
async def change_issues(api: Api, caller: SignedIn, slug: str, body: BulkPatch) -> BulkResult:
    """Resolve, ignore, reopen, assign or prioritise many; each that failed is named with its reason."""
    return await api.run(changes.many, api, caller, slug, body)


@router.get("/issues/{issue_id}", responses=responses(400, 404, 503))
async def get_issue(api: Api, caller: SignedIn, issue_id: str, query: ScopeText = "") -> IssueDetail:
    """One issue, and why its events are one issue."""
    return await api.run(detail.issue, api, caller.scope, numeric_id(issue_id), query)


@router.patch("/issues/{issue_id}", responses=responses(400, 404, 413))
async def change_issue(api: Api, caller: SignedIn, issue_id: str, body: IssuePatch) -> IssueDetail:
    """Resolve, ignore, reopen, assign, set the priority."""
    await api.run(changes.one, api, caller, numeric_id(issue_id), body)
    return await api.run(detail.issue, api, caller.scope, numeric_id(issue_id))


@router.get("/issues/{issue_id}/tags", responses=responses(404, 503))
async def issue_tags(api: Api, caller: SignedIn, issue_id: str) -> list[TagSummary]:
    """How the issue's events spread over each tag."""
    return await api.run(detail.tags, api, caller.scope, numeric_id(issue_id))


@router.get("/issues/{issue_id}/similar", responses=responses(404))
async def similar_issues(api: Api, caller: SignedIn, issue_id: str) -> list[SimilarIssue]:
    """Others that look alike, the most alike first, with what they share; at most 5."""
    return await api.run(similar.issues, api, caller.scope, numeric_id(issue_id))


@router.get("/issues/{issue_id}/suspects", responses=responses(404, 503))
async def suspect_commits(api: Api, caller: SignedIn, issue_id: str) -> list[SuspectCommit]:
    """Commits of the release it appeared in that touched a file of its stack, the most suspect first; at most 5."""
    return await api.run(suspects.commits, api, caller.scope, numeric_id(issue_id))


@router.get("/issues/{issue_id}/activity", responses=responses(404))
async def issue_activity(api: Api, caller: SignedIn, issue_id: str) -> list[ActivityEntry]:
    """What happened to the issue, newest first, 200 entries at most."""
    return await api.run(detail.activity, api, caller.scope, numeric_id(issue_id))
