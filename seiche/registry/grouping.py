"""Near-duplicate members in the registry: read to rebuild an index, written in the transaction of the decisions they followed from."""

from collections.abc import Collection, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from seiche.grouping.identity import Verdict
from seiche.grouping.near import THRESHOLD, Member
from seiche.grouping.shape import Shape, Step
from seiche.registry.grouping_tables import NearMemberRow
from seiche.registry.tables import FingerprintRow

CHUNK = 5000
"""Values bound in one statement: SQLite takes 32,766."""


class Stored(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A member without its fingerprint, which is the row's key, and its issue, which the map knows."""

    shape: Shape
    releases: list[str]
    callers: list[str]


_DECODER = msgspec.json.Decoder(Stored)


def last_position(session: Session, project_id: int) -> int:
    """The newest member's position; 0 of a project without members."""
    return last_positions(session, [project_id])[project_id]


def last_positions(session: Session, project_ids: Collection[int]) -> dict[int, int]:
    """The newest member's position of each; 0 of a project without members."""
    newest = sa.select(NearMemberRow.project_id, sa.func.max(NearMemberRow.position)).group_by(NearMemberRow.project_id)
    rows = session.execute(newest.where(NearMemberRow.project_id.in_(project_ids)))
    return dict.fromkeys(project_ids, 0) | {row[0]: row[1] for row in rows}


def members(session: Session, project_id: int, version: int) -> list[Member]:
    """A project's members in their order, with the issues that the map gives them now."""
    return _read(session, _chosen(project_id, version))


def members_of(session: Session, project_id: int, version: int, fingerprints: Sequence[str]) -> list[Member]:
    """Some of them."""
    return _read(session, _chosen(project_id, version).where(NearMemberRow.fingerprint.in_(fingerprints)))


def _chosen(project_id: int, version: int) -> "sa.Select[str, bytes, int]":
    return (
        sa.select(NearMemberRow.fingerprint, NearMemberRow.member, FingerprintRow.issue_id)
        .join(
            FingerprintRow,
            sa.and_(FingerprintRow.project_id == NearMemberRow.project_id, FingerprintRow.fingerprint == NearMemberRow.fingerprint),
        )
        .where(NearMemberRow.project_id == project_id, NearMemberRow.version == version)
        .order_by(NearMemberRow.position)
    )


def _read(session: Session, chosen: "sa.Select[str, bytes, int]") -> list[Member]:
    found: list[Member] = []
    shared: dict[Step, Step] = {}  # frames that many members have are held once
    for fingerprint, raw, issue_id in session.execute(chosen):
        stored = _DECODER.decode(raw)
        shape = msgspec.structs.replace(stored.shape, steps=tuple([shared.setdefault(step, step) for step in stored.shape.steps]))
        found.append(Member(issue_id, fingerprint, shape, stored.releases, stored.callers))
    return found


def moved(session: Session, project_id: int, after_map_version: int) -> list[tuple[str, int]]:
    """(fingerprint, issue) of what the map says anew since one of its versions: what people merged and split."""
    chosen = sa.select(FingerprintRow.fingerprint, FingerprintRow.issue_id).where(
        FingerprintRow.project_id == project_id, FingerprintRow.map_version > after_map_version
    )
    return [(row.fingerprint, row.issue_id) for row in session.execute(chosen)]


def save(  # noqa: PLR0917 - one write
    session: Session, project_id: int, version: int, position: int, changed: Sequence[Member], forgotten: Sequence[str]
) -> int:
    """Store members after `position` and forget others; returns the new last position."""
    gone = [*forgotten, *(member.fingerprint for member in changed)]
    for start in range(0, len(gone), CHUNK):
        some = gone[start : start + CHUNK]
        session.execute(sa.delete(NearMemberRow).where(NearMemberRow.project_id == project_id, NearMemberRow.fingerprint.in_(some)))
    rows = [
        {
            "project_id": project_id,
            "fingerprint": member.fingerprint,
            "position": position + number,
            "version": version,
            "member": msgspec.json.encode(Stored(member.shape, member.releases, member.callers)),
        }
        for number, member in enumerate(changed, 1)
    ]
    if rows:
        session.execute(sa.insert(NearMemberRow), rows)
    return position + len(rows)


def evidence(verdict: Verdict, refused: int | None) -> dict[str, Any]:
    """What people are shown of a decision: `refused` is the issue that came closest and was not joined."""
    if verdict.near is None:
        return {"matched": verdict.matched} if verdict.matched else {}
    near = verdict.near
    return {
        "rule": near.rule,
        "score": near.score,
        "needs": THRESHOLD,
        "matched": near.fingerprint,
        "refused": refused,
        "runner_up": near.runner_up,
        "runner_up_score": near.runner_up_score,
        "parts": [list(part) for part in near.parts],
    }
