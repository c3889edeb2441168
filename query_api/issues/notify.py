"""Rules that speak when somebody assigns an issue: their outbox rows, with the same words as every other notification."""

import secrets
from collections.abc import Sequence

from query_api.auth.sessions import Caller
from query_api.events import source
from query_api.events.detail import read_event
from query_api.events.source import Place
from query_api.state import ApiState
from query_api.times import now_us
from seiche.errors import SeicheError
from seiche.model.alert import AlertRule, Trigger
from seiche.model.record import StoredRecord
from seiche.registry import issue_queries, sightings
from seiche.registry.engine import read, write
from seiche.registry.tables import Issue, OutboxRow, Project

MOST = 20
"""Issues of one bulk change that are told of one by one; the activity feed has them all."""


def assigned(api: ApiState, caller: Caller, issue_ids: Sequence[int], to: str) -> None:
    """After the change: what cannot be told any more (its newest event is gone) does not undo it."""
    for issue_id in issue_ids[:MOST]:
        with read(api.engine) as session:
            found = issue_queries.find(session, caller.scope.project_ids, issue_id)
            rules = sightings.rules_of(session, [found[1].id]).get(found[1].id, []) if found else []
        if found:
            for rule in rules:
                if Trigger.ASSIGNED in rule.triggers and rule.actions and (not rule.levels or found[0].level in rule.levels):
                    _tell(api, rule, found[0], found[1], f"to {to} by {caller.account.actor}")


def _tell(api: ApiState, rule: AlertRule, issue: Issue, project: Project, reason: str) -> None:
    place, now = Place(issue.last_partition, issue.last_offset), now_us()
    try:
        record = source.load(api, project.id, issue.last_event_id, place)
    except SeicheError:
        return
    event, grouping = read_event(api, record, place)
    if rule.environments and event.environment not in rule.environments:
        return
    stored = StoredRecord(partition=place.partition, offset=place.offset, record=record)
    payload = api.notification_payload(rule, issue, project, stored, event, grouping, now, (Trigger.ASSIGNED, reason))
    with write(api.engine) as session:
        if rule.cooldown_seconds:
            last_us = sightings.last_sent_us(session, rule.id, issue.id)
            if last_us is not None and now - last_us < rule.cooldown_seconds * 1_000_000:
                return
        for action in rule.actions:
            session.add(
                OutboxRow(
                    delivery_id=secrets.token_hex(16),
                    project_id=project.id,
                    rule_id=rule.id,
                    issue_id=issue.id,
                    channel=action.channel.value,
                    target=action.target,
                    secret=action.secret,
                    payload=payload,
                    next_attempt_at_us=now,
                    created_at_us=now,
                )
            )
