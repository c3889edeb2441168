"""What the near-duplicate step of grouping knows of a project's fingerprints."""

from sqlalchemy import ForeignKeyConstraint, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from seiche.registry.tables import Base


class NearMemberRow(Base):
    """A member of a project's index. They are the whole of its state: an index rebuilt from them decides as the one they came from."""

    __tablename__ = "near_members"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    fingerprint: Mapped[str] = mapped_column(String(32), primary_key=True)
    position: Mapped[int]
    """The order of members; grows with every change of one."""
    version: Mapped[int]
    """Of the grouping that made the shape."""
    member: Mapped[bytes] = mapped_column(LargeBinary)
    """`seiche.registry.grouping.Stored` as JSON. The issue is not in it: the map says."""
    __table_args__ = (
        ForeignKeyConstraint(["project_id", "fingerprint"], ["fingerprints.project_id", "fingerprints.fingerprint"], ondelete="CASCADE"),
        Index("near_members_in_order", "project_id", "position"),
    )
