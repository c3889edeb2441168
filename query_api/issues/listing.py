"""The issue list: the registry is the source; users and sparklines come from rollups, words from registry and index together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from query_api import cursors
from query_api.gateway import NO_FIGURES, Figures, Numbers
from query_api.issues import narrowing
from query_api.issues.views import issue_row
from query_api.schemas import IssuePage, Sort
from query_api.state import ApiState
from query_api.times import now_us
from seiche.errors import StoreUnavailable
from seiche.query.language import Filter, Key, Query, compared, parse
from seiche.query.scope import Scope
from seiche.registry import issue_queries, project_queries, teams
from seiche.registry.engine import read
from seiche.registry.issue_queries import COMPARE, After
from seiche.registry.tables import Issue


@dataclass(frozen=True)
class Asked:
    """What a request asks of the list."""

    query: str
    sort: Sort
    cursor: str
    limit: int
    me: str = ""
    """The caller's mail address."""


def page(api: ApiState, scope: Scope, slug: str, asked: Asked) -> IssuePage:
    """One page. Raises `InvalidInput`, `NotFound`, and `StoreUnavailable` where analytics are down and needed (docs/api.md)."""
    query, sort, limit = parse(asked.query), asked.sort, asked.limit
    place = cursors.decode(asked.cursor, sort, 2)
    after = After(*place) if place else None
    with read(api.engine) as session:
        project = project_queries.find(session, scope.project_ids, slug)
    only, without = narrowing.found_by_events(api, scope, project.id, query)
    filters = narrowing.scoping(query)
    numbers = narrowing.numbers(api, scope, project.id, filters, users=sort == "users")
    users = api.gateway.users(scope, project.id) if sort == "users" and numbers is None else {}
    with read(api.engine) as session:
        in_registry = query if numbers is None else Query((), tuple(item for item in query.filters if item.key is not Key.TIMES_SEEN))
        conditions = issue_queries.matching(session, project.id, in_registry, only, without, me=asked.me, now_us=now_us())
        if numbers is None and sort != "users":
            total, has_more = issue_queries.total(session, conditions)
            rows = issue_queries.page(session, conditions, sort=sort, after=after, limit=limit + 1)
        else:
            values = _values(session, conditions, query, sort, numbers, users)
            total, has_more = len(values), False
            rows = issue_queries.by_ids(session, project.id, _ordered(values, after, limit + 1))
        assignees = teams.assignees(session, rows[:limit])
    shown = rows[:limit]
    figures = figures_of(api, scope, project.id, shown, filters)
    within = numbers or {}
    return IssuePage(
        items=[
            issue_row(issue, project.slug, figures, assignees.get(issue.id, teams.NOBODY).name, within.get(issue.id)) for issue in shown
        ],
        next_cursor=cursors.encode(sort, _value(shown[-1], sort, users, within), shown[-1].id) if len(rows) > limit else None,
        total=total,
        total_has_more=has_more,
        as_of=figures.as_of,
    )


def figures_of(api: ApiState, scope: Scope, project_id: int, issues: Sequence[Issue], filters: Sequence[Filter] = ()) -> Figures:
    """Users and sparklines; where analytics do not answer, none and `as_of` null, which says so."""
    try:
        return api.gateway.figures(scope, project_id, [issue.id for issue in issues], datetime.now(UTC), filters)
    except StoreUnavailable:
        return NO_FIGURES


def _values(  # noqa: PLR0917 - called once, above
    session: Session,
    conditions: list[sa.ColumnElement[bool]],
    query: Query,
    sort: Sort,
    numbers: dict[int, Numbers] | None,
    users: dict[int, int],
) -> dict[int, int]:
    """Every matching issue with what it is sorted by, where the registry cannot sort."""
    issue_ids = issue_queries.ids(session, conditions)
    if numbers is None:
        return {issue_id: users.get(issue_id, 0) for issue_id in issue_ids}
    times = [
        (COMPARE[sign], number, item.negated) for item in query.filters if item.key is Key.TIMES_SEEN for sign, number in [compared(item)]
    ]
    chosen = (issue_id for issue_id in issue_ids if issue_id in numbers)
    return {
        issue_id: _sorted_by(numbers[issue_id], sort)
        for issue_id in chosen
        if all(compare(numbers[issue_id].count, number) != negated for compare, number, negated in times)
    }


def _ordered(values: dict[int, int], after: After | None, limit: int) -> list[int]:
    ordered = sorted(((value, issue_id) for issue_id, value in values.items()), reverse=True)
    if after is not None:
        ordered = [pair for pair in ordered if pair < (after.value, after.issue_id)]
    return [issue_id for _, issue_id in ordered[:limit]]


def _sorted_by(within: Numbers, sort: Sort) -> int:
    return {"users": within.users, "count": within.count, "first_seen": within.first_us, "last_seen": within.last_us}[sort]


def _value(issue: Issue, sort: Sort, users: dict[int, int], within: dict[int, Numbers]) -> int:
    if issue.id in within:
        return _sorted_by(within[issue.id], sort)
    whole = {"count": issue.count, "first_seen": issue.first_seen_us, "last_seen": issue.last_seen_us}
    return users.get(issue.id, 0) if sort == "users" else whole[sort]
