"""What the grouping endpoints answer and take."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from query_api.schemas import Component, Schema
from seiche.registry.moves import MOST_EVENTS

Fingerprint = Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
Reason = Annotated[str, Field(max_length=500)]


class MergeBody(Schema):
    ids: list[str] = Field(min_length=2, max_length=500)
    reason: Reason = ""


class UnmergeBody(Schema):
    fingerprints: list[Fingerprint] = Field(min_length=1, max_length=500)
    reason: Reason = ""


class MoveBody(Schema):
    event_ids: list[str] = Field(min_length=1, max_length=MOST_EVENTS)
    to: str | None = None
    """The issue that takes them; null: a new one."""
    reason: Reason = ""


class UndoBody(Schema):
    reason: Reason = ""


class RegroupBody(Schema):
    kind: Literal["preview", "apply"]
    config: dict[str, Any]
    """Grouping settings to change: fields of `GET .../grouping-settings`."""
    since: datetime | None = None
    """Of a preview: events received from then on."""
    until: datetime | None = None


class RegroupView(Schema):
    """A preview, or an application, of other grouping settings to history."""

    id: str
    kind: Literal["preview", "apply"]
    state: Literal["queued", "running", "switched", "done", "failed", "cancelled"]
    """switched: issues have changed, and the tables follow hour by hour."""
    config: dict[str, Any]
    since: datetime | None
    until: datetime | None
    done: int
    """Events read so far."""
    total: int
    result: dict[str, Any]
    """Of a preview: events, issues_before, issues_after, merges, splits, ...; docs/regrouping.md has all of them."""
    error: str
    actor: str
    created_at: datetime
    updated_at: datetime
    can_undo: bool
    """Of an application: the project's settings and map are still what it made them."""


class GroupingSettings(Schema):
    settings: dict[str, Any]
    """What new events are grouped by."""
    history: Literal["same", "older"]
    """older: some of history was grouped by other settings."""


class ChangeView(Schema):
    """One thing that people did to groups."""

    id: str
    kind: str
    """merge, unmerge, move, undo, regroup."""
    issue_id: str
    """The issue that it made or added to."""
    issues: list[str]
    """Every issue that it touched."""
    fingerprints: int
    """How many went from one issue to another."""
    events: int
    """Of a move: how many."""
    actor: str
    reason: str
    at: datetime
    undone_at: datetime | None
    can_undo: bool


class FingerprintView(Schema):
    """One of an issue's fingerprints, and what it has seen."""

    fingerprint: str
    title: str
    """Of its first event."""
    culprit: str
    count: int
    first_seen: datetime
    last_seen: datetime
    last_event_id: str
    rule: str
    """Why it belongs to the issue."""
    score: float
    version: int
    components: list[Component]
    pinned: bool
    """People decided it: regrouping keeps it."""


class IssueGrouping(Schema):
    fingerprints: list[FingerprintView]
    """Most events first, 500 at most."""
    changes: list[ChangeView]
    """Newest first."""
