"""An issue: a group of events, and what people decided about it."""

from enum import StrEnum

import msgspec


class IssueStatus(StrEnum):
    """What people decided."""

    UNRESOLVED = "unresolved"
    RESOLVED = "resolved"
    IGNORED = "ignored"


class IssueSubstatus(StrEnum):
    """Where an unresolved issue stands."""

    NEW = "new"
    ONGOING = "ongoing"
    REGRESSED = "regressed"
    NONE = ""


class Component(msgspec.Struct, frozen=True):
    """One thing that went into a fingerprint, for people: ("culprit frame", "shop.cart.total")."""

    name: str
    value: str


class Grouping(msgspec.Struct, frozen=True, kw_only=True):
    """What `seiche.grouping` says of an event. Pure: the same event gives the same answer for ever within a version."""

    version: int
    fingerprints: tuple[str, ...]
    """Most telling first; the first is the key of silver, `events_hot`, rollups and index. 32 lowercase hex digits each."""
    rule: str
    """Which way was taken: stack, message, sdk_fingerprint."""
    components: tuple[Component, ...]
    """What went into the first fingerprint, in order."""
    type: str
    value: str
    culprit: str
    title: str
    """What the list shows: `type: value`, or the message's first line."""


class IssueDecision(msgspec.Struct, frozen=True, kw_only=True):
    """Why a fingerprint belongs to an issue; recorded once, in the registry."""

    rule: str
    """unseen (made a new issue), or the rule that joined it to an existing one."""
    score: float
    version: int
    components: tuple[Component, ...]
