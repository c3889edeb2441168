"""One issue: what it is, where it was seen, why its events are one, what happened to it."""

from itertools import groupby

from query_api.issues.listing import figures_of
from query_api.issues.views import fingerprint, issue_row, related_ids
from query_api.live import entry_of
from query_api.schemas import ActivityEntry, IssueDetail, TagSummary, TagValue
from query_api.state import ApiState
from seiche.errors import NotFound
from seiche.query.scope import Scope
from seiche.registry import issue_queries
from seiche.registry.engine import read
from seiche.registry.tables import Issue, Project


def find(api: ApiState, scope: Scope, issue_id: int) -> tuple[Issue, Project]:
    """An issue the caller may see; an id that was merged away leads to the issue that has its events now. Raises `NotFound`."""
    with read(api.engine) as session:
        found = issue_queries.find(session, scope.project_ids, issue_id)
    if found is None:
        raise NotFound(f"there is no issue {issue_id}")
    return found


def issue(api: ApiState, scope: Scope, issue_id: int) -> IssueDetail:
    """The whole page's head."""
    found, project = find(api, scope, issue_id)
    with read(api.engine) as session:
        fingerprints = issue_queries.fingerprints(session, project.id, found.id)
        releases = issue_queries.facets(session, found.id, "release")
        environments = issue_queries.facets(session, found.id, "environment")
        spoken_of = {each for row in fingerprints for each in related_ids(row)}
        related = {each.id: each for each in issue_queries.by_ids(session, project.id, sorted(spoken_of))}
    figures = figures_of(api, scope, project.id, [found])
    return IssueDetail(
        **issue_row(found, project.slug, figures).model_dump(),
        project=project.slug,
        first_release=found.first_release,
        last_release=found.last_release,
        first_event_id=found.first_event_id,
        last_event_id=found.last_event_id,
        fingerprints=[fingerprint(row, project.slug, related) for row in fingerprints],
        releases=releases,
        environments=environments,
        as_of=figures.as_of,
    )


def tags(api: ApiState, scope: Scope, issue_id: int) -> list[TagSummary]:
    """Each tag with its ten most frequent values, of the events that analytics hold."""
    found, project = find(api, scope, issue_id)
    rows = api.gateway.tags(scope, project.id, found.id)
    summaries = []
    for key, group in groupby(rows, key=lambda row: row["name"]):
        values = list(group)
        summaries.append(
            TagSummary(key=key, total=values[0]["total"], values=[TagValue(value=row["value"], count=row["found"]) for row in values])
        )
    return summaries


def activity(api: ApiState, scope: Scope, issue_id: int) -> list[ActivityEntry]:
    """Newest first."""
    found, _ = find(api, scope, issue_id)
    with read(api.engine) as session:
        return [entry_of(row) for row in issue_queries.activity(session, found.id)]
