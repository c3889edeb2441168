"""Near-duplicate members in the registry: read to rebuild an index, written in the transaction of the decisions they followed from."""

from collections.abc import Collection, Sequence
from typing import Any, cast

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from seiche.grouping.identity import Verdict
from seiche.grouping.near import THRESHOLD, Member
from seiche.grouping.shape import Shape, Step
from seiche.registry.grouping_tables import NearMemberRow
from seiche.registry.tables import FingerprintRow


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


class Learned(msgspec.Struct, frozen=True):
    """What the index of one project has to write: `changed` members, to stand after `position`, and those to forget."""

    project_id: int
    position: int
    changed: Sequence[Member]
    forgotten: Sequence[str]


def save(session: Session, version: int, learned: Sequence[Learned]) -> None:
    """Store and forget members of several projects: two statements, however many projects there are."""
    table = cast("sa.Table", NearMemberRow.__table__)
    gone = [
        {"of_project": one.project_id, "named": fingerprint}
        for one in learned
        for fingerprint in (*one.forgotten, *(member.fingerprint for member in one.changed))
    ]
    rows = [
        {
            "project_id": one.project_id,
            "fingerprint": member.fingerprint,
            "position": one.position + number,
            "version": version,
            "member": msgspec.json.encode(Stored(member.shape, member.releases, member.callers)),
        }
        for one in learned
        for number, member in enumerate(one.changed, 1)
    ]
    # The tables themselves: what the session holds of other rows need not be looked through for each project.
    session.flush()
    if gone:
        wanted = (table.c.project_id == sa.bindparam("of_project")) & (table.c.fingerprint == sa.bindparam("named"))
        session.connection().execute(table.delete().where(wanted), gone)
    if rows:
        session.connection().execute(table.insert(), rows)


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
