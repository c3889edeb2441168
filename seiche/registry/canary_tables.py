"""The canaries of the last day, for `status`, metrics and pages, whichever process or machine shows them."""

from typing import Any

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from seiche.registry.tables import Base


class CanaryRow(Base):
    __tablename__ = "canaries"
    event_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    sent_at_us: Mapped[int] = mapped_column(index=True)
    hops: Mapped[dict[str, Any]]
    """`seiche.model.canary.Canary.hops`."""
    problem: Mapped[str] = mapped_column(Text)
