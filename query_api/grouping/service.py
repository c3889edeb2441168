"""Merge, unmerge and undo, as the API offers them: each in one short registry transaction."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from query_api.auth.sessions import Caller
from query_api.deps import numeric_id
from query_api.grouping.schemas import ChangeView, FingerprintView, IssueGrouping, MergeBody, UnmergeBody
from query_api.issues.detail import find
from query_api.schemas import Component
from query_api.state import ApiState
from query_api.times import moment, now_us
from seiche.query.scope import Scope
from seiche.registry import groups, moves, project_queries
from seiche.registry.engine import read, write
from seiche.registry.groups import Who
from seiche.registry.regroup_tables import FingerprintTotal, GroupingChange
from seiche.registry.tables import FingerprintRow


def merge(api: ApiState, caller: Caller, slug: str, body: MergeBody) -> ChangeView:
    """Into the oldest of them. Raises `InvalidInput`, `NotFound`."""
    with read(api.engine) as session:
        project = project_queries.find(session, caller.scope.project_ids, slug)
    ids = {find(api, caller.scope, numeric_id(text))[0].id for text in dict.fromkeys(body.ids)}
    return done(api, lambda session: groups.merge(session, project.id, ids, who_is(caller, body.reason)))


def unmerge(api: ApiState, caller: Caller, issue_id: int, body: UnmergeBody) -> ChangeView:
    """Fingerprints out of an issue. Raises `InvalidInput`, `NotFound`."""
    issue, _ = find(api, caller.scope, issue_id)
    return done(api, lambda session: groups.unmerge(session, issue.id, body.fingerprints, who_is(caller, body.reason)))


def undo(api: ApiState, caller: Caller, slug: str, change_id: int, reason: str) -> ChangeView:
    """A change taken back. Raises `InvalidInput`, `NotFound`."""
    with read(api.engine) as session:
        project = project_queries.find(session, caller.scope.project_ids, slug)
    return done(api, lambda session: moves.undo(session, project.id, change_id, who_is(caller, reason)))


def changes(api: ApiState, scope: Scope, slug: str) -> list[ChangeView]:
    """What people did in a project, newest first."""
    with read(api.engine) as session:
        project = project_queries.find(session, scope.project_ids, slug)
        return [change_view(change) for change in groups.changes(session, project.id)]


def of_issue(api: ApiState, scope: Scope, issue_id: int) -> IssueGrouping:
    """What an issue is made of, and what people did about it."""
    issue, project = find(api, scope, issue_id)
    with read(api.engine) as session:
        made_of = groups.fingerprints_of(session, project.id, issue.id)
        done = groups.changes(session, project.id, issue.id)
    return IssueGrouping(fingerprints=[_fingerprint(row, total) for row, total in made_of], changes=[change_view(one) for one in done])


def change_view(change: GroupingChange) -> ChangeView:
    """A change as the API shows it."""
    return ChangeView(
        id=str(change.id),
        kind=change.kind,
        issue_id=str(change.issue_id),
        issues=[str(issue_id) for issue_id in sorted(groups.touched(change))],
        fingerprints=sum(step[1] != step[2] for step in change.data["steps"]),
        events=len(change.data.get("events", ())),
        actor=change.actor,
        reason=change.reason,
        at=moment(change.at_us),
        undone_at=moment(change.undone_at_us) if change.undone_at_us is not None else None,
        can_undo=change.undone_at_us is None and change.kind in groups.UNDOABLE,
    )


def who_is(caller: Caller, reason: str) -> Who:
    """Who changes something, now."""
    return Who(caller.account.actor, reason, now_us())


def done(api: ApiState, change: Callable[[Session], GroupingChange]) -> ChangeView:
    """A change in a transaction of its own."""
    with write(api.engine) as session:
        return change_view(change(session))


def _fingerprint(row: FingerprintRow, total: FingerprintTotal) -> FingerprintView:
    return FingerprintView(
        fingerprint=row.fingerprint,
        title=total.title,
        culprit=total.culprit,
        count=total.count,
        first_seen=moment(total.first_seen_us),
        last_seen=moment(total.last_seen_us),
        last_event_id=total.last_event_id,
        rule=row.rule,
        score=row.score,
        version=row.version,
        components=[Component(name=str(name), value=str(value)) for name, value in row.components],
        pinned=row.pinned,
    )
