"""How much of long limits is used up: what must survive a restart of a process that counts in its own memory."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from seiche.registry.tables import Base


class LimitCount(Base):
    __tablename__ = "limit_counts"
    counter: Mapped[str] = mapped_column(String(128), primary_key=True)
    """Whose, what and which window: `ingest_api.limiter` names it."""
    used: Mapped[int]
    ends_at_us: Mapped[int]
    """The window's end; the row means nothing afterwards."""
