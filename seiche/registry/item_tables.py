"""What people and programs send besides events: files of an event, and feedback. Written by the alerts process."""

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from seiche.registry.tables import Base


class AttachmentRow(Base):
    """A file of an event; its bytes are in the raw store, where `key` says."""

    __tablename__ = "attachments"
    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    event_id: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(255))
    content_type: Mapped[str] = mapped_column(String(128))
    attachment_type: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    key: Mapped[str] = mapped_column(String(255))
    received_at_us: Mapped[int]
    __table_args__ = (
        UniqueConstraint("project_id", "event_id", "name", "sha256"),
        Index("attachments_by_time", "project_id", "received_at_us"),
    )


class FeedbackRow(Base):
    """What a user said about an event, or about nothing in particular."""

    __tablename__ = "feedback"
    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    feedback_id: Mapped[str] = mapped_column(String(32))
    """The SDK's own of a `feedback`; of a `user_report`, made from what it says: a repeat has the same."""
    kind: Mapped[str] = mapped_column(String(16))
    """user_report or feedback."""
    event_id: Mapped[str] = mapped_column(String(32), default="")
    """The event it speaks about; "" where it names none."""
    fingerprint: Mapped[str] = mapped_column(String(32), default="")
    """Of that event, "" until the hot tier has told: the map leads from it to the issue, whatever is merged."""
    name: Mapped[str] = mapped_column(String(128))
    email: Mapped[str] = mapped_column(String(254))
    message: Mapped[str] = mapped_column(Text)
    url: Mapped[str] = mapped_column(Text)
    received_at_us: Mapped[int]
    __table_args__ = (
        UniqueConstraint("project_id", "feedback_id"),
        Index("feedback_by_time", "project_id", "received_at_us"),
        Index("feedback_by_fingerprint", "project_id", "fingerprint"),
        Index("feedback_by_event", "project_id", "event_id"),
    )
