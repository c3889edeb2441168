"""Bundles, their files, and which of them each stretch of the log could see."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from seiche.registry import upsert
from seiche.registry.artifact_tables import ArtifactBundle, ArtifactChunk, ArtifactEpoch, ArtifactFile, ArtifactSequence

FILES_LIMIT = 20
"""Candidates of one look-up: the same file uploaded again and again."""


def stored_chunks(session: Session, organization_id: int, checksums: Collection[str]) -> set[str]:
    """Which of these chunks the organization has."""
    chosen = sa.select(ArtifactChunk.sha1).where(ArtifactChunk.organization_id == organization_id, ArtifactChunk.sha1.in_(checksums))
    return set(session.scalars(chosen))


def add_chunks(session: Session, organization_id: int, sizes: Mapping[str, int], *, now_us: int) -> None:
    """Chunks that are in the raw store now; those that come again are young again."""
    rows = [
        {"organization_id": organization_id, "sha1": sha1, "size": size, "stored_at_us": now_us} for sha1, size in sorted(sizes.items())
    ]
    upsert.add_up(session, ArtifactChunk, rows, stored_at_us=upsert.LARGER)


def old_chunks(session: Session, before_us: int, *, limit: int) -> Sequence[ArtifactChunk]:
    """Chunks whose upload was never completed, or long ago."""
    return session.scalars(sa.select(ArtifactChunk).where(ArtifactChunk.stored_at_us < before_us).limit(limit)).all()


def bundle_of(session: Session, organization_id: int, identity: str) -> ArtifactBundle | None:
    """The bundle of this upload, if it has been assembled."""
    chosen = sa.select(ArtifactBundle).where(ArtifactBundle.organization_id == organization_id, ArtifactBundle.identity == identity)
    return session.scalar(chosen)


def debug_id_of(session: Session, organization_id: int, identity: str) -> str:
    """Of the one file of a mapping's bundle."""
    chosen = sa.select(ArtifactFile.debug_id).join(ArtifactBundle, ArtifactBundle.id == ArtifactFile.bundle_id)
    own = (ArtifactBundle.organization_id == organization_id, ArtifactBundle.identity == identity)
    return session.scalar(chosen.where(*own).limit(1)) or ""


def add_bundle(session: Session, bundle: ArtifactBundle, files: Iterable[Mapping[str, Any]], project_ids: Sequence[int]) -> None:
    """Store a bundle and its files for its projects, under the next sequence. The sequence's row stays locked until the commit."""
    upsert.add_once(session, ArtifactSequence, [{"id": 1, "value": 0}])
    session.execute(sa.update(ArtifactSequence).where(ArtifactSequence.id == 1).values(value=ArtifactSequence.value + 1))
    bundle.sequence = newest_sequence(session)
    session.add(bundle)
    session.flush()
    own = {"bundle_id": bundle.id, "sequence": bundle.sequence}
    rows = [{**file, **own, "project_id": project_id} for file in files for project_id in project_ids]
    if rows:
        session.execute(sa.insert(ArtifactFile), rows)


def newest_sequence(session: Session) -> int:
    """Of every bundle that is visible; 0 before the first."""
    return session.scalar(sa.select(ArtifactSequence.value).where(ArtifactSequence.id == 1)) or 0


def record_epoch(session: Session, partition: int, from_offset: int, sequence: int) -> None:
    """From this offset on, events are resolved with the bundles up to `sequence`; nothing to do where that is so already."""
    last = session.scalar(
        sa.select(ArtifactEpoch.sequence).where(ArtifactEpoch.partition == partition).order_by(ArtifactEpoch.from_offset.desc()).limit(1)
    )
    if sequence != (last or 0):
        row = {"partition": partition, "from_offset": from_offset, "sequence": sequence}
        upsert.add_up(session, ArtifactEpoch, [row], sequence=upsert.LARGER)


def epochs(session: Session, partition: int, low: int, high: int) -> list[tuple[int, int]]:
    """(from offset, sequence) of every epoch that covers some of [low, high], in order."""
    first = sa.select(sa.func.max(ArtifactEpoch.from_offset)).where(ArtifactEpoch.partition == partition, ArtifactEpoch.from_offset <= low)
    chosen = (
        sa.select(ArtifactEpoch.from_offset, ArtifactEpoch.sequence)
        .where(ArtifactEpoch.partition == partition, ArtifactEpoch.from_offset <= high)
        .where(ArtifactEpoch.from_offset >= sa.func.coalesce(first.scalar_subquery(), 0))
        .order_by(ArtifactEpoch.from_offset)
    )
    return [(row.from_offset, row.sequence) for row in session.execute(chosen)]


def project_sequence(session: Session, project_id: int, upto: int) -> int:
    """The newest bundle of this project that an epoch includes; 0 without any."""
    chosen = sa.select(sa.func.max(ArtifactFile.sequence)).where(ArtifactFile.project_id == project_id, ArtifactFile.sequence <= upto)
    return session.scalar(chosen) or 0


def files_by_debug_id(session: Session, project_id: int, debug_id: str, upto: int) -> Sequence[ArtifactFile]:
    """Newest first."""
    chosen = sa.select(ArtifactFile).where(ArtifactFile.debug_id == debug_id)
    return _newest_first(session, chosen, project_id, upto)


def files_by_url(session: Session, project_id: int, release: str, urls: Collection[str], upto: int) -> Sequence[ArtifactFile]:
    """Of one release, under any of these names, newest first."""
    chosen = sa.select(ArtifactFile).where(ArtifactFile.release == release, ArtifactFile.url.in_(urls))
    return _newest_first(session, chosen, project_id, upto)


def has_release(session: Session, project_id: int, release: str, upto: int) -> bool:
    """Whether anything was uploaded for the release."""
    chosen = sa.select(ArtifactFile.id).where(
        ArtifactFile.project_id == project_id, ArtifactFile.release == release, ArtifactFile.sequence <= upto
    )
    return session.scalar(chosen.limit(1)) is not None


def bundles(session: Session, project_id: int, *, limit: int, before: int | None = None, release: str = "") -> Sequence[ArtifactBundle]:
    """What was uploaded for a project, newest first."""
    of_project = sa.select(ArtifactFile.bundle_id).where(ArtifactFile.project_id == project_id)
    chosen = sa.select(ArtifactBundle).where(ArtifactBundle.id.in_(of_project))
    if before is not None:
        chosen = chosen.where(ArtifactBundle.sequence < before)
    if release:
        chosen = chosen.where(ArtifactBundle.release == release)
    return session.scalars(chosen.order_by(ArtifactBundle.sequence.desc()).limit(limit)).all()


def bundle_files(session: Session, project_id: int, bundle_id: int, *, limit: int) -> Sequence[ArtifactFile]:
    """The files of one of the project's bundles, by name."""
    chosen = sa.select(ArtifactFile).where(ArtifactFile.project_id == project_id, ArtifactFile.bundle_id == bundle_id)
    return session.scalars(chosen.order_by(ArtifactFile.url, ArtifactFile.id).limit(limit)).all()


def _newest_first(session: Session, chosen: sa.Select[ArtifactFile], project_id: int, upto: int) -> Sequence[ArtifactFile]:
    chosen = chosen.where(ArtifactFile.project_id == project_id, ArtifactFile.sequence <= upto)
    return session.scalars(chosen.order_by(ArtifactFile.sequence.desc(), ArtifactFile.id).limit(FILES_LIMIT)).all()
