"""What a batch's events do to issues: resolved ones come back, ignoring ends, quiet ones escalate. In the consumer's transaction."""

from collections import Counter as Tally
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy.orm import Session

from alerts.prepare import Sighting
from alerts.rules import Happening
from seiche.issues import escalation, lifecycle
from seiche.model.alert import Trigger
from seiche.model.issue import Ignoring, IssueSubstatus
from seiche.registry import counters as registry
from seiche.registry.counters import HOUR_US, IGNORED, Counters, Terms
from seiche.registry.issues import apply, releases_for, standing
from seiche.registry.tables import Issue

Seen = Mapping[int, Sequence[Sighting]]
"""Issue -> its sightings of the batch, ascending offsets."""


def changes(session: Session, rows: Mapping[int, Issue], by_issue: Seen, now_us: int) -> list[Happening]:
    """What happened, each with the event that did it."""
    return [*_reopened(session, rows, by_issue, now_us), *_escalated(session, rows, by_issue, now_us)]


def _reopened(session: Session, rows: Mapping[int, Issue], by_issue: Seen, now_us: int) -> Iterator[Happening]:
    ignored = {issue_id: held for issue_id in by_issue if (held := standing(rows[issue_id]).ignoring) is not None}
    counters = registry.load(session, [(issue_id, terms) for issue_id, held in ignored.items() for terms in _terms(held)])
    for issue_id, seen in by_issue.items():
        issue = rows[issue_id]
        if issue_id in ignored:
            yield from _unignored(session, issue, seen, counters, now_us)
        elif standing(issue).resolution is not None:
            yield from _regressed(session, issue, seen, now_us)
    registry.save(session, counters, at_us=max((one.record.received_at_us for seen in by_issue.values() for one in seen), default=now_us))


def _regressed(session: Session, issue: Issue, seen: Sequence[Sighting], now_us: int) -> Iterator[Happening]:
    before = standing(issue)
    if before.resolution is None:
        return
    releases = releases_for(session, issue, before.resolution, {one.event.release for one in seen})
    for one in seen:
        event = one.event
        change = lifecycle.regressed(before, occurred_at_us=event.occurred_at_us, release=event.release, at_us=now_us, releases=releases)
        if change is not None:
            apply(issue, change.standing)
            yield Happening(issue.id, Trigger.REGRESSION, one, change.reason)
            return


def _unignored(session: Session, issue: Issue, seen: Sequence[Sighting], counters: Counters, now_us: int) -> Iterator[Happening]:
    held = standing(issue).ignoring
    if held is None:
        return
    releases = releases_for(session, issue, held, {one.event.release for one in seen})
    for one in seen:
        event, received_at_us = one.event, one.record.received_at_us
        if received_at_us <= held.at_us:
            continue  # it was under way when somebody ignored the issue
        why = lifecycle.ignoring_ends(
            held, occurred_at_us=event.occurred_at_us, received_at_us=received_at_us, release=event.release, releases=releases
        )
        for terms in _terms(held):
            if counters[issue.id, terms].add(received_at_us, event.user.key):
                why = why or _reached(terms)
        change = lifecycle.unignored(standing(issue), why, at_us=now_us) if why else None
        if change is not None:
            apply(issue, change.standing)
            yield Happening(issue.id, Trigger.UNIGNORED, one, change.reason)
            return


def _escalated(session: Session, rows: Mapping[int, Issue], by_issue: Seen, now_us: int) -> Iterator[Happening]:
    everything = [(issue_id, one, one.record.received_at_us // HOUR_US) for issue_id, seen in by_issue.items() for one in seen]
    registry.add_hours(session, Tally((*one.key, hour) for _, one, hour in everything))
    watched = {key for key in {(issue_id, hour) for issue_id, _, hour in everything} if _watched(rows[key[0]], key[1])}
    for (issue_id, hour), this_hour in sorted(registry.hours_of(session, watched, escalation.LEAST_EVENTS).items()):
        why = escalation.escalates(this_hour, registry.busiest_before(session, issue_id, hour))
        change = lifecycle.escalated(standing(rows[issue_id]), why, at_us=now_us) if why else None
        if change is None:
            continue
        last = next(one for one in reversed(by_issue[issue_id]) if one.record.received_at_us // HOUR_US == hour)
        if standing(rows[issue_id]).ignoring is not None:
            yield Happening(issue_id, Trigger.UNIGNORED, last, f"ignored until it escalates: {why}")
        apply(rows[issue_id], change.standing)
        yield Happening(issue_id, Trigger.ESCALATING, last, change.reason)


def _watched(issue: Issue, hour: int) -> bool:
    """Whether it could escalate in this hour: it has a past, and does not escalate already."""
    if hour * HOUR_US - issue.created_at_us < escalation.LEAST_AGE_US:
        return False
    held = standing(issue)
    return held.ignoring.escalating if held.ignoring else held.resolution is None and held.substatus != IssueSubstatus.ESCALATING


def _terms(held: Ignoring) -> list[Terms]:
    wanted = (("events", held.events), ("users", held.users))
    return [Terms(IGNORED, kind, limit, held.window_seconds, held.at_us) for kind, limit in wanted if limit is not None]


def _reached(terms: Terms) -> str:
    within = f" within {terms.window_seconds} s" if terms.window_seconds else ""
    return f"{terms.threshold} {terms.kind}{within} since it was ignored"
