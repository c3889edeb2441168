"""Tables of merging, unmerging, moving and regrouping: what each fingerprint has seen, what people decided, what a regroup is doing."""

from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from seiche.registry.tables import Base

TOTALED: tuple[str, ...] = (
    "type",
    "value",
    "title",
    "culprit",
    "platform",
    "level",
    "count",
    "first_seen_us",
    "last_seen_us",
    "first_partition",
)
TOTALED += ("first_offset", "first_event_id", "last_partition", "last_offset", "last_event_id", "first_release", "last_release")
"""What `FingerprintTotal` and `Issue` have in common: an issue's are made of its fingerprints'."""

MOVED = "moved"
"""The rule of a fingerprint that was made for moved events."""


class FingerprintTotal(Base):
    """What a fingerprint's events add up to: an issue is the sum of its fingerprints, whichever they are."""

    __tablename__ = "fingerprint_totals"
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(32), primary_key=True)
    type: Mapped[str] = mapped_column(String(256))
    value: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    culprit: Mapped[str] = mapped_column(String(256))
    platform: Mapped[str] = mapped_column(String(32))
    level: Mapped[str] = mapped_column(String(16))
    count: Mapped[int] = mapped_column(default=0)
    first_seen_us: Mapped[int]
    last_seen_us: Mapped[int]
    first_partition: Mapped[int]
    first_offset: Mapped[int]
    first_event_id: Mapped[str] = mapped_column(String(32))
    last_partition: Mapped[int]
    last_offset: Mapped[int]
    last_event_id: Mapped[str] = mapped_column(String(32))
    first_release: Mapped[str] = mapped_column(String(250), default="")
    last_release: Mapped[str] = mapped_column(String(250), default="")


class FingerprintFacet(Base):
    """`IssueFacet`, a fingerprint."""

    __tablename__ = "fingerprint_facets"
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(32), primary_key=True)
    facet: Mapped[str] = mapped_column(String(16), primary_key=True)
    value: Mapped[str] = mapped_column(String(250), primary_key=True)
    count: Mapped[int] = mapped_column(default=0)
    first_seen_us: Mapped[int]
    last_seen_us: Mapped[int]


class FingerprintHour(Base):
    """Events by the hour of arrival, for the last week: what escalation compares is the sum over an issue's fingerprints."""

    __tablename__ = "fingerprint_hours"
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(32), primary_key=True)
    hour: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Hours since the epoch."""
    count: Mapped[int]
    __table_args__ = (Index("fingerprint_hours_by_hour", "hour"),)


class GroupingChange(Base):
    """One thing that people did to the map, whole enough to be undone."""

    __tablename__ = "grouping_changes"
    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(16))
    """merge, unmerge, move, undo, regroup."""
    issue_id: Mapped[int]
    """The issue that it made or added to."""
    actor: Mapped[str] = mapped_column(String(254))
    reason: Mapped[str] = mapped_column(Text, default="")
    data: Mapped[dict[str, Any]]
    """`steps`: [[fingerprint, from issue, to issue, whether it was pinned before], ...], and what else the kind needs."""
    at_us: Mapped[int]
    undone_at_us: Mapped[int | None]
    __table_args__ = (Index("grouping_changes_by_project", "project_id", "id"), {"sqlite_autoincrement": True})


class MovedEvent(Base):
    """An event that people took out of its group: it counts under a fingerprint of its own, whatever grouping says."""

    __tablename__ = "moved_events"
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True)
    event_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(32))
    """Made for the move; the map says which issue it belongs to."""
    change_id: Mapped[int]
    received_at_us: Mapped[int]
    """Which hour of the hot tier it is in."""


class RegroupRow(Base):
    """A preview, or an application, of other grouping settings to history: asked for, worked on, done."""

    __tablename__ = "regroups"
    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(16))
    """preview, apply; move: events that people moved, for whose hours the tables have to follow."""
    state: Mapped[str] = mapped_column(String(16), default="queued")
    """queued, running, switched (the registry has changed, tables follow), done, failed, cancelled."""
    config: Mapped[dict[str, Any]]
    """The grouping settings to try: fields of `ProjectConfig`."""
    config_version: Mapped[int] = mapped_column(default=0)
    """The project's configuration that an application wrote."""
    since_us: Mapped[int | None]
    until_us: Mapped[int | None]
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    """Progress: events read, of how many."""
    result: Mapped[dict[str, Any]]
    error: Mapped[str] = mapped_column(Text, default="")
    actor: Mapped[str] = mapped_column(String(254))
    created_at_us: Mapped[int]
    updated_at_us: Mapped[int]
    __table_args__ = (Index("regroups_by_project", "project_id", "id"), {"sqlite_autoincrement": True})
