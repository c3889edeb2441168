"""Alert rules as people see and change them, and what became of their notifications."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from seiche.errors import NotFound
from seiche.model.alert import AlertRule
from seiche.registry.projects import stored_rule
from seiche.registry.tables import AlertRuleRow, OutboxRow

TEST_PREFIX = "test_"
"""Of the delivery ids of test notifications: they do not count as fired."""


def listed(session: Session, project_id: int) -> Sequence[AlertRuleRow]:
    """Oldest first."""
    return session.scalars(sa.select(AlertRuleRow).where(AlertRuleRow.project_id == project_id).order_by(AlertRuleRow.id)).all()


def find(session: Session, project_id: int, rule_id: int) -> AlertRuleRow:
    """A rule of this project. Raises `NotFound`."""
    row = session.get(AlertRuleRow, rule_id)
    if row is None or row.project_id != project_id:
        raise NotFound(f"the project has no alert rule {rule_id}")
    return row


def add(session: Session, rule: AlertRule, *, now_us: int) -> AlertRuleRow:
    """A new rule; `rule.id` is not looked at."""
    row = AlertRuleRow(project_id=rule.project_id, name=rule.name, rule=stored_rule(rule), enabled=rule.enabled, created_at_us=now_us)
    session.add(row)
    session.flush()
    return row


def replace(row: AlertRuleRow, rule: AlertRule) -> None:
    """Everything but its identity."""
    row.name, row.rule, row.enabled = rule.name, stored_rule(rule), rule.enabled


def fired(session: Session, project_id: int) -> dict[int, int]:
    """How often each rule fired; one firing may notify several targets."""
    once = (
        sa.select(OutboxRow.rule_id, OutboxRow.issue_id, OutboxRow.created_at_us)
        .where(OutboxRow.project_id == project_id, OutboxRow.delivery_id.not_like(f"{TEST_PREFIX}%"))
        .distinct()
        .subquery()
    )
    return {row[0]: row[1] for row in session.execute(sa.select(once.c.rule_id, sa.func.count()).group_by(once.c.rule_id))}


def last_error(session: Session, project_id: int, rule_id: int) -> str:
    """Why the newest notification that was tried has not got through; empty where it has."""
    tried = sa.select(OutboxRow.state, OutboxRow.last_error).where(OutboxRow.project_id == project_id, OutboxRow.rule_id == rule_id)
    newest = session.execute(tried.where(OutboxRow.attempts > 0).order_by(OutboxRow.created_at_us.desc()).limit(1)).first()
    return newest.last_error if newest and newest.state != "sent" else ""
