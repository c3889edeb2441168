"""Ownership rules of a project, and whom they suggest for an issue."""

from fastapi import APIRouter

from query_api.auth.sessions import Caller, SignedIn
from query_api.deps import Api, numeric_id
from query_api.errors import responses
from query_api.events import source
from query_api.events.detail import read_event
from query_api.events.source import Place
from query_api.issues.detail import find
from query_api.owner_schemas import OwnershipBody, OwnershipView, SuggestedOwner
from query_api.state import ApiState
from query_api.times import moment, now_us
from seiche.errors import InvalidInput
from seiche.issues.ownership import owner, parse, traits
from seiche.registry import ownership, project_queries, teams
from seiche.registry.engine import read, write
from seiche.registry.lifecycle_tables import Ownership

router = APIRouter(tags=["ownership"])
SHOWN_ERRORS = 10


@router.get("/projects/{slug}/ownership", responses=responses(404))
async def get_ownership(api: Api, caller: SignedIn, slug: str) -> OwnershipView:
    """The rules as they were written."""
    return await api.run(_get, api, caller, slug)


@router.put("/projects/{slug}/ownership", responses=responses(400, 403, 404, 413))
async def set_ownership(api: Api, caller: SignedIn, slug: str, body: OwnershipBody) -> OwnershipView:
    """Replace the rules; where a line is wrong nothing is saved, and the answer names every such line."""
    return await api.run(_set, api, caller, slug, body)


@router.get("/issues/{issue_id}/owners", responses=responses(404, 503))
async def suggested_owners(api: Api, caller: SignedIn, issue_id: str) -> list[SuggestedOwner]:
    """Whom the rules suggest, by the issue's newest event."""
    return await api.run(_suggested, api, caller, numeric_id(issue_id))


def _get(api: ApiState, caller: Caller, slug: str) -> OwnershipView:
    with read(api.engine) as session:
        project = project_queries.find(session, caller.scope.project_ids, slug)
        return _view(ownership.of_project(session, project.id))


def _set(api: ApiState, caller: Caller, slug: str, body: OwnershipBody) -> OwnershipView:
    with write(api.engine) as session:
        project = project_queries.find(session, caller.scope.project_ids, slug)
        caller.must_manage()
        known = teams.known_owners(session, project.organization_id)
        _, wrong = parse(body.rules, known=lambda name: name.lower() in known)
        if wrong:
            more = f"; and {len(wrong) - SHOWN_ERRORS} more" if len(wrong) > SHOWN_ERRORS else ""
            raise InvalidInput("; ".join(map(str, wrong[:SHOWN_ERRORS])) + more, reason="invalid_ownership")
        row = ownership.save(session, project.id, body.rules, auto_assign=body.auto_assign, actor=caller.account.actor, now_us=now_us())
        return _view(row)


def _suggested(api: ApiState, caller: Caller, issue_id: int) -> list[SuggestedOwner]:
    issue, project = find(api, caller.scope, issue_id)
    with read(api.engine) as session:
        row = ownership.of_project(session, project.id)
        known = teams.known_owners(session, project.organization_id) if row is not None and row.rules else {}
    if row is None or not row.rules:
        return []
    place = Place(issue.last_partition, issue.last_offset)
    record = source.load(api, project.id, issue.last_event_id, place)
    event, _ = read_event(api, record, place)
    rule = owner(ownership.read_rules(row.rules), traits(event))
    if rule is None:
        return []
    return [SuggestedOwner(owner=known[name.lower()].name, line=rule.line, rule=rule.text) for name in rule.owners if name.lower() in known]


def _view(row: Ownership | None) -> OwnershipView:
    if row is None:
        return OwnershipView(rules="", auto_assign=True, updated_by="", updated_at=None)
    return OwnershipView(rules=row.rules, auto_assign=row.auto_assign, updated_by=row.updated_by, updated_at=moment(row.updated_at_us))
