"""Uploaded artifacts: chunks, bundles, the files in them, and which of them each stretch of the log could see."""

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from seiche.registry.tables import Base


class ArtifactChunk(Base):
    """A piece of an upload, in the raw store under the organization's own folder. Removed a day after it came."""

    __tablename__ = "artifact_chunks"
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True)
    sha1: Mapped[str] = mapped_column(String(40), primary_key=True)
    size: Mapped[int]
    stored_at_us: Mapped[int] = mapped_column(index=True)


class ArtifactBundle(Base):
    """One assembled upload. Never changed, so that what an event was resolved with can be told later."""

    __tablename__ = "artifact_bundles"
    id: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    identity: Mapped[str] = mapped_column(String(40))
    """SHA-1 of checksum, projects, release and dist: the same upload twice is one bundle."""
    checksum: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(16))
    """sourcemaps, proguard."""
    sequence: Mapped[int] = mapped_column(unique=True)
    """Grows in the order of commits: what an event could see is everything up to its epoch's."""
    name: Mapped[str] = mapped_column(String(250), default="")
    release: Mapped[str] = mapped_column(String(250), default="")
    dist: Mapped[str] = mapped_column(String(64), default="")
    files: Mapped[int]
    size: Mapped[int]
    created_at_us: Mapped[int]
    __table_args__ = (UniqueConstraint("organization_id", "identity"),)


class ArtifactFile(Base):
    """A file of a bundle, for one project; its bytes are in the raw store, by their own hash."""

    __tablename__ = "artifact_files"
    id: Mapped[int] = mapped_column(primary_key=True)
    bundle_id: Mapped[int] = mapped_column(ForeignKey("artifact_bundles.id", ondelete="CASCADE"), index=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    sequence: Mapped[int]
    kind: Mapped[str] = mapped_column(String(16))
    """minified, source_map, proguard."""
    debug_id: Mapped[str] = mapped_column(String(36), default="")
    release: Mapped[str] = mapped_column(String(250), default="")
    dist: Mapped[str] = mapped_column(String(64), default="")
    url: Mapped[str] = mapped_column(String(1024), default="")
    source_map: Mapped[str] = mapped_column(Text, default="")
    """How a minified file names its map: a header, or its last line."""
    content: Mapped[str] = mapped_column(String(160))
    """Path in the raw store."""
    size: Mapped[int]
    __table_args__ = (
        Index("artifact_files_by_debug_id", "project_id", "debug_id"),
        Index("artifact_files_by_url", "project_id", "release", "url"),
    )


class ArtifactSequence(Base):
    """One row: the newest bundle's sequence. Locked while a bundle is stored, so that sequences become visible in order."""

    __tablename__ = "artifact_sequence"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    value: Mapped[int]


class ArtifactEpoch(Base):
    """From this log offset on, events were resolved with the bundles up to `sequence`: what the look-ups returned, recorded."""

    __tablename__ = "artifact_epochs"
    partition: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    from_offset: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sequence: Mapped[int]


class UnresolvedFile(Base):
    """Frames that could not be resolved, added up by what they lacked; the newest `unresolved.ROWS_LIMIT` of a project."""

    __tablename__ = "unresolved_files"
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(32), primary_key=True)
    """A digest of the five that follow, which are too long for a key."""
    release: Mapped[str] = mapped_column(String(250))
    dist: Mapped[str] = mapped_column(String(64))
    file: Mapped[str] = mapped_column(Text)
    debug_id: Mapped[str] = mapped_column(String(36))
    reason: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(Text)
    """The newest frame's sentence."""
    frames: Mapped[int]
    events: Mapped[int]
    first_seen_us: Mapped[int]
    """When the first and the last such event were received."""
    last_seen_us: Mapped[int]
    last_event_id: Mapped[str] = mapped_column(String(32))
    last_fingerprint: Mapped[str] = mapped_column(String(32))
    """What that event counts under: whose issue it is, wherever people merged it to."""
    __table_args__ = (Index("unresolved_files_by_time", "project_id", "last_seen_us"),)
