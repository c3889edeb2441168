"""Rules that speak when an issue has N events, or N users, in a window: counted one by one, so that they fire at exactly the threshold."""

from collections.abc import Mapping, Sequence
from zlib import crc32

from sqlalchemy.orm import Session

from alerts.prepare import Sighting
from alerts.rules import Happening, filtered
from seiche.model.alert import AlertRule, Trigger
from seiche.registry import counters as registry
from seiche.registry.counters import Terms


def counted(
    session: Session, rules: Sequence[AlertRule], by_issue: Mapping[int, Sequence[Sighting]], project_of: Mapping[int, int]
) -> dict[int, list[Happening]]:
    """Rule -> the events that were the Nth in their window. Only events that pass the rule's filters count."""
    wanted = [
        (rule, trigger, terms, issue_id)
        for rule in rules
        for trigger, terms in _terms(rule)
        for issue_id in by_issue
        if project_of[issue_id] == rule.project_id
    ]
    if not wanted:
        return {}
    counters = registry.load(session, {(issue_id, terms) for _, _, terms, issue_id in wanted})
    found: dict[int, list[Happening]] = {}
    touched = set()
    newest_us = 0
    for rule, trigger, terms, issue_id in wanted:
        for one in by_issue[issue_id]:
            if not filtered(rule, one):
                continue
            at_us = one.record.received_at_us
            touched.add((issue_id, terms))
            newest_us = max(newest_us, at_us)
            if counters[issue_id, terms].add(at_us, one.event.user.key):
                reason = f"{terms.threshold} {terms.kind} within {terms.window_seconds} s"
                found.setdefault(rule.id, []).append(Happening(issue_id, trigger, one, reason))
    registry.save(session, {key: counters[key] for key in touched}, at_us=newest_us)
    return found


def _terms(rule: AlertRule) -> list[tuple[Trigger, Terms]]:
    kinds = ((Trigger.FREQUENCY, "events", rule.events), (Trigger.USERS, "users", rule.users))
    return [
        # What the counter filters by is part of its terms: a changed rule begins anew.
        (trigger, Terms(f"{rule.id}", kind, threshold, rule.window_seconds, _filters(rule)))
        for trigger, kind, threshold in kinds
        if trigger in rule.triggers
    ]


def _filters(rule: AlertRule) -> int:
    """A number for the rule's filters, the same in every process."""
    return crc32("|".join(("", *sorted(rule.levels), "", *sorted(rule.environments))).encode())
