"""Erasing what one person's events say of them: what was asked for, how far it is, and which events it met."""

from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from seiche.registry.tables import Base


class ErasureRow(Base):
    """One request. Once it is through, it does not say any more whom it was about."""

    __tablename__ = "erasures"
    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    person: Mapped[str] = mapped_column(Text, default="")
    """KIND:VALUE, as events name their user; "" where events were named, and afterwards."""
    event_ids: Mapped[list[Any]]
    """Those that were named."""
    state: Mapped[str] = mapped_column(String(16), default="queued")
    """queued, running, erased (files of older versions of the tables are there still), done."""
    hours_left: Mapped[list[Any]]
    """Epoch hours to look at, oldest first."""
    met: Mapped[dict[str, Any]]
    """Of the hour that is being worked on: `hour`, `events`, `words`, `fingerprints`. {} between two."""
    events: Mapped[int] = mapped_column(default=0)
    files: Mapped[int] = mapped_column(default=0)
    feedback: Mapped[int] = mapped_column(default=0)
    actor: Mapped[str] = mapped_column(String(254))
    created_at_us: Mapped[int]
    erased_at_us: Mapped[int | None]
    done_at_us: Mapped[int | None]
    __table_args__ = (Index("erasures_by_project", "project_id", "id"), {"sqlite_autoincrement": True})


class ErasedEvent(Base):
    """An event whose payload was emptied: the log, while it still has it, is not shown any more."""

    __tablename__ = "erased_events"
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True)
    event_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(32))
    """What it counts under, where what is left of it would give another; else ""."""
    received_at_us: Mapped[int]
    __table_args__ = (Index("erased_events_by_time", "received_at_us"),)
