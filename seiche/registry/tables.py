"""Every registry table. Times are microseconds since the epoch, UTC (`_at_us`), or minutes where the name says so."""

from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Float, ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Id = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    """Common base; Alembic reads its metadata."""

    type_annotation_map = {int: Id, dict[str, Any]: JSON, list[Any]: JSON}  # noqa: RUF012 - SQLAlchemy's own idiom


class Organization(Base):
    __tablename__ = "organizations"
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(128))
    limits: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    """Quotas of all its projects together: `seiche.model.protection.Limit`."""
    created_at_us: Mapped[int]


class UserAccount(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(128), default="")
    password_hash: Mapped[str] = mapped_column(String(256))
    created_at_us: Mapped[int]


class Membership(Base):
    __tablename__ = "memberships"
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(String(16))
    """owner, admin, member."""


class WebSession(Base):
    __tablename__ = "web_sessions"
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    created_at_us: Mapped[int]
    expires_at_us: Mapped[int]


class ApiToken(Base):
    __tablename__ = "api_tokens"
    id: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    label: Mapped[str] = mapped_column(String(128), default="")
    created_at_us: Mapped[int]


class Project(Base):
    __tablename__ = "projects"
    id: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(128))
    platform: Mapped[str] = mapped_column(String(32), default="other")
    config_version: Mapped[int] = mapped_column(default=1)
    next_issue_number: Mapped[int] = mapped_column(default=1)
    map_version: Mapped[int] = mapped_column(default=0)
    """Grows by one with every change of the fingerprint map."""
    grouping_floor: Mapped[int] = mapped_column(default=0)
    """Events accepted under an older configuration version are grouped by this one's grouping settings: history was regrouped."""
    first_event_at_us: Mapped[int | None]
    created_at_us: Mapped[int]


class ProjectConfigRow(Base):
    __tablename__ = "project_configs"
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    config: Mapped[dict[str, Any]]
    """`seiche.model.project.ProjectConfig`; immutable once written."""
    created_at_us: Mapped[int]


class ProjectKeyRow(Base):
    __tablename__ = "project_keys"
    public_key: Mapped[str] = mapped_column(String(32), primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), index=True)
    label: Mapped[str] = mapped_column(String(64), default="Default")
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    limits: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    """Of this key alone: `seiche.model.protection.Limit`."""
    created_at_us: Mapped[int]


class Issue(Base):
    __tablename__ = "issues"
    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    number: Mapped[int]
    """Counts up in the project; `short_id` is SLUG-NUMBER."""
    type: Mapped[str] = mapped_column(String(256))
    value: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    culprit: Mapped[str] = mapped_column(String(256))
    level: Mapped[str] = mapped_column(String(16))
    platform: Mapped[str] = mapped_column(String(32))
    status: Mapped[str] = mapped_column(String(16), default="unresolved")
    substatus: Mapped[str] = mapped_column(String(16), default="new")
    status_changed_at_us: Mapped[int]
    resolved_at_us: Mapped[int | None]
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
    resolved_release: Mapped[str] = mapped_column(String(250), default="")
    """`Resolution.release`: an event of an older one is no regression."""
    resolved_in: Mapped[str] = mapped_column(String(16), default="")
    """`Resolution.how`, while it is resolved."""
    resolved_commit: Mapped[str] = mapped_column(String(64), default="")
    ignoring: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """`seiche.model.issue.Ignoring`, while it is ignored."""
    ignored_until_us: Mapped[int | None]
    """Of `ignoring`, to be found by."""
    unhandled: Mapped[bool] = mapped_column(Boolean, default=False)
    """Whether nothing caught one of its errors."""
    priority: Mapped[str] = mapped_column(String(8), default="medium")
    priority_reason: Mapped[str] = mapped_column(String(250), default="")
    priority_by: Mapped[str] = mapped_column(String(254), default="")
    """Who chose it; "" where it is computed."""
    assignee_user_id: Mapped[int | None]
    assignee_team_id: Mapped[int | None]
    """One of the two at most. No foreign keys: SQLite could only add them by building the table anew, under its cascades."""
    created_at_us: Mapped[int]
    merged_into: Mapped[int | None]
    """The issue that has all its fingerprints now: this row is a redirect, and no query sees it (`seiche.registry.engine`)."""
    __table_args__ = (
        UniqueConstraint("project_id", "number"),
        Index("issues_by_ignored_until", "ignored_until_us"),
        Index("issues_by_last_seen", "project_id", "status", "last_seen_us", "id"),
        Index("issues_by_project_last_seen", "project_id", "last_seen_us", "id"),
        Index("issues_by_project_first_seen", "project_id", "first_seen_us", "id"),
        Index("issues_by_project_count", "project_id", "count", "id"),
        Index("issues_by_project_level", "project_id", "level", "last_seen_us", "id"),
        Index("issues_by_project_priority", "project_id", "priority", "last_seen_us", "id"),
    )


class FingerprintRow(Base):
    """The map: (project, fingerprint) -> issue, with why. Rewriting `issue_id` is how merge and unmerge work."""

    __tablename__ = "fingerprints"
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(32), primary_key=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"), index=True)
    rule: Mapped[str] = mapped_column(String(64))
    score: Mapped[float] = mapped_column(Float)
    version: Mapped[int]
    components: Mapped[list[Any]]
    """`[[name, value], ...]` of `seiche.model.issue.Component`."""
    evidence: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """What the near-duplicate step compared: `seiche.registry.grouping.evidence`; empty where it was not asked."""
    pinned: Mapped[bool] = mapped_column(Boolean, default=False)
    """People decided where it belongs: regrouping keeps it there."""
    map_version: Mapped[int]
    created_at_us: Mapped[int]


class IssueFacet(Base):
    """Which releases and environments an issue was seen in: right before any batch has run."""

    __tablename__ = "issue_facets"
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True)
    facet: Mapped[str] = mapped_column(String(16), primary_key=True)
    """release, environment, level."""
    value: Mapped[str] = mapped_column(String(250), primary_key=True)
    count: Mapped[int] = mapped_column(default=0)
    first_seen_us: Mapped[int]
    last_seen_us: Mapped[int]


class ReleaseRow(Base):
    """When a project's events first named a release: the order of releases whose names have none. Never deleted."""

    __tablename__ = "releases"
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[str] = mapped_column(String(250), primary_key=True)
    first_seen_us: Mapped[int]


class DuplicateRow(Base):
    """Log offsets whose event repeats one at a lower offset; silver looks them up."""

    __tablename__ = "duplicates"
    partition: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    offset: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    project_id: Mapped[int]
    event_id: Mapped[str] = mapped_column(String(32))
    received_at_us: Mapped[int]


class ConsumerOffset(Base):
    """The next offset of each registry-side consumer, moved in the transaction of its work."""

    __tablename__ = "consumer_offsets"
    consumer: Mapped[str] = mapped_column(String(32), primary_key=True)
    partition: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    offset: Mapped[int]
    updated_at_us: Mapped[int]


class OutcomeCount(Base):
    """What became of everything, per minute and key, as `alerts` decided it. `drain` counts what silver holds from its rows instead."""

    __tablename__ = "outcome_counts"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    minute: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    public_key: Mapped[str] = mapped_column(String(32), primary_key=True)
    category: Mapped[str] = mapped_column(String(32), primary_key=True)
    outcome: Mapped[str] = mapped_column(String(16), primary_key=True)
    reason: Mapped[str] = mapped_column(String(64), primary_key=True)
    quantity: Mapped[int]


class AlertRuleRow(Base):
    __tablename__ = "alert_rules"
    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(128))
    rule: Mapped[dict[str, Any]]
    """`seiche.model.alert.AlertRule` without id, project_id, name and enabled."""
    enabled: Mapped[bool] = mapped_column(Boolean, default=True)
    created_at_us: Mapped[int]


class OutboxRow(Base):
    """Notifications, written in the transaction of the issue that caused them; a sender delivers at least once."""

    __tablename__ = "outbox"
    delivery_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    rule_id: Mapped[int]
    issue_id: Mapped[int]
    channel: Mapped[str] = mapped_column(String(16))
    target: Mapped[str] = mapped_column(String(512))
    secret: Mapped[str] = mapped_column(String(128), default="")
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(16), default="pending")
    """pending, sent, failed."""
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at_us: Mapped[int]
    created_at_us: Mapped[int]
    sent_at_us: Mapped[int | None]
    last_error: Mapped[str] = mapped_column(Text, default="")
    __table_args__ = (
        Index("outbox_due", "state", "next_attempt_at_us"),
        Index("outbox_by_rule", "rule_id", "issue_id", "created_at_us"),
    )


class Activity(Base):
    """Everything that happened to an issue, with actor and reason; the live feed tails it by `id`."""

    __tablename__ = "activity"
    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    issue_id: Mapped[int | None] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(32))
    """issue_new, issue_regressed, issue_escalating, issue_unignored, issue_ongoing, status_changed, assigned, notified, ..."""
    actor: Mapped[str] = mapped_column(String(254))
    """A user's email, or `seiche`."""
    reason: Mapped[str] = mapped_column(Text, default="")
    data: Mapped[dict[str, Any]]
    at_us: Mapped[int]
    __table_args__ = (Index("activity_by_project", "project_id", "id"), {"sqlite_autoincrement": True})
