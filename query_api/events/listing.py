"""An issue's events, newest first: from the hot tier, and the youngest from the log."""

from query_api import cursors
from query_api.events import source
from query_api.events.detail import read_event
from query_api.events.source import Place
from query_api.events.views import event_row
from query_api.gateway import Row
from query_api.issues.detail import find as find_issue
from query_api.issues.listing import Asked
from query_api.schemas import EventPage, EventRow
from query_api.state import ApiState
from query_api.times import microseconds
from seiche.errors import NotFound
from seiche.query.clickhouse import Position
from seiche.query.language import Query, parse
from seiche.query.scope import Scope
from seiche.registry import issue_queries
from seiche.registry.engine import read
from seiche.registry.tables import Issue

ORDER = "events"


def page(api: ApiState, scope: Scope, issue_id: int, asked: Asked) -> EventPage:
    """Raises `InvalidInput`, `NotFound`, and `StoreUnavailable` where analytics do not answer."""
    query = parse(asked.query)
    place = cursors.decode(asked.cursor, ORDER, 3)
    issue, _ = find_issue(api, scope, issue_id)
    rows = api.gateway.events(
        scope,
        issue.project_id,
        issue.id,
        filters=query.filters,
        event_ids=_matching(api, scope, issue, query),
        before=Position(*place) if place else None,
        limit=asked.limit + 1,
    )
    items = [_row(row) for row in rows[: asked.limit]]
    if place is None and query == Query():
        items = _with_youngest(api, issue, items)
    return EventPage(items=items, next_cursor=_cursor(rows[asked.limit - 1]) if len(rows) > asked.limit else None)


def _matching(api: ApiState, scope: Scope, issue: Issue, query: Query) -> list[str] | None:
    if not query.terms:
        return None
    with read(api.engine) as session:
        fingerprints = [row.fingerprint for row in issue_queries.fingerprints(session, issue.project_id, issue.id, limit=10_000)]
    return list(api.gateway.matching_events(scope, issue.project_id, fingerprints, query.terms))


def _with_youngest(api: ApiState, issue: Issue, items: list[EventRow]) -> list[EventRow]:
    """Put the issue's newest event, and where there is nothing else its first, in front until a batch has them."""
    shown = {item.event_id for item in items}
    young = [(issue.last_event_id, Place(issue.last_partition, issue.last_offset))]
    if not items:
        young.append((issue.first_event_id, Place(issue.first_partition, issue.first_offset)))
    found = []
    for event_id, place in dict(young).items():
        if event_id in shown:
            continue
        try:
            record = source.load(api, issue.project_id, event_id, place)
        except NotFound:  # removed by retention: the list shows what is kept
            continue
        found.append(event_row(*read_event(api, record, place)))
    return [*found, *items]


def _row(row: Row) -> EventRow:
    return EventRow(
        event_id=row["event_id"],
        received_at=row["received_at"],
        occurred_at=row["occurred_at"],
        title=row["title"],
        level=row["level"],
        release=row["release"],
        environment=row["environment"],
        user=row["user_key"],
    )


def _cursor(row: Row) -> str:
    return cursors.encode(ORDER, microseconds(row["received_at"]), row["log_partition"], row["log_offset"])
