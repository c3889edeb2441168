"""Test notifications: an outbox row for each action, about the project's newest issue; the sender delivers them like any other."""

import secrets

import sqlalchemy as sa

from query_api.alert_rules.service import view_of
from query_api.auth.sessions import Caller
from query_api.events import source
from query_api.events.detail import read_event
from query_api.events.source import Place
from query_api.schemas import AlertRuleView
from query_api.state import ApiState
from query_api.times import now_us
from seiche.errors import InvalidInput
from seiche.model.record import StoredRecord
from seiche.registry import project_queries, rule_queries
from seiche.registry.engine import read, write
from seiche.registry.projects import read_rule
from seiche.registry.tables import Issue, OutboxRow


def send(api: ApiState, caller: Caller, slug: str, rule_id: int) -> AlertRuleView:
    """Raises `InvalidInput` where the rule has nowhere to send to, or the project has no issue to tell about."""
    caller.must_manage()
    now = now_us()
    with read(api.engine) as session:
        project = project_queries.find(session, caller.scope.project_ids, slug)
        rule = read_rule(rule_queries.find(session, project.id, rule_id))
        newest = sa.select(Issue).where(Issue.project_id == project.id).order_by(Issue.last_seen_us.desc(), Issue.id.desc())
        issue = session.scalar(newest.limit(1))
    if not rule.actions:
        raise InvalidInput("this rule has no action: add a mail address or a webhook first", reason="no_action")
    if issue is None:
        raise InvalidInput("the project has no issue yet: send a first event, then test", reason="no_issue")
    place = Place(issue.last_partition, issue.last_offset)
    record = source.load(api, project.id, issue.last_event_id, place)
    event, grouping = read_event(api, record, place)
    payload = api.notification_payload(
        rule,
        issue,
        project,
        StoredRecord(partition=place.partition, offset=place.offset, record=record),
        event,
        grouping,
        now,
        (rule.triggers[0], ""),
    )
    with write(api.engine) as session:
        row = rule_queries.find(session, project.id, rule_id)
        for action in rule.actions:
            session.add(
                OutboxRow(
                    delivery_id=f"{rule_queries.TEST_PREFIX}{secrets.token_hex(16)}",
                    project_id=project.id,
                    rule_id=rule_id,
                    issue_id=issue.id,
                    channel=action.channel.value,
                    target=action.target,
                    secret=action.secret,
                    payload=payload,
                    next_attempt_at_us=now,
                    created_at_us=now,
                )
            )
        session.flush()
        return view_of(session, row)
