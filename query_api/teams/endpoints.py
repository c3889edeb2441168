"""Members and teams of the caller's organization."""

from collections.abc import Iterable

from fastapi import APIRouter
from sqlalchemy.orm import Session

from query_api.auth.sessions import Caller, SignedIn
from query_api.deps import Api
from query_api.errors import responses
from query_api.owner_schemas import Member, NewTeam, TeamPatch, TeamView
from query_api.state import ApiState
from query_api.times import now_us
from seiche.registry import teams
from seiche.registry.engine import read, write
from seiche.registry.lifecycle_tables import Team

router = APIRouter(tags=["teams"])


@router.get("/members")
async def list_members(api: Api, caller: SignedIn) -> list[Member]:
    """Whom issues may be assigned to."""
    return await api.run(_members, api, caller)


@router.get("/teams")
async def list_teams(api: Api, caller: SignedIn) -> list[TeamView]:
    """By slug, with their members."""
    return await api.run(_teams, api, caller)


@router.post("/teams", status_code=201, responses=responses(400, 403, 413))
async def create_team(api: Api, caller: SignedIn, body: NewTeam) -> TeamView:
    """A team without members."""
    return await api.run(_create, api, caller, body)


@router.patch("/teams/{team}", responses=responses(400, 403, 404, 413))
async def change_team(api: Api, caller: SignedIn, team: str, body: TeamPatch) -> TeamView:
    """Its name, its members; the slug stays, rules name it."""
    return await api.run(_change, api, caller, team, body)


@router.delete("/teams/{team}", status_code=204, responses=responses(403, 404))
async def delete_team(api: Api, caller: SignedIn, team: str) -> None:
    """Its issues are nobody's then; ownership rules that name it are skipped."""
    await api.run(_delete, api, caller, team)


def _members(api: ApiState, caller: Caller) -> list[Member]:
    with read(api.engine) as session:
        found = teams.members(session, caller.account.organization_id)
        return [Member(email=user.email, name=user.name, role=role) for user, role in found]


def _teams(api: ApiState, caller: Caller) -> list[TeamView]:
    with read(api.engine) as session:
        return _views(session, teams.teams(session, caller.account.organization_id))


def _create(api: ApiState, caller: Caller, body: NewTeam) -> TeamView:
    caller.must_manage()
    with write(api.engine) as session:
        made = teams.create(session, caller.account.organization_id, body.slug, body.name or body.slug, now_us=now_us())
        return _views(session, [made])[0]


def _change(api: ApiState, caller: Caller, slug: str, body: TeamPatch) -> TeamView:
    with write(api.engine) as session:
        team = teams.find(session, caller.account.organization_id, slug)
        caller.must_manage()
        team.name = body.name or team.name
        if body.members is not None:
            teams.set_members(session, team, body.members)
        return _views(session, [team])[0]


def _delete(api: ApiState, caller: Caller, slug: str) -> None:
    with write(api.engine) as session:
        team = teams.find(session, caller.account.organization_id, slug)
        caller.must_manage()
        teams.delete(session, team)


def _views(session: Session, found: Iterable[Team]) -> list[TeamView]:
    listed = list(found)
    emails = teams.emails_of(session, [team.id for team in listed])
    return [TeamView(slug=team.slug, name=team.name, members=emails[team.id]) for team in listed]
