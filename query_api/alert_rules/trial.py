"""Test notifications: an outbox row for each action, about the project's newest issue; the sender delivers them like any other."""

import secrets
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from query_api.alert_rules.service import view_of
from query_api.auth.sessions import Caller
from query_api.schemas import AlertRuleView
from query_api.state import ApiState
from query_api.times import now_us
from seiche.errors import InvalidInput
from seiche.registry import project_queries, rule_queries
from seiche.registry.engine import write
from seiche.registry.projects import read_rule
from seiche.registry.tables import Issue, OutboxRow, Project


def send(api: ApiState, caller: Caller, slug: str, rule_id: int) -> AlertRuleView:
    """Raises `InvalidInput` where the rule has nowhere to send to, or the project has no issue to tell about."""
    caller.must_manage()
    now = now_us()
    with write(api.engine) as session:
        project = project_queries.find(session, caller.scope.project_ids, slug)
        row = rule_queries.find(session, project.id, rule_id)
        rule = read_rule(row)
        if not rule.actions:
            raise InvalidInput("this rule has no action: add a mail address or a webhook first", reason="no_action")
        issue = _newest(session, project.id)
        if issue is None:
            raise InvalidInput("the project has no issue yet: send a first event, then test", reason="no_issue")
        payload = _payload(api, rule.name, project, issue, now)
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


def _newest(session: Session, project_id: int) -> Issue | None:
    return session.scalar(
        sa.select(Issue).where(Issue.project_id == project_id).order_by(Issue.last_seen_us.desc(), Issue.id.desc()).limit(1)
    )


def _payload(api: ApiState, rule_name: str, project: Project, issue: Issue, now: int) -> dict[str, Any]:
    raise NotImplementedError
