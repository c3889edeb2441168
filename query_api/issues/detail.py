"""One issue: what it is, where it was seen, why its events are one, what happened to it."""

from itertools import groupby

from query_api.gateway import Numbers
from query_api.issues import narrowing
from query_api.issues.listing import figures_of
from query_api.issues.views import fingerprint, ignoring, issue_row, related_ids, resolution, waits_for
from query_api.live import entry_of
from query_api.schemas import ActivityEntry, IssueDetail, TagSummary, TagValue
from query_api.state import ApiState
from seiche.errors import NotFound
from seiche.query.language import parse
from seiche.query.scope import Scope
from seiche.registry import counters, issue_queries, teams
from seiche.registry.engine import read
from seiche.registry.issues import newest_of_project
from seiche.registry.tables import Issue, Project


def find(api: ApiState, scope: Scope, issue_id: int) -> tuple[Issue, Project]:
    """An issue the caller may see; an id that was merged away leads to the issue that has its events now. Raises `NotFound`."""
    with read(api.engine) as session:
        found = issue_queries.find(session, scope.project_ids, issue_id)
    if found is None:
        raise NotFound(f"there is no issue {issue_id}")
    return found


def issue(api: ApiState, scope: Scope, issue_id: int, query: str = "") -> IssueDetail:
    """The whole page's head; the numbers are those within the query's environment, release and level."""
    found, project = find(api, scope, issue_id)
    filters = narrowing.scoping(parse(query))
    numbers = narrowing.numbers(api, scope, project.id, filters, [found.id])
    # Nothing within the filter is a number too.
    within = None if numbers is None else numbers.get(found.id, Numbers(0, 0, found.first_seen_us, found.last_seen_us))
    with read(api.engine) as session:
        fingerprints = issue_queries.fingerprints(session, project.id, found.id)
        releases = issue_queries.facets(session, found.id, "release")
        environments = issue_queries.facets(session, found.id, "environment")
        spoken_of = {each for row in fingerprints for each in related_ids(row)}
        related = {each.id: each for each in issue_queries.by_ids(session, project.id, sorted(spoken_of))}
        newest_release = newest_of_project(session, project.id)
        assignee = teams.assignees(session, [found]).get(found.id, teams.NOBODY).name
        counted = {terms.kind: counter.count for (_, terms), counter in counters.load(session, waits_for(found)).items()}
    figures = figures_of(api, scope, project.id, [found], filters)
    return IssueDetail(
        **issue_row(found, project.slug, figures, assignee, within).model_dump(),
        project=project.slug,
        first_release=found.first_release,
        last_release=found.last_release,
        first_event_id=found.first_event_id,
        last_event_id=found.last_event_id,
        fingerprints=[fingerprint(row, project.slug, related) for row in fingerprints],
        releases=releases,
        environments=environments,
        newest_release=newest_release,
        priority_reason=found.priority_reason,
        priority_by=found.priority_by,
        resolution=resolution(found),
        ignoring=ignoring(found, counted),
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
