"""One event: its record read, normalised under its pinned configuration, with its issue and its neighbours."""

from query_api.events import source
from query_api.events.source import Place
from query_api.events.views import event_detail
from query_api.issues.detail import find as find_issue
from query_api.schemas import EventDetail
from query_api.state import ApiState
from seiche.errors import NotFound, StoreUnavailable, Terminal
from seiche.grouping import group, unprocessable
from seiche.grouping.rules import stack
from seiche.model.event import Event
from seiche.model.issue import Grouping
from seiche.model.record import LogRecord
from seiche.normalize import normalise
from seiche.protocol.codec import decode_body
from seiche.query.clickhouse import Position
from seiche.query.scope import Scope
from seiche.registry import moves, project_queries
from seiche.registry.engine import read
from seiche.registry.projects import project_config
from seiche.registry.tables import Issue
from seiche.symbolicate import symbolicate


def by_project(api: ApiState, scope: Scope, slug: str, event_id: str) -> EventDetail:
    """An event by its id, whatever issue it belongs to."""
    with read(api.engine) as session:
        project = project_queries.find(session, scope.project_ids, slug)
    wanted = usable_id(event_id)
    place = source.find(api, scope, project.id, wanted)
    record = source.load(api, project.id, wanted, place)
    event, grouping = read_event(api, record, place)
    detail = event_detail(event, grouping, project.slug)
    with read(api.engine) as session:
        issue_id = moves.issue_of_event(session, project.id, wanted, grouping.fingerprints)
    if issue_id is None:
        return detail.model_copy(update={"navigation_available": False})
    issue, _ = find_issue(api, scope, issue_id)
    return _with_neighbours(api, scope, detail, issue, place, record)


def by_issue(api: ApiState, scope: Scope, issue_id: int, event_id: str) -> EventDetail:
    """`latest`, `oldest`, or an event of this issue by its id."""
    issue, project = find_issue(api, scope, issue_id)
    wanted, place = _chosen(api, scope, issue, event_id)
    record = source.load(api, project.id, wanted, place)
    event, grouping = read_event(api, record, place)
    with read(api.engine) as session:
        owner = moves.issue_of_event(session, project.id, wanted, grouping.fingerprints)
    if owner != issue.id and wanted not in {issue.first_event_id, issue.last_event_id}:
        raise NotFound(f"issue {issue_id} has no event {event_id}")
    return _with_neighbours(api, scope, event_detail(event, grouping, project.slug), issue, place, record)


def read_event(api: ApiState, record: LogRecord, place: Place) -> tuple[Event, Grouping]:
    """The event as silver has it; frames are the program's own as the project's rules say.

    One that cannot be normalised is shown with its error, as silver keeps it.
    """
    try:
        config = project_config(api.engine, record.project_id, record.config_version)
        artifacts = api.artifacts.at(record.project_id, api.artifacts.sequence_at(place.partition, place.offset))
        event = symbolicate(normalise(decode_body(record), record, config), config, artifacts)
    except Terminal as error:
        event = Event(
            event_id=record.event_id,
            project_id=record.project_id,
            received_at_us=record.received_at_us,
            occurred_at_us=record.received_at_us,
            remarks=(f"this event could not be read: {error}",),
        )
        return event, unprocessable(str(error))
    return stack.marked(stack.parsed(config.stack_rules), event), group(event, config)


def usable_id(text: str) -> str:
    """32 hex digits, with or without dashes. Raises `NotFound`: no other event exists."""
    plain = text.replace("-", "").lower()
    if len(plain) != 32 or not set(plain) <= set("0123456789abcdef"):
        raise NotFound(f"there is no event {text[:64]!r}: an event's id has 32 hex digits")
    return plain


def _chosen(api: ApiState, scope: Scope, issue: Issue, event_id: str) -> tuple[str, Place]:
    if event_id == "latest":
        return issue.last_event_id, Place(issue.last_partition, issue.last_offset)
    if event_id == "oldest":
        return issue.first_event_id, Place(issue.first_partition, issue.first_offset)
    wanted = usable_id(event_id)
    return wanted, source.find(api, scope, issue.project_id, wanted)


def _with_neighbours(  # noqa: PLR0917 - one step of the two functions above
    api: ApiState, scope: Scope, detail: EventDetail, issue: Issue, place: Place, record: LogRecord
) -> EventDetail:
    position = Position(record.received_at_us, place.partition, place.offset)
    try:
        older = api.gateway.neighbour(scope, issue.project_id, issue.id, position, newer=False)
        newer = api.gateway.neighbour(scope, issue.project_id, issue.id, position, newer=True)
    except StoreUnavailable:
        return detail.model_copy(update={"issue_id": str(issue.id), "navigation_available": False})
    # What no batch has reached yet: the registry knows the issue's first and newest event.
    older_id = older["event_id"] if older else None
    newer_id = newer["event_id"] if newer else None
    if older_id is None and issue.first_partition == place.partition and issue.first_offset < place.offset:
        older_id = issue.first_event_id
    if newer_id is None and issue.last_partition == place.partition and issue.last_offset > place.offset:
        newer_id = issue.last_event_id
    return detail.model_copy(update={"issue_id": str(issue.id), "older_event_id": older_id, "newer_event_id": newer_id})
