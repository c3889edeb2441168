"""What a notification says, for people and programs alike. Pure."""

from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from alerts.rules import Happening
from seiche.grouping.frames import culprit
from seiche.grouping.v1 import root_cause
from seiche.model.alert import AlertRule, Trigger
from seiche.model.event import Event, Frame
from seiche.registry.tables import Issue, Project

TYPES = {
    Trigger.NEW_ISSUE: "issue.created",
    Trigger.REGRESSION: "issue.regressed",
    Trigger.ESCALATING: "issue.escalating",
    Trigger.UNIGNORED: "issue.unignored",
    Trigger.ASSIGNED: "issue.assigned",
    Trigger.FREQUENCY: "issue.frequency",
    Trigger.USERS: "issue.users",
    Trigger.EVENT: "issue.event",
}
WHY = {
    Trigger.NEW_ISSUE: "a new issue",
    Trigger.REGRESSION: "a resolved issue came back",
    Trigger.ESCALATING: "an issue is escalating",
    Trigger.UNIGNORED: "an ignored issue came back",
    Trigger.ASSIGNED: "an issue was assigned",
    Trigger.FREQUENCY: "many events of one issue",
    Trigger.USERS: "many users met one issue",
    Trigger.EVENT: "an event of an issue that the rule watches",
}
CONTEXT_LINES = 3
LINE_CHARACTERS, TEXT_CHARACTERS = 160, 1000


def delivery_id(rule: AlertRule, happening: Happening, action: int) -> str:
    """The same for the same cause, so that a receiver can drop a repeat."""
    seen = happening.seen
    parts: tuple[object, ...] = (rule.id, happening.issue_id, happening.trigger.value, seen.partition, seen.offset, action)
    parts += (happening.at_us,) if happening.at_us else ()
    return blake2b("|".join(map(str, parts)).encode(), digest_size=16).hexdigest()


def payload(
    rule: AlertRule, happening: Happening, issue: Issue, project: Project, event: Event, *, base_url: str, now_us: int
) -> dict[str, Any]:
    """`{"type", "timestamp", "data"}` of Standard Webhooks, under 20 kB; a test message has the same fields."""
    short_id = f"{project.slug.upper()}-{issue.number}"
    return {
        "type": TYPES[happening.trigger],
        "timestamp": rfc3339(now_us),
        "data": {
            "title": issue.title[:TEXT_CHARACTERS],
            "why": f"{WHY[happening.trigger]}{f': {happening.reason}' if happening.reason else ''} (rule: {rule.name})"[:TEXT_CHARACTERS],
            "url": f"{base_url}/issues/{issue.id}",
            "rule": {"id": str(rule.id), "name": rule.name},
            "project": {"id": str(project.id), "slug": project.slug, "name": project.name},
            "settings_url": f"{base_url}/projects/{project.slug}/settings",
            "issue": {
                "id": str(issue.id),
                "short_id": short_id,
                "type": issue.type,
                "value": issue.value[:TEXT_CHARACTERS],
                "culprit": issue.culprit,
                "level": event.level,
                "status": issue.status,
                "substatus": issue.substatus,
                "priority": issue.priority,
                "first_seen": rfc3339(issue.first_seen_us),
                "last_seen": rfc3339(issue.last_seen_us),
                "count": issue.count,
            },
            "event": {
                "id": event.event_id,
                "occurred_at": rfc3339(event.occurred_at_us),
                "received_at": rfc3339(event.received_at_us),
                "release": event.release,
                "environment": event.environment,
                "transaction": event.transaction,
                "message": event.message[:TEXT_CHARACTERS],
            },
            "frame": frame_view(_deciding(event)),
        },
    }


def frame_view(frame: Frame | None) -> dict[str, Any] | None:
    """The guilty line with three lines on either side."""
    if frame is None:
        return None
    before, after = frame.pre_context[-CONTEXT_LINES:], frame.post_context[:CONTEXT_LINES]
    first = (frame.lineno or 0) - len(before)
    lines = [*before, frame.context_line, *after] if frame.context_line else []
    return {
        "filename": frame.filename,
        "module": frame.module,
        "function": frame.function,
        "lineno": frame.lineno,
        "in_app": frame.in_app,
        "lines": [{"number": first + at, "code": line[:LINE_CHARACTERS]} for at, line in enumerate(lines)],
    }


def rfc3339(at_us: int) -> str:
    """UTC, to the millisecond."""
    return datetime.fromtimestamp(at_us / 1_000_000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _deciding(event: Event) -> Frame | None:
    cause = root_cause(event.exceptions)
    return culprit(cause.frames if cause is not None and cause.frames else event.thread_frames)
