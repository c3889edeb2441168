"""Finding one event and reading its record: the log while it holds it, then bronze."""

from dataclasses import dataclass

from query_api.gateway import Gateway
from query_api.state import ApiState
from seiche.errors import NotFound, OffsetOutOfRange, StoreUnavailable
from seiche.model.record import LogRecord, RecordKind
from seiche.query.scope import Scope
from seiche.registry import erasures, issue_queries
from seiche.registry.engine import read

TAIL_RECORDS = 5000
"""How much of the log's end is searched for an event that no table has yet."""


@dataclass(frozen=True)
class Place:
    """Where the log holds, or held, an event."""

    partition: int
    offset: int
    received_at_us: int | None = None
    """Known to tables, not to the registry."""


def find(api: ApiState, scope: Scope, project_id: int, event_id: str) -> Place:
    """Raises `NotFound`; `StoreUnavailable` where only analytics could tell and they do not answer."""
    with read(api.engine) as session:
        known = issue_queries.place_of_event(session, scope.check(project_id), event_id)
    if known:
        return Place(*known)
    place, silent = _in_hot_tier(api.gateway, scope, project_id, event_id)
    place = place or _in_tail(api, project_id, event_id)
    if place:
        return place
    if silent:
        raise StoreUnavailable(f"event {event_id} cannot be looked up now: {silent}", silent.retry_after_seconds)
    cold = api.payloads.find(project_id, event_id)
    if cold is None:
        raise NotFound(f"there is no event {event_id}")
    return Place(*cold)


def load(api: ApiState, project_id: int, event_id: str, place: Place) -> LogRecord:
    """The record. Raises `NotFound` where retention has removed it, or where it is not this event of this project."""
    with read(api.engine) as session:
        emptied = erasures.is_erased(session, project_id, event_id)  # the log has the whole of it until its own retention
    record = (None if emptied else _from_log(api, place)) or api.payloads.read(
        place.partition, place.offset, received_at_us=place.received_at_us
    )
    if record is None:
        raise NotFound(f"event {event_id} is no longer kept: the project's retention has removed its data")
    if (record.kind, record.project_id, record.event_id) != (RecordKind.EVENT, project_id, event_id):
        raise NotFound(f"there is no event {event_id}")
    return record


def _in_hot_tier(gateway: Gateway, scope: Scope, project_id: int, event_id: str) -> tuple[Place | None, StoreUnavailable | None]:
    try:
        found = gateway.locate(scope, project_id, event_id)
    except StoreUnavailable as error:
        return None, error
    return (Place(found.partition, found.offset, found.received_at_us) if found else None), None


def _in_tail(api: ApiState, project_id: int, event_id: str) -> Place | None:
    """Events younger than the last batch: only the log has them."""
    for partition in api.log.partitions():
        end = api.log.end_offset(partition)
        start = max(api.log.start_offset(partition), end - TAIL_RECORDS)
        while start < end:
            try:
                records = api.log.read(partition, start)
            except OffsetOutOfRange:  # a segment was unlinked meanwhile: bronze has it
                break
            if not records:
                break
            for stored in records:
                if (stored.record.kind, stored.record.project_id, stored.record.event_id) == (RecordKind.EVENT, project_id, event_id):
                    return Place(partition, stored.offset, stored.record.received_at_us)
            start = records[-1].offset + 1
    return None


def _from_log(api: ApiState, place: Place) -> LogRecord | None:
    try:
        records = api.log.read(place.partition, place.offset, max_records=1)
    except OffsetOutOfRange:
        return None
    return records[0].record if records and records[0].offset == place.offset else None
