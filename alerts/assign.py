"""New issues find their owner: the last ownership rule that matches their first event, in the consumer's transaction."""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from alerts.prepare import ConfigOf, Sighting, with_details
from alerts.rules import Happening
from seiche.issues.ownership import owner, traits
from seiche.model.alert import Trigger
from seiche.registry import ownership, teams
from seiche.registry.issues import SYSTEM
from seiche.registry.tables import Issue, Project


def assigned(
    session: Session, projects: Mapping[int, Project], made: Sequence[tuple[Issue, Sighting]], *, config_of: ConfigOf, now_us: int
) -> list[Happening]:
    """Assign new issues; what happened to which."""
    rules = ownership.assigning(session, {issue.project_id for issue, _ in made}) if made else {}
    known = {
        organization_id: teams.known_owners(session, organization_id)
        for organization_id in {projects[project_id].organization_id for project_id in rules}
    }
    found: list[Happening] = []
    for issue, first in made:
        rule = owner(rules.get(issue.project_id, ()), traits(with_details(first, config_of))) if issue.project_id in rules else None
        people = known[projects[issue.project_id].organization_id] if rule else {}
        # The first owner that is still there.
        to = next((people[name.lower()] for name in rule.owners if name.lower() in people), None) if rule else None
        if rule is None or to is None:
            continue
        reason = f"ownership rule on line {rule.line}: {rule.text}"[:500]
        if teams.assign(session, issue, to, actor=SYSTEM, reason=reason, now_us=now_us):
            found.append(Happening(issue.id, Trigger.ASSIGNED, first, f"to {to.name}"))
    return found
