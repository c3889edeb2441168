"""The switch: the next map, totals, issues, redirects and configuration version, in the caller's one registry transaction."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from lake.history import Cell, History
from seiche.grouping.identity import COMPANION
from seiche.grouping.near import Member
from seiche.grouping.regroup import Plan
from seiche.grouping.v2 import VERSION
from seiche.model.project import ProjectConfig, grouped_by
from seiche.registry import grouping as near_members
from seiche.registry import regroups, totals
from seiche.registry.engine import WITH_MERGED
from seiche.registry.grouping_tables import NearMemberRow
from seiche.registry.groups import MOST_FINGERPRINTS
from seiche.registry.regroup_tables import TOTALED, FingerprintFacet, FingerprintTotal, GroupingChange, RegroupRow
from seiche.registry.tables import Activity, FingerprintRow, Issue, Project, ProjectConfigRow

TOLD = 500
"""Issues that get an activity entry."""
FACETS = ("release", "environment", "level")
NOT_INHERITED = frozenset({"id", "project_id", "number", "created_at_us", "merged_into", *TOTALED})


class Switched(msgspec.Struct, frozen=True):
    """What the switch did."""

    fingerprints: int
    issues_made: int
    issues_gone: int
    hours: int


def switch(session: Session, row: RegroupRow, config: ProjectConfig, history: History, plan: Plan) -> Switched:
    """Everything, or nothing: the caller's transaction. The project's row is locked, so `alerts` waits."""
    now_us = time.time_ns() // 1000
    project = session.get_one(Project, row.project_id)
    _write_config(session, project, config, now_us)
    project.map_version += 1
    parents = _parents(session, project.id, history, plan)
    _write_totals(session, project.id, history)
    groups = {placed.group for placed in plan.placed.values()}
    issue_of = dict(plan.issue_of)
    cells: defaultdict[int, list[Cell]] = defaultdict(list)
    for cell in history.cells:
        cells[plan.placed[cell.new].group].append(cell)
    made = sorted((group for group in groups if group not in issue_of), key=lambda group: min(cell.first for cell in cells[group]))
    for group in made:
        issue_of[group] = _make(session, project, history, cells[group], parents.get(group), now_us).id
    session.flush()
    moved = _write_map(session, project, plan, issue_of, now_us)
    heirs = {issue: issue_of[group] for issue, group in plan.heirs.items()}
    totals.add_up(session, sorted({*issue_of.values(), *heirs, *(source for source, _ in moved.values())}), heirs)
    _write_members(session, project.id, plan, issue_of)
    _tell(session, project, row, moved, now_us)
    hours = sorted(history.hours)
    row.state = regroups.SWITCHED if hours else regroups.DONE
    row.config_version, row.updated_at_us = project.config_version, now_us
    row.result = {
        **row.result,
        "changed": True,
        "events": history.events,
        "fingerprints_moved": len(moved),
        "issues_made": len(made),
        "issues_gone": len(heirs),
        "decisions_overridden": plan.overridden,
        "hours": hours,
        "hours_left": hours,
    }
    return Switched(len(moved), len(made), len(heirs), len(hours))


def _write_config(session: Session, project: Project, config: ProjectConfig, now_us: int) -> None:
    """The project's next configuration: for new events, and as to grouping for all that came before."""
    latest = grouped_by(regroups.current(session, project), config)
    version = project.config_version + 1
    stored = msgspec.to_builtins(msgspec.structs.replace(latest, version=version))
    session.add(ProjectConfigRow(project_id=project.id, version=version, config=stored, created_at_us=now_us))
    session.flush()
    project.config_version = project.grouping_floor = version


def _write_map(session: Session, project: Project, plan: Plan, issue_of: Mapping[int, int], now_us: int) -> dict[str, tuple[int, int]]:
    """The next map; returns fingerprint -> (issue before, issue now) of those that go elsewhere."""
    rows = {row.fingerprint: row for row in session.scalars(sa.select(FingerprintRow).where(FingerprintRow.project_id == project.id))}
    for name, old in rows.items():
        if old.rule == COMPANION and name not in plan.placed:
            session.delete(old)  # a whole stack would lead new events to where the old grouping had it
    moved: dict[str, tuple[int, int]] = {}
    fresh: list[dict[str, Any]] = []
    wanted = {name: issue_of[group] for name, group in plan.retired.items()}
    wanted |= {placed.fingerprint: issue_of[placed.group] for placed in plan.placed.values()}
    for name, issue_id in wanted.items():
        placed, row = plan.placed.get(name), rows.get(name)
        if row is None:
            assert placed is not None  # noqa: S101 - only known fingerprints retire
            grouping = placed.grouping
            fresh.append(
                {
                    "project_id": project.id,
                    "fingerprint": name,
                    "issue_id": issue_id,
                    "rule": placed.rule[:32],
                    "score": placed.score,
                    "version": grouping.version if grouping else VERSION,
                    "components": [[part.name, part.value] for part in grouping.components] if grouping else [],
                    "evidence": {"matched": placed.matched} if placed.matched else {},
                    "pinned": placed.pinned,
                    "map_version": project.map_version,
                    "created_at_us": now_us,
                }
            )
        elif row.issue_id != issue_id:
            moved[name] = (row.issue_id, issue_id)
            row.issue_id, row.map_version = issue_id, project.map_version
    session.flush()
    if fresh:
        session.execute(sa.insert(FingerprintRow), fresh)
    return moved


def _write_totals(session: Session, project_id: int, history: History) -> None:
    """Move what changed from the old fingerprints' totals to the new ones'; what silver no longer holds stays where it was."""
    touched = {name for cell in history.cells if cell.old != cell.new for name in (cell.old, cell.new)}
    before: defaultdict[str, list[Cell]] = defaultdict(list)
    after: defaultdict[str, list[Cell]] = defaultdict(list)
    for cell in history.cells:
        before[cell.old].append(cell)
        after[cell.new].append(cell)
    for name in sorted(touched):
        row = session.get(FingerprintTotal, (project_id, name))
        left = row.count - sum(cell.count for cell in before[name]) if row is not None else 0
        _write_facets(session, project_id, name, before[name], after[name])
        if not after[name]:
            if row is not None:
                row.count = max(0, left)
            continue
        found = _summed(name, after[name], history)
        if row is None:
            session.add(FingerprintTotal(project_id=project_id, fingerprint=name, **found))
            continue
        if left > 0:  # retention took events that it still counts: they came before all that is there
            kept = ("first_seen_us", "first_partition", "first_offset", "first_event_id", "first_release")
            found |= {column: getattr(row, column) for column in kept} | {"count": left + found["count"]}
        for column, value in found.items():
            setattr(row, column, value)
    session.flush()


def _write_facets(session: Session, project_id: int, name: str, before: Iterable[Cell], after: Iterable[Cell]) -> None:
    gone: Counter[tuple[str, str]] = Counter()
    come: dict[tuple[str, str], list[int]] = {}
    for cell in before:
        gone.update({(facet, getattr(cell, facet)[:250]): cell.count for facet in FACETS})
    for cell in after:
        for facet in FACETS:
            if value := getattr(cell, facet)[:250]:
                row = come.setdefault((facet, value), [0, cell.first_seen_us, cell.last_seen_us])
                row[0] += cell.count
                row[1], row[2] = min(row[1], cell.first_seen_us), max(row[2], cell.last_seen_us)
    chosen = sa.select(FingerprintFacet).where(FingerprintFacet.project_id == project_id, FingerprintFacet.fingerprint == name)
    for held in session.scalars(chosen):
        left = max(0, held.count - gone[held.facet, held.value])
        count, first, last = come.pop((held.facet, held.value), (0, held.first_seen_us, held.last_seen_us))
        if left + count == 0:
            session.delete(held)
            continue
        held.count = left + count
        held.first_seen_us, held.last_seen_us = (
            (first, last) if not left else (min(first, held.first_seen_us), max(last, held.last_seen_us))
        )
    for (facet, value), (count, first, last) in come.items():
        session.add(
            FingerprintFacet(
                project_id=project_id, fingerprint=name, facet=facet, value=value, count=count, first_seen_us=first, last_seen_us=last
            )
        )


def _summed(name: str, cells: list[Cell], history: History) -> dict[str, Any]:
    """The columns of `FingerprintTotal` of these cells."""
    first, last = min(cells, key=lambda cell: cell.first), max(cells, key=lambda cell: cell.last)
    by_age, by_recency = sorted(cells, key=lambda cell: cell.first), sorted(cells, key=lambda cell: cell.last, reverse=True)
    _, grouping = history.groupings[name]
    return {
        "type": grouping.type[:256],
        "value": grouping.value[:2048],
        "title": grouping.title,
        "culprit": grouping.culprit[:256],
        "platform": first.platform[:32],
        "level": last.level[:16],
        "count": sum(cell.count for cell in cells),
        "first_seen_us": min(cell.first_seen_us for cell in cells),
        "last_seen_us": max(cell.last_seen_us for cell in cells),
        "first_partition": first.first[0],
        "first_offset": first.first[1],
        "first_event_id": first.first_event_id,
        "last_partition": last.last[0],
        "last_offset": last.last[1],
        "last_event_id": last.last_event_id,
        "first_release": next((cell.release for cell in by_age if cell.release), "")[:250],
        "last_release": next((cell.release for cell in by_recency if cell.release), "")[:250],
    }


def _make(  # noqa: PLR0917 - what an issue is made of
    session: Session, project: Project, history: History, cells: list[Cell], parent: Issue | None, now_us: int
) -> Issue:
    """A new issue; what people decided about the issue that most of its events come from holds for it as well."""
    first = min(cells, key=lambda cell: cell.first)
    issue = totals.make_issue(session, project, _summed(first.new, cells, history), now_us=now_us)
    if parent is not None:
        for column in Issue.__table__.columns:
            if column.name not in NOT_INHERITED:
                setattr(issue, column.name, getattr(parent, column.name))
    return issue


def _parents(session: Session, project_id: int, history: History, plan: Plan) -> dict[int, Issue]:
    """Group -> the issue that most of its events belong to now."""
    chosen = sa.select(FingerprintRow.fingerprint, FingerprintRow.issue_id).where(FingerprintRow.project_id == project_id)
    owner = {row.fingerprint: row.issue_id for row in session.execute(chosen)}
    shared: Counter[tuple[int, int]] = Counter()
    for cell in history.cells:
        if cell.old in owner:
            shared[plan.placed[cell.new].group, owner[cell.old]] += cell.count
    best: dict[int, int] = {}
    for (group, issue_id), _count in sorted(shared.items(), key=lambda item: (-item[1], item[0])):
        best.setdefault(group, issue_id)
    needed = {issue_id for group, issue_id in best.items() if group not in plan.issue_of}
    rows = {issue.id: issue for issue in session.scalars(sa.select(Issue).where(Issue.project_id == project_id)) if issue.id in needed}
    return {group: rows[issue_id] for group, issue_id in best.items() if issue_id in rows}


def _write_members(session: Session, project_id: int, plan: Plan, issue_of: Mapping[int, int]) -> None:
    """The near-duplicate index of the new grouping takes the place of the old one."""
    position = near_members.last_position(session, project_id)
    members: list[Member] = []
    for member in plan.index.members():
        member.issue_id = issue_of[member.issue_id]
        members.append(member)
    session.execute(sa.delete(NearMemberRow).where(NearMemberRow.project_id == project_id))
    near_members.save(session, VERSION, [near_members.Learned(project_id, position + 1, members, [])])


def _tell(session: Session, project: Project, row: RegroupRow, moved: Mapping[str, tuple[int, int]], now_us: int) -> None:
    steps = [[name, source, target, False] for name, (source, target) in moved.items()]
    data = {"steps": steps[:MOST_FINGERPRINTS], "cut": len(steps) > MOST_FINGERPRINTS, "regroup": row.id, "config": row.config}
    some = next((target for _, target in moved.values()), 0)
    session.add(GroupingChange(project_id=project.id, kind="regroup", issue_id=some, actor=row.actor, reason="", data=data, at_us=now_us))
    touched = sorted({issue_id for pair in moved.values() for issue_id in pair})[:TOLD]
    for issue in session.scalars(sa.select(Issue).where(Issue.id.in_(touched)), execution_options=WITH_MERGED):
        said = {"title": issue.title, "regroup": row.id, "config_version": project.config_version}
        said |= {"undoes": row.result["undoes"]} if "undoes" in row.result else {}
        session.add(
            Activity(project_id=project.id, issue_id=issue.id, kind="regrouped", actor=row.actor, reason="", data=said, at_us=now_us)
        )
