"""Alert rules and the notifications they cause."""

from enum import StrEnum
from typing import Any

import msgspec


class Trigger(StrEnum):
    """What happened to the issue."""

    NEW_ISSUE = "new_issue"
    REGRESSION = "regression"
    ESCALATING = "escalating"
    UNIGNORED = "unignored"
    ASSIGNED = "assigned"
    FREQUENCY = "frequency"
    USERS = "users"
    EVENT = "event"


class Channel(StrEnum):
    """How a notification leaves."""

    MAIL = "mail"
    WEBHOOK = "webhook"


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """Where to send: `target` is a mail address or a URL; `secret` signs webhooks (Standard Webhooks 1.0.0)."""

    channel: Channel
    target: str
    secret: str = ""


class AlertRule(msgspec.Struct, frozen=True, kw_only=True):
    """When any of `triggers` happens, and all filters match, and not within `cooldown_seconds` for the same issue: send."""

    id: int
    project_id: int
    name: str
    triggers: tuple[Trigger, ...]
    levels: tuple[str, ...] = ()
    """Empty: every level."""
    environments: tuple[str, ...] = ()
    """Empty: every environment."""
    events: int = 0
    """FREQUENCY: the Nth event of an issue within `window_seconds`; then it counts anew."""
    users: int = 0
    """USERS: an event of the issue's Nth user within `window_seconds`; then it counts anew."""
    window_seconds: int = 3600
    cooldown_seconds: int = 0
    actions: tuple[Action, ...] = ()
    enabled: bool = True


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one target. `delivery_id` is deterministic, so that a receiver can drop a repeat."""

    delivery_id: str
    channel: Channel
    target: str
    secret: str
    payload: dict[str, Any]
    """`{"type": "issue.created" | "issue.regressed" | ..., "timestamp": RFC 3339, "data": {...}}`, under 20 kB."""
