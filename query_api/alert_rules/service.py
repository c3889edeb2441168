"""Alert rules as the API shows and changes them."""

import re
import secrets
from base64 import b64encode
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from query_api.auth.sessions import Caller
from query_api.schemas import ActionView, AlertRuleBody, AlertRuleView
from query_api.state import ApiState
from query_api.times import now_us
from seiche.errors import InvalidInput
from seiche.model.alert import Action, AlertRule, Channel, Trigger
from seiche.query.language import LEVELS
from seiche.query.scope import Scope
from seiche.registry import project_queries, rule_queries
from seiche.registry.engine import read, write
from seiche.registry.projects import read_rule
from seiche.registry.tables import AlertRuleRow

MAX_RULES = 100
MAX_ACTIONS = 20
_MAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+")
_Known = dict[tuple[str, str], str]
"""(channel, target) -> secret."""


def listed(api: ApiState, scope: Scope, slug: str) -> list[AlertRuleView]:
    """Oldest first; no secrets."""
    with read(api.engine) as session:
        project = project_queries.find(session, scope.project_ids, slug)
        fired = rule_queries.fired(session, project.id)
        rows = rule_queries.listed(session, project.id)
        return [_view(read_rule(row), fired.get(row.id, 0), rule_queries.last_error(session, project.id, row.id), {}) for row in rows]


def view_of(session: Session, row: AlertRuleRow, fresh: "_Known | None" = None) -> AlertRuleView:
    """One rule; the secrets in `fresh` are shown."""
    fired = rule_queries.fired(session, row.project_id).get(row.id, 0)
    return _view(read_rule(row), fired, rule_queries.last_error(session, row.project_id, row.id), fresh or {})


def create(api: ApiState, caller: Caller, slug: str, body: AlertRuleBody) -> AlertRuleView:
    """Shows the secrets it made."""
    caller.must_manage()
    with write(api.engine) as session:
        project = project_queries.find(session, caller.scope.project_ids, slug)
        if len(rule_queries.listed(session, project.id)) >= MAX_RULES:
            raise InvalidInput(f"a project has at most {MAX_RULES} alert rules: delete one", reason="too_many_rules")
        rule, fresh = _rule(body, project.id, {})
        row = rule_queries.add(session, rule, now_us=now_us())
        return view_of(session, row, fresh)


def replace(api: ApiState, caller: Caller, slug: str, rule_id: int, body: AlertRuleBody) -> AlertRuleView:
    """Shows the secrets of targets that are new."""
    caller.must_manage()
    with write(api.engine) as session:
        project = project_queries.find(session, caller.scope.project_ids, slug)
        row = rule_queries.find(session, project.id, rule_id)
        known = {(action.channel.value, action.target): action.secret for action in read_rule(row).actions}
        rule, fresh = _rule(body, project.id, known)
        rule_queries.replace(row, rule)
        return view_of(session, row, fresh)


def delete(api: ApiState, caller: Caller, slug: str, rule_id: int) -> None:
    """What is in the outbox is still sent."""
    caller.must_manage()
    with write(api.engine) as session:
        project = project_queries.find(session, caller.scope.project_ids, slug)
        session.delete(rule_queries.find(session, project.id, rule_id))


def rule_of(body: AlertRuleBody) -> AlertRule:
    """What the body says, checked like one to be saved, without secrets. Raises `InvalidInput`."""
    return _rule(body, 0, {})[0]


def _rule(body: AlertRuleBody, project_id: int, known: _Known) -> tuple[AlertRule, _Known]:
    """The rule, and the secrets that were made for it."""
    if unknown := [level for level in body.levels if level not in LEVELS]:
        raise InvalidInput(f"levels: {unknown[0][:40]!r} is none of {', '.join(LEVELS)}", reason="invalid_rule")
    if len(body.actions) > MAX_ACTIONS or len(body.environments) > MAX_ACTIONS:
        raise InvalidInput(f"a rule has at most {MAX_ACTIONS} actions and {MAX_ACTIONS} environments", reason="invalid_rule")
    for trigger, limit, what in (("frequency", body.events, "events"), ("users", body.users, "users")):
        if trigger in body.triggers and limit < 1:
            raise InvalidInput(f"the trigger {trigger} takes how many {what} an issue must have: at least 1", reason="invalid_rule")
    fresh: _Known = {}
    actions = []
    for given in body.actions:
        _check_target(given)
        key = (given.channel, given.target)
        if given.channel == "webhook" and key not in known:
            fresh[key] = fresh.get(key) or f"whsec_{b64encode(secrets.token_bytes(32)).decode()}"
        actions.append(Action(channel=Channel(given.channel), target=given.target, secret=fresh.get(key) or known.get(key, "")))
    rule = AlertRule(
        id=0,
        project_id=project_id,
        name=body.name,
        triggers=tuple(Trigger(trigger) for trigger in dict.fromkeys(body.triggers)),
        levels=tuple(dict.fromkeys(body.levels)),
        environments=tuple(dict.fromkeys(body.environments)),
        events=body.events,
        users=body.users,
        window_seconds=body.window_seconds,
        cooldown_seconds=body.cooldown_seconds,
        actions=tuple(actions),
        enabled=body.enabled,
    )
    return rule, fresh


def _check_target(action: ActionView) -> None:
    if action.channel == "mail":
        if not _MAIL.fullmatch(action.target):
            raise InvalidInput(f"{action.target[:80]!r} is not one mail address", reason="invalid_target")
        return
    try:
        parts = urlsplit(action.target)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or parts.username is not None or re.search(r"[\s\x00-\x1f\x7f]", action.target):
        raise InvalidInput(f"{action.target[:80]!r} is not an http or https URL without user and password", reason="invalid_target")


def _view(rule: AlertRule, fired: int, last_error: str, fresh: _Known) -> AlertRuleView:
    return AlertRuleView.model_validate(
        {
            "id": str(rule.id),
            "name": rule.name,
            "triggers": [trigger.value for trigger in rule.triggers],
            "levels": list(rule.levels),
            "environments": list(rule.environments),
            "events": rule.events,
            "users": rule.users,
            "window_seconds": rule.window_seconds,
            "cooldown_seconds": rule.cooldown_seconds,
            "actions": [
                {"channel": one.channel.value, "target": one.target, "secret": fresh.get((one.channel.value, one.target), "")}
                for one in rule.actions
            ],
            "enabled": rule.enabled,
            "fired": fired,
            "last_error": last_error,
        }
    )
