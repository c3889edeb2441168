"""Teams and members of an organization, and whom an issue is assigned to."""

import re
from collections.abc import Collection, Iterable, Sequence

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from seiche.errors import InvalidInput, NotFound
from seiche.registry.issues import record
from seiche.registry.lifecycle_tables import Team, TeamMember
from seiche.registry.tables import Issue, Membership, UserAccount

MOST_TEAMS = 200
_SLUG = re.compile(r"[a-z0-9][a-z0-9_\-]{0,63}")


class Assignee(msgspec.Struct, frozen=True):
    """A member or a team; nobody where both are None."""

    user_id: int | None = None
    team_id: int | None = None
    name: str = ""
    """A mail address, or `#slug`."""


NOBODY = Assignee()


def members(session: Session, organization_id: int) -> Sequence[tuple[UserAccount, str]]:
    """Everybody with their role, by mail address."""
    chosen = sa.select(UserAccount, Membership.role).join(Membership, Membership.user_id == UserAccount.id)
    rows = session.execute(chosen.where(Membership.organization_id == organization_id).order_by(UserAccount.email))
    return [(row[0], row[1]) for row in rows]


def teams(session: Session, organization_id: int) -> Sequence[Team]:
    """By slug."""
    return session.scalars(sa.select(Team).where(Team.organization_id == organization_id).order_by(Team.slug)).all()


def find(session: Session, organization_id: int, slug: str) -> Team:
    """Raises `NotFound`."""
    team = session.scalar(sa.select(Team).where(Team.organization_id == organization_id, Team.slug == slug))
    if team is None:
        raise NotFound(f"there is no team {slug[:64]!r}")
    return team


def create(session: Session, organization_id: int, slug: str, name: str, *, now_us: int) -> Team:
    """A team without members. Raises `InvalidInput`."""
    if not _SLUG.fullmatch(slug):
        raise InvalidInput(
            f"{slug[:64]!r} is no team's short name: lower-case letters, digits, - and _, at most 64 of them", reason="invalid_team"
        )
    there = [team.slug for team in teams(session, organization_id)]
    if slug in there:
        raise InvalidInput(f"there is a team #{slug} already", reason="team_exists")
    if len(there) >= MOST_TEAMS:
        raise InvalidInput(f"an organization has at most {MOST_TEAMS} teams", reason="too_many_teams")
    team = Team(organization_id=organization_id, slug=slug, name=name, created_at_us=now_us)
    session.add(team)
    session.flush()
    return team


def delete(session: Session, team: Team) -> None:
    """Its issues are nobody's then."""
    session.execute(sa.update(Issue).where(Issue.assignee_team_id == team.id).values(assignee_team_id=None))
    session.delete(team)


def set_members(session: Session, team: Team, emails: Iterable[str]) -> None:
    """These and no others. Raises `InvalidInput` where one is no member of the organization."""
    known = {user.email.lower(): user.id for user, _ in members(session, team.organization_id)}
    wanted = list(dict.fromkeys(email.lower() for email in emails))
    if unknown := [email for email in wanted if email not in known]:
        raise InvalidInput(f"{unknown[0][:254]!r} is no member of this organization", reason="no_member")
    session.execute(sa.delete(TeamMember).where(TeamMember.team_id == team.id))
    session.add_all([TeamMember(team_id=team.id, user_id=known[email]) for email in wanted])
    session.flush()


def emails_of(session: Session, team_ids: Collection[int]) -> dict[int, list[str]]:
    """Each team's members."""
    chosen = sa.select(TeamMember.team_id, UserAccount.email).join(UserAccount, UserAccount.id == TeamMember.user_id)
    found: dict[int, list[str]] = {team_id: [] for team_id in team_ids}
    for team_id, email in session.execute(chosen.where(TeamMember.team_id.in_(team_ids)).order_by(UserAccount.email)):
        found[team_id].append(email)
    return found


def known_owners(session: Session, organization_id: int) -> dict[str, Assignee]:
    """Everyone issues may belong to, by what ownership rules call them."""
    people = {user.email.lower(): Assignee(user_id=user.id, name=user.email) for user, _ in members(session, organization_id)}
    return people | {f"#{team.slug}": Assignee(team_id=team.id, name=f"#{team.slug}") for team in teams(session, organization_id)}


def named(session: Session, organization_id: int, text: str) -> Assignee:
    """A member by mail address, a `#team`, or nobody. Raises `InvalidInput`."""
    if not text:
        return NOBODY
    found = known_owners(session, organization_id).get(text.lower())
    if found is None:
        raise InvalidInput(f"{text[:254]!r} is neither a member's mail address nor a #team of this organization", reason="invalid_assignee")
    return found


def assignees(session: Session, issues: Iterable[Issue]) -> dict[int, Assignee]:
    """Issue -> whom it is assigned to; the others are left out."""
    listed = list(issues)
    user_ids = {issue.assignee_user_id for issue in listed} - {None}
    team_ids = {issue.assignee_team_id for issue in listed} - {None}
    people = session.execute(sa.select(UserAccount.id, UserAccount.email).where(UserAccount.id.in_(user_ids))) if user_ids else ()
    known = session.execute(sa.select(Team.id, Team.slug).where(Team.id.in_(team_ids))) if team_ids else ()
    users, slugs = {row[0]: row[1] for row in people}, {row[0]: row[1] for row in known}
    found = {}
    for issue in listed:
        user_id, team_id = issue.assignee_user_id, issue.assignee_team_id
        if user_id in users:
            found[issue.id] = Assignee(user_id=user_id, name=users[user_id])
        elif team_id in slugs:
            found[issue.id] = Assignee(team_id=team_id, name=f"#{slugs[team_id]}")
    return found


def assign(session: Session, issue: Issue, to: Assignee, *, actor: str, reason: str, now_us: int) -> bool:
    """Whether that changed anything."""
    if (issue.assignee_user_id, issue.assignee_team_id) == (to.user_id, to.team_id):
        return False
    before = assignees(session, [issue]).get(issue.id, NOBODY)
    issue.assignee_user_id, issue.assignee_team_id = to.user_id, to.team_id
    record(session, issue, "assigned", actor=actor, reason=reason, data={"from": before.name, "to": to.name}, now_us=now_us)
    return True
