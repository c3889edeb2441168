"""Groups: what an issue is made of, merge, unmerge, undo."""

from fastapi import APIRouter

from query_api.auth.sessions import SignedIn
from query_api.deps import Api, numeric_id
from query_api.errors import responses
from query_api.grouping import moving, regroup, service
from query_api.grouping.schemas import (
    ChangeView,
    GroupingSettings,
    IssueGrouping,
    MergeBody,
    MoveBody,
    RegroupBody,
    RegroupView,
    UndoBody,
    UnmergeBody,
)

router = APIRouter(tags=["grouping"])


@router.post("/projects/{slug}/issues/merge", responses=responses(400, 404, 413))
async def merge_issues(api: Api, caller: SignedIn, slug: str, body: MergeBody) -> ChangeView:
    """Make them one issue: the oldest, which gets their events, now and in future; the others' ids lead to it."""
    return await api.run(service.merge, api, caller, slug, body)


@router.get("/issues/{issue_id}/grouping", responses=responses(404))
async def issue_grouping(api: Api, caller: SignedIn, issue_id: str) -> IssueGrouping:
    """The issue's fingerprints with what each has seen, and what people did to it."""
    return await api.run(service.of_issue, api, caller.scope, numeric_id(issue_id))


@router.post("/issues/{issue_id}/unmerge", responses=responses(400, 404, 413))
async def unmerge_issue(api: Api, caller: SignedIn, issue_id: str, body: UnmergeBody) -> ChangeView:
    """Take fingerprints out, for good: back into the issue that they were merged from, else together into a new one."""
    return await api.run(service.unmerge, api, caller, numeric_id(issue_id), body)


@router.post("/issues/{issue_id}/move-events", responses=responses(400, 404, 413, 503))
async def move_events(api: Api, caller: SignedIn, issue_id: str, body: MoveBody) -> ChangeView:
    """Move single events into another issue, or a new one: counts follow at once, lists of events within seconds."""
    return await api.run(moving.move, api, caller, numeric_id(issue_id), body)


@router.get("/projects/{slug}/grouping-changes", responses=responses(404))
async def grouping_changes(api: Api, caller: SignedIn, slug: str) -> list[ChangeView]:
    """What people did to groups, newest first, 50 at most."""
    return await api.run(service.changes, api, caller.scope, slug)


@router.post("/projects/{slug}/grouping-changes/{change_id}/undo", responses=responses(400, 404, 413))
async def undo_grouping_change(api: Api, caller: SignedIn, slug: str, change_id: str, body: UndoBody) -> ChangeView:
    """Take a merge, an unmerge or a move back."""
    return await api.run(service.undo, api, caller, slug, numeric_id(change_id, "change"), body.reason)


@router.get("/projects/{slug}/grouping-settings", responses=responses(404))
async def grouping_settings(api: Api, caller: SignedIn, slug: str) -> GroupingSettings:
    """What decides which events are one issue."""
    return await api.run(regroup.settings, api, caller.scope, slug)


@router.post("/projects/{slug}/regroups", status_code=202, responses=responses(400, 403, 404, 413))
async def start_regroup(api: Api, caller: SignedIn, slug: str, body: RegroupBody) -> RegroupView:
    """Try other grouping settings on history (preview), or make them history's and the project's (apply)."""
    return await api.run(regroup.start, api, caller, slug, body)


@router.get("/projects/{slug}/regroups", responses=responses(404))
async def list_regroups(api: Api, caller: SignedIn, slug: str) -> list[RegroupView]:
    """The newest twenty, without their results."""
    return await api.run(regroup.listed, api, caller.scope, slug)


@router.get("/projects/{slug}/regroups/{regroup_id}", responses=responses(404))
async def get_regroup(api: Api, caller: SignedIn, slug: str, regroup_id: str) -> RegroupView:
    """How far it is, and what it found."""
    return await api.run(regroup.one, api, caller.scope, slug, numeric_id(regroup_id, "regroup"))


@router.post("/projects/{slug}/regroups/{regroup_id}/cancel", responses=responses(400, 403, 404))
async def cancel_regroup(api: Api, caller: SignedIn, slug: str, regroup_id: str) -> RegroupView:
    """Before the switch: nothing is left behind."""
    return await api.run(regroup.cancel, api, caller, slug, numeric_id(regroup_id, "regroup"))


@router.post("/projects/{slug}/regroups/{regroup_id}/undo", status_code=202, responses=responses(400, 403, 404))
async def undo_regroup(api: Api, caller: SignedIn, slug: str, regroup_id: str) -> RegroupView:
    """Apply the settings that were before, and the map as it was: ids, redirects and what people decided come back."""
    return await api.run(regroup.undo, api, caller, slug, numeric_id(regroup_id, "regroup"))
