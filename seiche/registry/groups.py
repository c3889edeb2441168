"""Merge, unmerge and their undoing: edits of the fingerprint map, in the caller's transaction. No event is rewritten.

Every change is a list of steps (a fingerprint goes from one issue to another), an activity entry, and pins: what people decided
stays through later regrouping. An issue is the sum of its fingerprints' totals, so counts are right at once.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from seiche.errors import InvalidInput, NotFound
from seiche.grouping.identity import COMPANION
from seiche.model.issue import IssueStatus
from seiche.registry import counters, totals
from seiche.registry.engine import WITH_MERGED
from seiche.registry.issues import change_status
from seiche.registry.regroup_tables import FingerprintTotal, GroupingChange
from seiche.registry.tables import Activity, FingerprintRow, Issue, Project

MOST_FINGERPRINTS = 20_000
"""Of one change: they are written into its row, to be undone."""
UNDOABLE = frozenset({"merge", "unmerge", "move"})


class Step(msgspec.Struct, frozen=True, array_like=True):
    """A fingerprint goes from one issue to another; `source` 0: it was made for the change."""

    fingerprint: str
    source: int
    target: int
    pinned: bool = False
    """Before."""


class Who(msgspec.Struct, frozen=True):
    """Who does it, why, when."""

    actor: str
    reason: str
    now_us: int


def merge(session: Session, project_id: int, issue_ids: Collection[int], who: Who) -> GroupingChange:
    """Issues of one project become the oldest of them; the others are redirects from now on. Raises `InvalidInput`, `NotFound`."""
    project = locked(session, project_id)
    rows = {issue.id: issue for issue in session.scalars(sa.select(Issue).where(Issue.project_id == project_id, Issue.id.in_(issue_ids)))}
    missing = sorted(set(issue_ids) - set(rows))
    if missing:
        raise NotFound(f"the project has no issue {', '.join(map(str, missing[:10]))}")
    if len(rows) < 2:
        raise InvalidInput("merging takes two different issues or more", reason="too_few_issues")
    kept, *others = sorted(rows.values(), key=lambda issue: issue.id)
    of_all = _of_issues(session, project_id, rows)
    steps = [Step(row.fingerprint, row.issue_id, kept.id, row.pinned) for row in of_all]
    unresolved = IssueStatus.UNRESOLVED.value
    open_again = kept.status != unresolved and any(issue.status == unresolved for issue in others)
    change = record(session, project, "merge", kept.id, steps, who, merged=[issue.id for issue in others])
    carry_out(session, project, steps)
    counters.unite(session, kept.id, [issue.id for issue in others])
    names = [f"{project.slug.upper()}-{issue.number}" for issue in others]
    tell(session, kept, "merged", who, {"change": change.id, "merged": names})
    for issue in others:
        tell(session, issue, "merged_into", who, {"change": change.id, "into": f"{project.slug.upper()}-{kept.number}"})
    if open_again:
        # Merging must not hide what is open under what is closed.
        change_status(
            session, kept.id, IssueStatus.UNRESOLVED, actor=who.actor, reason="an open issue was merged into it", now_us=who.now_us
        )
    return change


def unmerge(session: Session, issue_id: int, fingerprints: Collection[str], who: Who) -> GroupingChange:
    """Take fingerprints out of an issue, for good: into the issue they were merged from if all came from one, else into a new one.

    Raises `NotFound`, and `InvalidInput` where nothing would be left.
    """
    issue = session.get(Issue, issue_id)
    if issue is None:
        raise NotFound(f"there is no issue {issue_id}")
    project = locked(session, issue.project_id)
    rows = {row.fingerprint: row for row in _of_issues(session, project.id, [issue_id])}
    firsts = {row.fingerprint for row, _ in fingerprints_of(session, project.id, issue_id, MOST_FINGERPRINTS)}
    chosen = set(fingerprints)
    missing = sorted(chosen - firsts)
    if missing or not chosen:
        raise NotFound(f"issue {issue_id} has no fingerprint {', '.join(missing[:10])}" if missing else "no fingerprint is named")
    if chosen == firsts:
        raise InvalidInput("an issue keeps at least one fingerprint: leave one out", reason="nothing_left")
    # Whole stacks go with the fingerprint that they came with: else they would lead its next events back.
    chosen |= {name for name, row in rows.items() if row.rule == COMPANION and row.evidence.get("matched") in chosen}
    home = _came_from(session, project.id, issue_id, chosen)
    target = home if home is not None else totals.new_issue(session, project, sorted(chosen), now_us=who.now_us).id
    steps = [Step(name, issue_id, target, rows[name].pinned) for name in sorted(chosen)]
    # What stays is pinned as well: else a look-alike of what was taken out could lead it back together.
    steps += [Step(name, issue_id, issue_id, row.pinned) for name, row in sorted(rows.items()) if name not in chosen]
    change = record(session, project, "unmerge", target, steps, who, out_of=issue_id)
    carry_out(session, project, steps)
    if home is not None:
        counters.part(session, issue_id, [home])
    made = session.get_one(Issue, target)
    number = f"{project.slug.upper()}-{made.number}"
    tell(session, issue, "unmerged", who, {"change": change.id, "to": number, "fingerprints": len(set(fingerprints))})
    tell(session, made, "unmerged_from", who, {"change": change.id, "from": f"{project.slug.upper()}-{issue.number}"})
    return change


def undo(
    session: Session, project_id: int, change_id: int, who: Who, give_back: Mapping[str, Callable[[Project, GroupingChange], None]]
) -> GroupingChange:
    """Take a change back; `give_back`: what a kind undoes besides the map. `seiche.registry.moves.undo` knows all kinds.

    Raises `NotFound`, and `InvalidInput` where it was undone before or later changes stand on it.
    """
    project = locked(session, project_id)
    change = session.get(GroupingChange, change_id)
    if change is None or change.project_id != project_id:
        raise NotFound(f"the project has no change {change_id} of its grouping")
    if change.undone_at_us is not None or change.kind not in UNDOABLE:
        what = "was undone before" if change.undone_at_us is not None else f"is of the kind {change.kind}, which cannot be undone"
        raise InvalidInput(f"change {change_id} {what}", reason="cannot_undo")
    steps = msgspec.convert(change.data["steps"], list[Step])
    now = {row.fingerprint: row.issue_id for row in _rows(session, project_id, [step.fingerprint for step in steps])}
    elsewhere = [step.fingerprint for step in steps if now.get(step.fingerprint) != step.target]
    if elsewhere:
        raise InvalidInput(
            f"{len(elsewhere)} of its fingerprints went elsewhere since: undo the later change first", reason="changed_since"
        )
    back = [Step(step.fingerprint, step.target, step.source, step.pinned) for step in steps]
    if change.kind in give_back:
        give_back[change.kind](project, change)
    change.undone_at_us = who.now_us
    undone = record(session, project, "undo", steps[0].source if steps else change.issue_id, back, who, undoes=change.id)
    carry_out(session, project, back, restore_pins=True)
    if change.kind == "merge":
        counters.part(session, change.issue_id, change.data["merged"])
    for issue_id in sorted({step.source for step in steps} | {step.target for step in steps}):
        touched = session.get(Issue, issue_id, execution_options=WITH_MERGED)
        if touched is not None:
            tell(session, touched, "grouping_undone", who, {"change": undone.id, "undoes": change.id, "kind": change.kind})
    return undone


def carry_out(session: Session, project: Project, steps: Sequence[Step], *, restore_pins: bool = False) -> None:
    """Write the map's next version, and add up what the issues are now; those left without fingerprints become redirects."""
    project.map_version += 1
    now = {row.fingerprint: row for row in _rows(session, project.id, [step.fingerprint for step in steps])}
    heirs: dict[int, int] = {}
    for step in steps:
        row = now[step.fingerprint]
        row.issue_id, row.map_version = step.target, project.map_version
        row.pinned = step.pinned if restore_pins else True
        if step.source != step.target:
            heirs.setdefault(step.source, step.target)
    session.flush()
    totals.add_up(session, sorted({step.target for step in steps} | {step.source for step in steps} - {0}), heirs)


def locked(session: Session, project_id: int) -> Project:
    """The project's row, held until the transaction ends: the alerts consumer waits for it."""
    return session.scalars(sa.select(Project).where(Project.id == project_id).with_for_update()).one()


def changes(session: Session, project_id: int, issue_id: int | None = None, limit: int = 50) -> list[GroupingChange]:
    """What people did to the map, newest first; of one issue: what touched it."""
    chosen = sa.select(GroupingChange).where(GroupingChange.project_id == project_id).order_by(GroupingChange.id.desc())
    if issue_id is None:
        return list(session.scalars(chosen.limit(limit)))
    found = (change for change in session.scalars(chosen.limit(1000)) if issue_id in touched(change))
    return [change for change, _ in zip(found, range(limit), strict=False)]


def touched(change: GroupingChange) -> set[int]:
    """The issues that a change took from or gave to."""
    return {change.issue_id, *(issue for step in change.data["steps"] for issue in step[1:3])} - {0}


def fingerprints_of(session: Session, project_id: int, issue_id: int, limit: int = 500) -> list[tuple[FingerprintRow, FingerprintTotal]]:
    """An issue's fingerprints that have events, with what each has seen, most events first."""
    same = sa.and_(FingerprintTotal.project_id == FingerprintRow.project_id, FingerprintTotal.fingerprint == FingerprintRow.fingerprint)
    chosen = sa.select(FingerprintRow, FingerprintTotal).join(FingerprintTotal, same).where(FingerprintTotal.count > 0)
    chosen = chosen.where(FingerprintRow.project_id == project_id, FingerprintRow.issue_id == issue_id, FingerprintRow.rule != COMPANION)
    order = (FingerprintTotal.count.desc(), FingerprintRow.created_at_us, FingerprintRow.fingerprint)
    return [(row, total) for row, total in session.execute(chosen.order_by(*order).limit(limit))]


def _of_issues(session: Session, project_id: int, issue_ids: Collection[int]) -> list[FingerprintRow]:
    chosen = sa.select(FingerprintRow).where(FingerprintRow.project_id == project_id, FingerprintRow.issue_id.in_(issue_ids))
    found = list(session.scalars(chosen.order_by(FingerprintRow.fingerprint).limit(MOST_FINGERPRINTS + 1)))
    if len(found) > MOST_FINGERPRINTS:
        raise InvalidInput(f"that is more than {MOST_FINGERPRINTS} fingerprints in one change: take fewer issues", reason="too_many")
    return found


def _rows(session: Session, project_id: int, names: Sequence[str]) -> list[FingerprintRow]:
    found: list[FingerprintRow] = []
    for start in range(0, len(names), 5000):
        some = names[start : start + 5000]
        chosen = sa.select(FingerprintRow).where(FingerprintRow.project_id == project_id, FingerprintRow.fingerprint.in_(some))
        found += session.scalars(chosen)
    return found


def _came_from(session: Session, project_id: int, issue_id: int, fingerprints: set[str]) -> int | None:
    """The redirect whose fingerprints these were before a merge, if they all were."""
    for change in changes(session, project_id, issue_id):
        if change.kind != "merge" or change.undone_at_us is not None:
            continue
        sources = {step[1] for step in change.data["steps"] if step[0] in fingerprints}
        named = {step[0] for step in change.data["steps"]}
        if fingerprints <= named and len(sources) == 1:
            source = int(sources.pop())
            origin = session.get(Issue, source, execution_options=WITH_MERGED)
            if origin is not None and origin.merged_into is not None:
                return source
    return None


def record(  # noqa: PLR0917 - what a change consists of
    session: Session, project: Project, kind: str, issue_id: int, steps: Sequence[Step], who: Who, **data: Any
) -> GroupingChange:
    """Write a change down, whole enough to be undone."""
    made = GroupingChange(
        project_id=project.id,
        kind=kind,
        issue_id=issue_id,
        actor=who.actor,
        reason=who.reason,
        data={"steps": msgspec.to_builtins(list(steps)), **data},
        at_us=who.now_us,
    )
    session.add(made)
    session.flush()
    return made


def tell(session: Session, issue: Issue, kind: str, who: Who, data: dict[str, Any]) -> None:
    """An entry of the issue's activity."""
    session.add(
        Activity(
            project_id=issue.project_id,
            issue_id=issue.id,
            kind=kind,
            actor=who.actor,
            reason=who.reason,
            data={"title": issue.title, **data},
            at_us=who.now_us,
        )
    )
