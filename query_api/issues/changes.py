"""What people decide about issues: resolve, ignore, reopen, assign, set the priority."""

import msgspec
from sqlalchemy.orm import Session

from query_api.auth.sessions import Caller
from query_api.issues import notify
from query_api.issues.detail import find
from query_api.schemas import BulkPatch, BulkResult, Ignore, IssuePatch, Resolve
from query_api.state import ApiState
from query_api.times import microseconds, now_us
from seiche.errors import InvalidInput, Terminal
from seiche.model.issue import Ignoring, IssueStatus, Priority, ResolvedIn
from seiche.registry import issue_queries, project_queries, teams
from seiche.registry import issues as registry
from seiche.registry.engine import read, write
from seiche.registry.issues import Decision
from seiche.registry.teams import Assignee

CHUNK = 50
"""Issues a transaction: the alerts consumer writes in between."""


class Wanted(msgspec.Struct, frozen=True):
    """A patch, checked and looked up once for all issues that it is for."""

    decision: Decision | None
    priority: Priority | None
    computed_priority: bool
    assignee: Assignee | None
    reason: str


def one(api: ApiState, caller: Caller, issue_id: int, patch: IssuePatch) -> None:
    """Raises `NotFound`, `InvalidInput`."""
    found, _ = find(api, caller.scope, issue_id)
    with write(api.engine) as session:
        assigned = _change(session, found.id, _wanted(session, caller, patch), caller.account.actor)
    if assigned:
        notify.assigned(api, caller, [found.id], patch.assignee or "")


def many(api: ApiState, caller: Caller, slug: str, patch: BulkPatch) -> BulkResult:
    """Each issue by itself: one that cannot be changed is named with its reason and stops no other."""
    result = BulkResult(changed=[], failed={})
    with read(api.engine) as session:
        project = project_queries.find(session, caller.scope.project_ids, slug)
        wanted = _wanted(session, caller, patch)
        usable = [text for text in dict.fromkeys(patch.ids) if text.isascii() and text.isdigit() and len(text) <= 18]
        there = {issue.id for issue in issue_queries.by_ids(session, project.id, [int(text) for text in usable])}
    chosen = [text for text in usable if int(text) in there]
    result.failed |= {text: f"there is no issue {text[:40]!r} in {slug}" for text in patch.ids if text not in chosen}
    assigned: list[int] = []
    for start in range(0, len(chosen), CHUNK):
        with write(api.engine) as session:
            for text in chosen[start : start + CHUNK]:
                try:
                    if _change(session, int(text), wanted, caller.account.actor):
                        assigned.append(int(text))
                except Terminal as error:
                    result.failed[text] = str(error)
                else:
                    result.changed.append(text)
    if assigned:
        notify.assigned(api, caller, assigned, patch.assignee or "")
    return result


def _change(session: Session, issue_id: int, wanted: Wanted, actor: str) -> bool:
    """Whether the issue was given to somebody."""
    issue, at_us = registry.find(session, issue_id), now_us()
    if wanted.decision is not None:
        registry.decide(session, issue, wanted.decision, actor=actor, reason=wanted.reason, now_us=at_us)
    if wanted.priority is not None or wanted.computed_priority:
        registry.choose_priority(session, issue, wanted.priority, actor=actor, reason=wanted.reason, now_us=at_us)
    if wanted.assignee is None:
        return False
    moved = teams.assign(session, issue, wanted.assignee, actor=actor, reason=wanted.reason, now_us=at_us)
    return moved and bool(wanted.assignee.name)


def _wanted(session: Session, caller: Caller, patch: IssuePatch) -> Wanted:
    if patch.status is None and patch.priority is None and patch.assignee is None:
        raise InvalidInput("nothing to change: give a status, a priority or an assignee", reason="nothing_to_change")
    assignee = None
    if patch.assignee is not None:
        text = patch.assignee
        if text == "me":
            text = caller.account.email
            if not text:
                raise InvalidInput("a token is nobody to assign an issue to: name a member or a #team", reason="invalid_assignee")
        assignee = teams.named(session, caller.account.organization_id, text)
    computed = patch.priority == "computed"
    priority = Priority(patch.priority) if patch.priority is not None and not computed else None
    return Wanted(_decision(patch), priority, computed, assignee, patch.reason)


def _decision(patch: IssuePatch) -> Decision | None:
    if patch.status is None:
        return None
    status = IssueStatus(patch.status)
    if patch.resolve is not None and status != IssueStatus.RESOLVED:
        raise InvalidInput("`resolve` goes with status resolved", reason="invalid_change")
    if patch.ignore is not None and status != IssueStatus.IGNORED:
        raise InvalidInput("`ignore` goes with status ignored", reason="invalid_change")
    resolve, ignore = patch.resolve or Resolve(), patch.ignore or Ignore()
    until_us = microseconds(ignore.until) if ignore.until else None
    if ignore.window_seconds is not None and ignore.events is None and ignore.users is None:
        raise InvalidInput("`window_seconds` goes with events or users", reason="invalid_change")
    if until_us is not None and until_us <= now_us():
        raise InvalidInput("`until` is in the past", reason="invalid_change")
    this_release = resolve.how == "this_release"
    return Decision(
        status=status,
        how=ResolvedIn.RELEASE if this_release else ResolvedIn(resolve.how),
        this_release=this_release,
        release=resolve.release,
        commit=resolve.commit.lower(),
        ignoring=Ignoring(
            at_us=0,
            until_us=until_us,
            events=ignore.events,
            users=ignore.users,
            window_seconds=ignore.window_seconds,
            next_release=ignore.next_release,
            escalating=ignore.escalating,
        ),
    )
