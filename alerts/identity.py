"""Which issue each event of a batch belongs to, and the record of why: known fingerprints, then near-duplicates, then a new issue.

Events are taken one by one in the order of the log, so the borders of batches decide nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from alerts import fold
from alerts.indexes import Indexes
from alerts.prepare import Sighting
from seiche.grouping.identity import COMPANION, KNOWN, UNSEEN, Verdict, settle
from seiche.grouping.near import NearIndex
from seiche.model.issue import Component
from seiche.registry import grouping as recorded
from seiche.registry import sightings as registry
from seiche.registry.tables import Activity, Issue, Project

ACTOR = "seiche"
JOINED = "fingerprint_joined"
Made = list[tuple[Issue, Sighting]]


def identify(
    session: Session, projects: Mapping[int, Project], homed: Sequence[Sighting], indexes: Indexes, *, now_us: int
) -> tuple[dict[registry.Key, Issue], Made]:
    """The issue of each sighting's key, and those made for unseen ones with their first sighting."""
    by_project: dict[int, list[Sighting]] = {}
    for one in homed:
        by_project.setdefault(one.record.project_id, []).append(one)
    issues = registry.issues_of(
        session, {(one.record.project_id, each) for one in homed for each in (*one.grouping.fingerprints, *one.earlier)}
    )
    known: dict[int, dict[int, Issue]] = {project_id: {} for project_id in by_project}
    for (project_id, _), issue in issues.items():
        known[project_id][issue.id] = issue
    positions = recorded.last_positions(session, by_project)
    made: Made = []
    indexed: list[Project] = []
    for project_id in sorted(by_project):
        seen, rows = by_project[project_id], known[project_id]
        index = indexes.of(session, projects[project_id], positions[project_id]) if any(one.shape is not None for one in seen) else None
        made += _of_project(session, projects[project_id], seen, issues, rows, index, now_us)
        if index is not None:
            indexed.append(projects[project_id])
    indexes.save(session, indexed)
    return issues, made


def _of_project(  # noqa: PLR0917 - one step of the function above
    session: Session,
    project: Project,
    seen: Sequence[Sighting],
    issues: dict[registry.Key, Issue],
    rows: dict[int, Issue],
    index: NearIndex | None,
    now_us: int,
) -> Made:
    found: list[dict[str, Any]] = []
    made: Made = []

    def owner(fingerprint: str) -> int | None:
        issue = issues.get((project.id, fingerprint))
        return issue.id if issue is not None else None

    for one in seen:
        verdict = settle(index, one.grouping.fingerprints, one.earlier, one.shape, owner)
        issue = _issue(session, rows, verdict)
        if issue is None:
            issue = fold.new_issue(one, now_us=now_us)
            registry.add_issue(session, project, issue)
            rows[issue.id] = issue
            made.append((issue, one))
        unseen = [each for each in one.grouping.fingerprints if (project.id, each) not in issues]
        found += [_row(one, each, issue, verdict, index) for each in unseen]
        if unseen and verdict.near is not None and verdict.near.issue_id is not None:
            session.add(_joined(project, issue, one, verdict, now_us))
        issues |= {(project.id, each): issue for each in unseen}
        if index is not None and one.shape is not None:
            index.add(issue.id, one.grouping.fingerprints[0], one.shape)
    registry.add_fingerprints(session, project, found, now_us=now_us)
    return made


def _issue(session: Session, rows: dict[int, Issue], verdict: Verdict) -> Issue | None:
    if verdict.issue_id is None:
        return None
    if verdict.issue_id not in rows and (found := session.get(Issue, verdict.issue_id, with_for_update=True)) is not None:
        rows[found.id] = found
    return rows.get(verdict.issue_id)


def _row(one: Sighting, fingerprint: str, issue: Issue, verdict: Verdict, index: NearIndex | None) -> dict[str, Any]:
    """How it is recorded that a fingerprint belongs to an issue: once, with the reason."""
    first = fingerprint == one.grouping.fingerprints[0]
    components: tuple[Component, ...] = one.grouping.components if first else ()
    closest = index.member(verdict.near.fingerprint) if index is not None and verdict.near is not None else None
    refused = closest.issue_id if closest is not None and verdict.issue_id is None else None
    return {
        "fingerprint": fingerprint,
        "issue_id": issue.id,
        "rule": (UNSEEN if verdict.rule == KNOWN else verdict.rule) if first else COMPANION,
        "score": verdict.score if first else 1.0,
        "version": one.grouping.version,
        "components": [[part.name, part.value] for part in components],
        "evidence": recorded.evidence(verdict, refused) if first else {"matched": one.grouping.fingerprints[0]},
    }


def _joined(project: Project, issue: Issue, one: Sighting, verdict: Verdict, now_us: int) -> Activity:
    """Nothing joins an issue behind people's backs."""
    data = {"fingerprint": one.grouping.fingerprints[0], "event_id": one.event.event_id, "release": one.event.release}
    reason = f"{verdict.rule} (score {verdict.score:.2f})"
    return Activity(project_id=project.id, issue_id=issue.id, kind=JOINED, actor=ACTOR, reason=reason, data=data, at_us=now_us)
