"""Moving single events, as the API offers it: what is known of them is read first, then one short registry transaction."""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from query_api.auth.sessions import Caller
from query_api.deps import numeric_id
from query_api.events import source
from query_api.events.detail import read_event, usable_id
from query_api.grouping.schemas import ChangeView, MoveBody
from query_api.grouping.service import done, who_is
from query_api.issues.detail import find
from query_api.state import ApiState
from seiche.errors import InvalidInput, StoreUnavailable
from seiche.query.scope import Scope
from seiche.registry import moves, regroups, sightings
from seiche.registry.engine import read
from seiche.registry.moves import Moving, Seen
from seiche.registry.tables import DuplicateRow

MOST_UNLISTED = 25
"""Events that the hot tier does not have, too young or too old: each is read from the log or from bronze."""


def move(api: ApiState, caller: Caller, issue_id: int, body: MoveBody) -> ChangeView:
    """Raises `InvalidInput`, `NotFound`, and `StoreUnavailable` where analytics, or the alerts process, are behind."""
    issue, project = find(api, caller.scope, issue_id)
    target = find(api, caller.scope, numeric_id(body.to))[0].id if body.to is not None else None
    wanted = list(dict.fromkeys(usable_id(text) for text in body.event_ids))
    with read(api.engine) as session:
        counted = regroups.moves_under_way(session, project.id) | moves.counted_under(session, project.id, wanted)
    moving = _found(api, caller.scope, project.id, wanted, counted)
    remains = {one.fingerprint: _remaining(api, caller.scope, project.id, one.fingerprint, wanted, counted) for one in moving}
    who = who_is(caller, body.reason)
    return done(api, lambda session: moves.move(session, issue.id, moving, remains, target, who))


def _found(api: ApiState, scope: Scope, project_id: int, wanted: Sequence[str], counted: Mapping[str, str]) -> list[Moving]:
    listed = api.gateway.single(scope, project_id, wanted)
    unlisted = [event_id for event_id in wanted if event_id not in listed]
    if len(unlisted) > MOST_UNLISTED:
        raise InvalidInput(
            f"{len(unlisted)} of these events are not listed (too young, or too old): move {MOST_UNLISTED} of such at a time",
            reason="too_many_events",
        )
    found = [Moving(event_id, counted.get(event_id, fingerprint), at_us, seen) for event_id, (fingerprint, at_us, seen) in listed.items()]
    return found + [_read(api, scope, project_id, event_id, counted) for event_id in unlisted]


def _read(api: ApiState, scope: Scope, project_id: int, event_id: str, counted: Mapping[str, str]) -> Moving:
    """An event that only the log, or bronze, has."""
    place = source.find(api, scope, project_id, event_id)
    record = source.load(api, project_id, event_id, place)
    with read(api.engine) as session:
        _decided(session, event_id, place)
    event, grouping = read_event(api, record, place)
    at_us = event.occurred_at_us
    seen = Seen(
        environment=event.environment,
        type=grouping.type[:256],
        value=grouping.value[:2048],
        title=grouping.title,
        culprit=grouping.culprit[:256],
        platform=event.platform[:32],
        level=event.level,
        count=1,
        first_seen_us=at_us,
        last_seen_us=at_us,
        first_partition=place.partition,
        first_offset=place.offset,
        first_event_id=event_id,
        last_partition=place.partition,
        last_offset=place.offset,
        last_event_id=event_id,
        first_release=event.release,
        last_release=event.release,
    )
    return Moving(event_id, counted.get(event_id, grouping.fingerprints[0]), record.received_at_us, seen)


def _decided(session: Session, event_id: str, place: source.Place) -> None:
    """What is not counted yet cannot be counted elsewhere."""
    repeated = session.get(DuplicateRow, (place.partition, place.offset)) is not None
    if repeated or sightings.position(session, place.partition) <= place.offset:
        raise StoreUnavailable(f"event {event_id} has only just arrived: try again in a few seconds", retry_after_seconds=2)


def _remaining(  # noqa: PLR0917 - one step of the function above
    api: ApiState, scope: Scope, project_id: int, fingerprint: str, leaving: Sequence[str], counted: Mapping[str, str]
) -> list[Seen]:
    """What the fingerprint has without the events; the tables may not have followed earlier moves yet."""
    here = [event_id for event_id, name in counted.items() if name == fingerprint]
    elsewhere = [event_id for event_id, name in counted.items() if name != fingerprint]
    return api.gateway.others(scope, project_id, fingerprint, of=here, without=[*leaving, *elsewhere])
