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
    ESCALATING = "escalating"
    REOPENED = "reopened"
    NONE = ""


class Priority(StrEnum):
    """How soon somebody should look."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class ResolvedIn(StrEnum):
    """What a resolution says about where the fix is."""

    NOW = "now"
    RELEASE = "release"
    NEXT_RELEASE = "next_release"
    COMMIT = "commit"


class Resolution(msgspec.Struct, frozen=True, kw_only=True):
    """A resolution that holds."""

    at_us: int
    how: ResolvedIn = ResolvedIn.NOW
    release: str = ""
    """NOW: the newest release the issue was seen in. RELEASE: the one with the fix. Else: the project's newest when it was resolved."""
    commit: str = ""


class Ignoring(msgspec.Struct, frozen=True, kw_only=True):
    """An issue is left alone; without any condition for ever. The first condition that is met ends it."""

    at_us: int
    until_us: int | None = None
    events: int | None = None
    """This many more events; within `window_seconds` where that is set."""
    users: int | None = None
    """This many different users, counted from now; within `window_seconds` where that is set."""
    window_seconds: int | None = None
    next_release: bool = False
    release: str = ""
    """The project's newest release when it was ignored: what `next_release` is newer than."""
    escalating: bool = False


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
