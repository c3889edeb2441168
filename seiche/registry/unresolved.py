"""What unresolved frames lacked, added up: written by the alerts consumer in its transaction, read by the page of missing maps."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from seiche.registry import upsert
from seiche.registry.artifact_tables import ArtifactBundle, ArtifactFile, UnresolvedFile
from seiche.registry.tables import FingerprintRow, Issue

ROWS_LIMIT = 1000
"""Of one project, the newest: a build a day names new files for ever, and so may whoever has the DSN."""


def add(session: Session, rows: Sequence[Mapping[str, Any]], *, limit: int = ROWS_LIMIT) -> None:
    """Count a batch's rows in; the oldest beyond `limit` go."""
    how = dict.fromkeys(("text", "last_event_id", "last_fingerprint"), upsert.NEWEST)
    how |= {"frames": upsert.SUM, "events": upsert.SUM, "first_seen_us": upsert.SMALLER, "last_seen_us": upsert.LARGER}
    upsert.add_up(session, UnresolvedFile, rows, **how)
    for project_id in {row["project_id"] for row in rows}:
        own = UnresolvedFile.project_id == project_id
        oldest = sa.select(UnresolvedFile.key).where(own).order_by(UnresolvedFile.last_seen_us.desc(), UnresolvedFile.key)
        beyond = list(session.scalars(oldest.offset(limit)))
        for start in range(0, len(beyond), 500):
            session.execute(sa.delete(UnresolvedFile).where(own, UnresolvedFile.key.in_(beyond[start : start + 500])))


def forget_before(session: Session, project_id: int, before_us: int) -> None:
    """What was last seen before the project's retention."""
    session.execute(sa.delete(UnresolvedFile).where(UnresolvedFile.project_id == project_id, UnresolvedFile.last_seen_us < before_us))


def listed(session: Session, project_id: int, *, query: str, limit: int) -> list[tuple[UnresolvedFile, Issue | None]]:
    """Newest first, each with the issue of its last event; `query`: a part of release, file, debug id or reason."""
    same = sa.and_(FingerprintRow.project_id == UnresolvedFile.project_id, FingerprintRow.fingerprint == UnresolvedFile.last_fingerprint)
    chosen = (
        sa.select(UnresolvedFile, Issue)
        .outerjoin(FingerprintRow, same)
        .outerjoin(Issue, Issue.id == FingerprintRow.issue_id)
        .where(UnresolvedFile.project_id == project_id)
    )
    if query:
        columns = (UnresolvedFile.release, UnresolvedFile.file, UnresolvedFile.debug_id, UnresolvedFile.reason)
        chosen = chosen.where(sa.or_(*(column.icontains(query, autoescape=True) for column in columns)))
    rows = session.execute(chosen.order_by(UnresolvedFile.last_seen_us.desc(), UnresolvedFile.key).limit(limit))
    return [(row[0], row[1]) for row in rows]


def uploads(session: Session, project_id: int, rows: Sequence[UnresolvedFile]) -> dict[str, int]:
    """Debug id or release -> when something was last uploaded for it, microseconds."""
    ids, releases = {row.debug_id for row in rows} - {""}, {row.release for row in rows} - {""}
    found: dict[str, int] = {}
    for column, wanted in ((ArtifactFile.debug_id, ids), (ArtifactFile.release, releases)):
        chosen = sa.select(column, sa.func.max(ArtifactBundle.created_at_us)).join(
            ArtifactBundle, ArtifactBundle.id == ArtifactFile.bundle_id
        )
        for name, at_us in session.execute(chosen.where(ArtifactFile.project_id == project_id, column.in_(wanted)).group_by(column)):
            found[name] = max(at_us, found.get(name, 0))
    return found
