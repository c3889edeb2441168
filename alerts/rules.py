"""Which rules speak about what happened to an issue. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from alerts.prepare import Sighting
from seiche.model.alert import AlertRule, Trigger


class Happening(msgspec.Struct, frozen=True):
    """Something happened to an issue, because of one event."""

    issue_id: int
    trigger: Trigger
    seen: Sighting
    reason: str = ""
    """Why, for people; "" where the trigger says it all."""
    at_us: int = 0
    """When, of what time did: the same event may stand for it twice."""


ORDER = (
    Trigger.NEW_ISSUE,
    Trigger.REGRESSION,
    Trigger.ESCALATING,
    Trigger.UNIGNORED,
    Trigger.USERS,
    Trigger.FREQUENCY,
    Trigger.ASSIGNED,
    Trigger.EVENT,
)


SAID = {
    Trigger.NEW_ISSUE: "new",
    Trigger.REGRESSION: "came back",
    Trigger.ESCALATING: "escalating",
    Trigger.UNIGNORED: "no longer ignored",
    Trigger.USERS: "with many users",
    Trigger.FREQUENCY: "with many events",
    Trigger.ASSIGNED: "assigned",
    Trigger.EVENT: "with events",
}
"""Of issues, after their number."""


def matching(rule: AlertRule, happenings: Iterable[Happening]) -> Happening | None:
    """What a rule has to say about ONE issue in one batch: the most telling trigger, then the newest event, that it matches.

    So a rule on every event sends one message an issue and batch, at most four a second, however many events came.
    """
    found = [one for one in happenings if rule.enabled and one.trigger in rule.triggers and filtered(rule, one.seen)]
    return min(found, key=lambda one: (ORDER.index(one.trigger), -one.seen.offset), default=None)


def digest(causes: Sequence[Happening]) -> list[Happening]:
    """One for all that a rule has to say, about the most telling: of events that come long after the fact."""
    if not causes:
        return []
    first = min(causes, key=lambda one: (ORDER.index(one.trigger), one.seen.offset))
    counts = Counter(one.trigger for one in causes)
    told = ", ".join(f"{counts[trigger]} {SAID[trigger]}" for trigger in ORDER if counts[trigger])
    reason = f"{told}, of events that had left the log unseen and were read again from the lake; this is one of them"
    return [msgspec.structs.replace(first, reason=reason)]


def filtered(rule: AlertRule, seen: Sighting) -> bool:
    """Whether an event passes the rule's filters."""
    level, environment = seen.event.level, seen.event.environment
    return (not rule.levels or level in rule.levels) and (not rule.environments or environment in rule.environments)


def due(rule: AlertRule, last_sent_us: int | None, now_us: int) -> bool:
    """Whether the rule's cooldown for the issue is over."""
    return last_sent_us is None or now_us - last_sent_us >= rule.cooldown_seconds * 1_000_000
