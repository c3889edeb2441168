"""What time alone does to issues: new ones become ongoing, what was ignored until now comes back, and rules that watch for it speak."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from alerts.decide import outbox_rows
from alerts.prepare import ConfigOf, Sighting, sighting
from alerts.rules import Happening
from seiche.errors import OffsetOutOfRange
from seiche.grouping import unprocessable
from seiche.model.alert import Trigger
from seiche.model.event import Event
from seiche.model.issue import IssueSubstatus
from seiche.model.record import LogRecord, RecordKind
from seiche.ports.event_log import EventLogReader
from seiche.registry import issues as registry
from seiche.registry import sightings
from seiche.registry.tables import Issue


def age(session: Session, log: EventLogReader, issue_ids: Sequence[int], *, config_of: ConfigOf, base_url: str, now_us: int) -> None:
    """In one transaction, like a batch of events."""
    back = [
        (issue, change.reason)
        for issue, change in registry.age(session, issue_ids, now_us=now_us)
        if change.standing.substatus == IssueSubstatus.REOPENED
    ]
    if not back:
        return
    happenings = [Happening(issue.id, Trigger.UNIGNORED, _newest(log, issue, config_of), reason, now_us) for issue, reason in back]
    rows = {issue.id: issue for issue, _ in back}
    projects = sightings.projects(session, sorted({issue.project_id for issue, _ in back}))
    found = outbox_rows(session, happenings, {}, rows, projects, config_of=config_of, base_url=base_url, now_us=now_us)
    sightings.add_outbox(session, found)


def _newest(log: EventLogReader, issue: Issue, config_of: ConfigOf) -> Sighting:
    """The issue's newest event, as far as the log still holds it; else what the registry knows of it."""
    try:
        found = log.read(issue.last_partition, issue.last_offset, max_records=1)
    except OffsetOutOfRange:
        found = []
    if found and found[0].offset == issue.last_offset and found[0].record.event_id == issue.last_event_id:
        return sighting(found[0], config_of)
    event = Event(
        event_id=issue.last_event_id,
        project_id=issue.project_id,
        received_at_us=issue.last_seen_us,
        occurred_at_us=issue.last_seen_us,
        level=issue.level,
        release=issue.last_release,
        platform=issue.platform,
    )
    record = LogRecord(kind=RecordKind.EVENT, received_at_us=issue.last_seen_us, project_id=issue.project_id, event_id=issue.last_event_id)
    return Sighting(issue.last_partition, issue.last_offset, record, event, unprocessable(""))
