"""What people and their tools say about releases: dates, commits, deploys. When events named them is in `tables.ReleaseRow`."""

from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from seiche.registry.tables import Base


class ReleaseInfo(Base):
    """A release of an organization, as created. Archived, never deleted: the order of releases decides about regressions."""

    __tablename__ = "release_infos"
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[str] = mapped_column(String(250), primary_key=True)
    status: Mapped[str] = mapped_column(String(16), default="open")
    """open, archived."""
    url: Mapped[str] = mapped_column(Text, default="")
    ref: Mapped[str] = mapped_column(String(250), default="")
    refs: Mapped[list[Any]]
    """`[{repository, commit, previousCommit}]` as given."""
    created_at_us: Mapped[int]
    started_at_us: Mapped[int | None]
    released_at_us: Mapped[int | None]


class ReleaseCommit(Base):
    """A commit of a release, newest first by `position`."""

    __tablename__ = "release_commits"
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[str] = mapped_column(String(250), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    commit_id: Mapped[str] = mapped_column(String(64))
    repository: Mapped[str] = mapped_column(String(250), default="")
    message: Mapped[str] = mapped_column(Text, default="")
    author_name: Mapped[str] = mapped_column(String(128), default="")
    author_email: Mapped[str] = mapped_column(String(254), default="")
    committed_at_us: Mapped[int | None]
    patch_set: Mapped[list[Any]]
    """`[{path, type}]`: the files that the commit touched; type A, M or D."""


class DeployRow(Base):
    """A release reaching an environment."""

    __tablename__ = "deploys"
    id: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    version: Mapped[str] = mapped_column(String(250))
    environment: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(64), default="")
    url: Mapped[str] = mapped_column(Text, default="")
    project_ids: Mapped[list[Any]]
    """Of which projects; empty: of all that the release has."""
    started_at_us: Mapped[int | None]
    finished_at_us: Mapped[int]
    created_at_us: Mapped[int]
    __table_args__ = (Index("deploys_by_release", "organization_id", "version"),)
