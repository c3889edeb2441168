"""What a query's filters mean for numbers and events: counts within a filter, and the issues whose events pass one."""

from collections.abc import Sequence

from query_api.gateway import MOST_MATCHES, Numbers
from query_api.state import ApiState
from seiche.errors import InvalidInput, StoreUnavailable
from seiche.ports.search_index import TextTerm
from seiche.query.language import SCOPING, Filter, Key, Query
from seiche.query.scope import Scope
from seiche.registry import issue_queries
from seiche.registry.engine import read
from seiche.registry.issue_queries import OF_EVENTS


def scoping(query: Query) -> tuple[Filter, ...]:
    """The filters that narrow what is counted. One that excludes leaves whole issues out, and no number of the others changes."""
    return tuple(item for item in query.filters if item.key in SCOPING and not item.negated)


def numbers(
    api: ApiState, scope: Scope, project_id: int, filters: Sequence[Filter], issue_ids: Sequence[int] | None = None, *, users: bool = False
) -> dict[int, Numbers] | None:
    """Issue -> its numbers within `filters`; None where nothing narrows them.

    Within one filter the registry knows, at once (but for users); within several the rollups do. Raises `StoreUnavailable`.
    """
    if not filters:
        return None
    if len(filters) == 1 and not users:
        with read(api.engine) as session:
            found = issue_queries.scoped(session, project_id, filters[0])
        return {issue_id: Numbers(count, 0, first_us, last_us) for issue_id, (count, first_us, last_us) in found.items()}
    return api.gateway.numbers(scope, project_id, filters, issue_ids)


def found_by_events(api: ApiState, scope: Scope, project_id: int, query: Query) -> tuple[set[int] | None, set[int]]:
    """(issues that words and filters on events have found, None where there are none of these; issues that such filters exclude)."""
    only = _ids_of_words(api, scope, project_id, query.terms) if query.terms else None
    asked = [item for item in query.filters if item.key in OF_EVENTS]
    wanted = [item for item in asked if not item.negated]
    if wanted:
        found = _ids_of_events(api, scope, project_id, [*wanted, *scoping(query)])
        only = found if only is None else only & found
    without: set[int] = set()
    for item in asked:
        if item.negated:
            without |= _ids_of_events(api, scope, project_id, [Filter(item.key, item.value, name=item.name)])
    return only, without


def _ids_of_events(api: ApiState, scope: Scope, project_id: int, filters: Sequence[Filter]) -> set[int]:
    if len(filters) == 1 and filters[0].key is Key.EVENT_ID:
        with read(api.engine) as session:
            known = issue_queries.issues_of_event(session, project_id, filters[0].value.replace("-", "").lower())
        if known:
            return known
    fingerprints = api.gateway.fingerprints_with(scope, project_id, filters)
    return _ids_of(api, project_id, fingerprints)


def _ids_of_words(api: ApiState, scope: Scope, project_id: int, terms: Sequence[TextTerm]) -> set[int]:
    try:
        fingerprints = api.gateway.matching_fingerprints(scope, project_id, terms)
    except StoreUnavailable as error:
        message = f"words cannot be searched now, filters can: the search index does not answer ({error})"
        raise StoreUnavailable(message, error.retry_after_seconds) from error
    found = _ids_of(api, project_id, fingerprints)
    with read(api.engine) as session:
        return found | issue_queries.ids_by_text(session, project_id, terms)


def _ids_of(api: ApiState, project_id: int, fingerprints: Sequence[str]) -> set[int]:
    if len(fingerprints) >= MOST_MATCHES:
        raise InvalidInput(f"more than {MOST_MATCHES} kinds of event match: add another word or filter", reason="too_many_matches")
    with read(api.engine) as session:
        return issue_queries.ids_by_fingerprints(session, project_id, fingerprints)
