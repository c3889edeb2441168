"""Tables of the life of an issue: teams, ownership rules, exact counters."""

from sqlalchemy import Boolean, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from seiche.registry.tables import Base


class Team(Base):
    __tablename__ = "teams"
    id: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    slug: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(128))
    created_at_us: Mapped[int]
    __table_args__ = (UniqueConstraint("organization_id", "slug"),)


class TeamMember(Base):
    __tablename__ = "team_members"
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)


class Ownership(Base):
    """A project's ownership rules, as written; `seiche.issues.ownership` reads them."""

    __tablename__ = "ownership"
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True)
    rules: Mapped[str] = mapped_column(Text, default="")
    auto_assign: Mapped[bool] = mapped_column(Boolean, default=True)
    """New issues are assigned to the first owner of the last rule that matches."""
    updated_by: Mapped[str] = mapped_column(String(254))
    updated_at_us: Mapped[int]


class IssueCounter(Base):
    """Where a counter of an issue stands (`seiche.issues.counting`), moved in the transaction of the consumer's offset."""

    __tablename__ = "issue_counters"
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True)
    subject: Mapped[str] = mapped_column(String(32), primary_key=True)
    """What it counts for: `ignored:events`, `ignored:users`, `7:frequency`, `7:users` (7: an alert rule)."""
    terms: Mapped[str] = mapped_column(String(64))
    """Threshold, window and start it was made with: under others it begins anew."""
    state: Mapped[bytes] = mapped_column(LargeBinary)
    updated_at_us: Mapped[int]
    """Received time of the newest event counted."""
    __table_args__ = (Index("issue_counters_by_age", "updated_at_us"),)
