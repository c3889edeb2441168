"""The issue list: the registry is the source; users and sparklines come from rollups, words from registry and index together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from query_api import cursors
from query_api.gateway import MOST_MATCHES, NO_FIGURES, Figures
from query_api.issues.views import issue_row
from query_api.schemas import IssuePage, Sort
from query_api.state import ApiState
from seiche.errors import InvalidInput, StoreUnavailable
from seiche.ports.search_index import TextTerm
from seiche.query.language import parse
from seiche.query.scope import Scope
from seiche.registry import issue_queries, project_queries
from seiche.registry.engine import read
from seiche.registry.issue_queries import After
from seiche.registry.tables import Issue


@dataclass(frozen=True)
class Asked:
    """What a request asks of the list."""

    query: str
    sort: Sort
    cursor: str
    limit: int


def page(api: ApiState, scope: Scope, slug: str, asked: Asked) -> IssuePage:
    """One page. Raises `InvalidInput`, `NotFound`, and `StoreUnavailable` where words or users are asked for and analytics are down."""
    query, sort, limit = parse(asked.query), asked.sort, asked.limit
    place = cursors.decode(asked.cursor, sort, 2)
    after = After(*place) if place else None
    with read(api.engine) as session:
        project = project_queries.find(session, scope.project_ids, slug)
    only = _ids_of_words(api, scope, project.id, query.terms) if query.terms else None
    users = api.gateway.users(scope, project.id) if sort == "users" else {}
    with read(api.engine) as session:
        conditions = issue_queries.matching(session, project.id, query, only)
        total = issue_queries.total(session, conditions)
        if sort == "users":
            chosen = _by_users(issue_queries.ids(session, conditions), users, after, limit + 1)
            rows = issue_queries.by_ids(session, project.id, chosen)
        else:
            rows = issue_queries.page(session, conditions, sort=sort, after=after, limit=limit + 1)
    shown = rows[:limit]
    figures = figures_of(api, scope, project.id, shown)
    return IssuePage(
        items=[issue_row(issue, project.slug, figures) for issue in shown],
        next_cursor=cursors.encode(sort, _value(shown[-1], sort, users), shown[-1].id) if len(rows) > limit else None,
        total=total,
        as_of=figures.as_of,
    )


def figures_of(api: ApiState, scope: Scope, project_id: int, issues: Sequence[Issue]) -> Figures:
    """Users and sparklines; where analytics do not answer, none and `as_of` null, which says so."""
    try:
        return api.gateway.figures(scope, project_id, [issue.id for issue in issues], datetime.now(UTC))
    except StoreUnavailable:
        return NO_FIGURES


def _ids_of_words(api: ApiState, scope: Scope, project_id: int, terms: Sequence[TextTerm]) -> set[int]:
    try:
        fingerprints = api.gateway.matching_fingerprints(scope, project_id, terms)
    except StoreUnavailable as error:
        message = f"words cannot be searched now, filters can: the search index does not answer ({error})"
        raise StoreUnavailable(message, error.retry_after_seconds) from error
    if len(fingerprints) >= MOST_MATCHES:
        raise InvalidInput(f"more than {MOST_MATCHES} kinds of event match these words: add another", reason="too_many_matches")
    with read(api.engine) as session:
        found = issue_queries.ids_by_fingerprints(session, project_id, fingerprints)
        return found | issue_queries.ids_by_text(session, project_id, terms)


def _by_users(issue_ids: Sequence[int], users: dict[int, int], after: After | None, limit: int) -> list[int]:
    ordered = sorted(((users.get(issue_id, 0), issue_id) for issue_id in issue_ids), reverse=True)
    if after is not None:
        ordered = [pair for pair in ordered if pair < (after.value, after.issue_id)]
    return [issue_id for _, issue_id in ordered[:limit]]


def _value(issue: Issue, sort: Sort, users: dict[int, int]) -> int:
    match sort:
        case "users":
            return users.get(issue.id, 0)
        case "count":
            return issue.count
        case "first_seen":
            return issue.first_seen_us
        case "last_seen":
            return issue.last_seen_us
