"""Regroups as rows: asked for, claimed by whoever works on them, their progress, cancelled, done."""

import time
from collections.abc import Collection, Mapping
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from seiche.errors import InvalidInput, NotFound, SeicheError
from seiche.grouping import VERSIONS, rules
from seiche.model.project import ProjectConfig, grouping_settings
from seiche.registry.engine import read, write
from seiche.registry.regroup_tables import GroupingChange, RegroupRow
from seiche.registry.tables import Project, ProjectConfigRow

PREVIEW, APPLY, MOVE = "preview", "apply", "move"
"""A move has switched when it is written: only its hours are left, and the pipeline process makes them again."""
QUEUED, RUNNING, SWITCHED, DONE, FAILED, CANCELLED = "queued", "running", "switched", "done", "failed", "cancelled"
OPEN = (QUEUED, RUNNING)
SILENT_US = 120_000_000
"""A worker says how far it is after each batch; one that has been silent for so long has died."""


class CancelledError(SeicheError):
    """Somebody cancelled the regroup: its worker stops, and leaves nothing behind."""


def ask(
    session: Session,
    project: Project,
    kind: str,
    changes: Mapping[str, Any],
    *,
    actor: str,
    now_us: int,
    since_us: int | None = None,
    until_us: int | None = None,
    undoes: int | None = None,
) -> RegroupRow:
    """Queue one. Raises `InvalidInput` where the settings make no sense, or another application is on its way."""
    changed(current(session, project), changes)
    if kind == APPLY:
        busy = session.scalar(
            sa.select(RegroupRow.id).where(
                RegroupRow.project_id == project.id, RegroupRow.kind == APPLY, RegroupRow.state.in_((*OPEN, SWITCHED))
            )
        )
        if busy is not None:
            raise InvalidInput(f"regroup {busy} of this project is not done yet: wait for it, or cancel it", reason="regroup_running")
    row = RegroupRow(
        project_id=project.id,
        kind=kind,
        config=dict(changes),
        since_us=since_us,
        until_us=until_us,
        result={} if undoes is None else {"undoes": undoes},
        actor=actor,
        created_at_us=now_us,
        updated_at_us=now_us,
    )
    session.add(row)
    session.flush()
    return row


def undo(session: Session, project: Project, regroup_id: int, *, actor: str, now_us: int) -> RegroupRow:
    """Queue the application of what was before an applied one: settings and map. Raises `InvalidInput`, `NotFound`."""
    row = get(session, project.id, regroup_id)
    if (reason := not_undoable(session, project, row)) is not None:
        raise InvalidInput(f"regroup {regroup_id} {reason}", reason="cannot_undo")
    before = grouping_settings(_config(session, project.id, row.config_version - 1))
    return ask(session, project, APPLY, before, actor=actor, now_us=now_us, undoes=row.id)


def not_undoable(session: Session, project: Project, row: RegroupRow) -> str | None:
    """Why a regroup cannot be undone; None where it can."""
    if row.kind != APPLY or row.state not in {SWITCHED, DONE} or not row.config_version:
        return "changed nothing that could be undone"
    if project.grouping_floor != row.config_version:
        return "is not the last one: undo the later one first"
    if grouping_settings(current(session, project)) != grouping_settings(_config(session, project.id, row.config_version)):
        return "is not what the project's settings say any more: they were changed since"
    if (change := change_of(session, project.id, row.id)) is None or change.data.get("cut"):
        return "moved too many fingerprints to remember each of them"
    return None


def undone_by(session: Session, row: RegroupRow) -> GroupingChange | None:
    """What an undo takes back; None: it is no undo. Raises `InvalidInput` where it cannot be taken back any more."""
    undoes = row.result.get("undoes")
    if undoes is None:
        return None
    project = session.get_one(Project, row.project_id)
    if (reason := not_undoable(session, project, session.get_one(RegroupRow, undoes))) is not None:
        raise InvalidInput(f"regroup {undoes} {reason}", reason="cannot_undo")
    return change_of(session, project.id, undoes)


def change_of(session: Session, project_id: int, regroup_id: int) -> GroupingChange | None:
    """What a regroup did to the map."""
    chosen = sa.select(GroupingChange).where(GroupingChange.project_id == project_id, GroupingChange.kind == "regroup")
    newest = session.scalars(chosen.order_by(GroupingChange.id.desc()).limit(100))
    return next((change for change in newest if change.data["regroup"] == regroup_id), None)


def current(session: Session, project: Project) -> ProjectConfig:
    """What new events are accepted under."""
    return _config(session, project.id, project.config_version)


def _config(session: Session, project_id: int, version: int) -> ProjectConfig:
    return msgspec.convert(session.get_one(ProjectConfigRow, (project_id, version)).config, ProjectConfig)


def changed(config: ProjectConfig, changes: Mapping[str, Any]) -> ProjectConfig:
    """`config` with other grouping settings. Raises `InvalidInput`."""
    allowed = grouping_settings(config)
    unknown = sorted(set(changes) - set(allowed))
    if unknown:
        raise InvalidInput(f"{', '.join(unknown)}: grouping has {', '.join(sorted(allowed))}", reason="invalid_settings")
    try:
        found = msgspec.convert({**msgspec.to_builtins(config), **changes, "grouping_earlier": ()}, ProjectConfig)
    except msgspec.ValidationError as error:
        raise InvalidInput(f"these grouping settings cannot be used: {error}", reason="invalid_settings") from error
    rules.check(fingerprint_rules=found.fingerprint_rules, stack_rules=found.stack_rules)
    if found.grouping_version not in VERSIONS:
        known = ", ".join(map(str, VERSIONS))
        raise InvalidInput(f"grouping version {found.grouping_version} is unknown: there are {known}", reason="invalid_settings")
    return found


def get(session: Session, project_id: int, regroup_id: int) -> RegroupRow:
    """Raises `NotFound`."""
    row = session.get(RegroupRow, regroup_id)
    if row is None or row.project_id != project_id:
        raise NotFound(f"the project has no regroup {regroup_id}")
    return row


def listed(session: Session, project_id: int, limit: int = 20) -> list[RegroupRow]:
    """Previews and applications, newest first."""
    chosen = sa.select(RegroupRow).where(RegroupRow.project_id == project_id, RegroupRow.kind != MOVE)
    return list(session.scalars(chosen.order_by(RegroupRow.id.desc()).limit(limit)))


def cancel(row: RegroupRow, *, now_us: int) -> None:
    """Raises `InvalidInput` where it has switched or ended."""
    if row.state == CANCELLED:
        return
    if row.state not in OPEN:
        raise InvalidInput(f"regroup {row.id} is {row.state}: only one that is queued or running can be cancelled", reason="too_late")
    row.state, row.updated_at_us = CANCELLED, now_us


def claim(engine: sa.Engine, regroup_id: int) -> RegroupRow | None:
    """Take a queued one (or one whose worker died); None where there is nothing to do."""
    with write(engine) as session:
        row = session.get(RegroupRow, regroup_id)
        if row is None or row.state in {DONE, FAILED, CANCELLED} or (row.state == RUNNING and _now_us() - row.updated_at_us < SILENT_US):
            return None
        if row.state != SWITCHED:
            row.state = RUNNING
        row.updated_at_us = _now_us()
        return row


class HourLeft(msgspec.Struct, frozen=True):
    """An epoch hour whose tables still have to follow a regroup, or a move, that has switched."""

    regroup_id: int
    hour: int
    kind: str


def hours_left(session: Session, regroup_id: int | None = None) -> list[HourLeft]:
    """Newest hours first."""
    chosen = sa.select(RegroupRow.id, RegroupRow.kind, RegroupRow.result).where(RegroupRow.state == SWITCHED)
    if regroup_id is not None:
        chosen = chosen.where(RegroupRow.id == regroup_id)
    found = [HourLeft(row.id, hour, row.kind) for row in session.execute(chosen) for hour in row.result["hours_left"]]
    return sorted(found, key=lambda one: -one.hour)


def hour_done(engine: sa.Engine, regroup_id: int, hour: int) -> None:
    """The tables of an hour are those of the new grouping; after the last one the regroup is done."""
    with write(engine) as session:
        row = session.get_one(RegroupRow, regroup_id, with_for_update=True)
        left = [one for one in row.result["hours_left"] if one != hour]
        row.result = {**row.result, "hours_left": left}
        row.state, row.updated_at_us = row.state if left else DONE, _now_us()


def moved(session: Session, project_id: int, events: Mapping[str, str], hours: Collection[int], *, actor: str, now_us: int) -> None:
    """Event id -> the fingerprint that it counts under from now on: the tables of these hours have to follow."""
    session.add(
        RegroupRow(
            project_id=project_id,
            kind=MOVE,
            state=SWITCHED,
            config={},
            result={"hours": sorted(hours), "hours_left": sorted(hours), "events": dict(events)},
            actor=actor,
            created_at_us=now_us,
            updated_at_us=now_us,
        )
    )


def moves_under_way(session: Session, project_id: int) -> dict[str, str]:
    """Event id -> fingerprint, of moves that the tables have not followed yet."""
    chosen = sa.select(RegroupRow.result).where(RegroupRow.project_id == project_id, RegroupRow.kind == MOVE, RegroupRow.state == SWITCHED)
    found: dict[str, str] = {}
    for result in session.scalars(chosen.order_by(RegroupRow.id)):
        found |= result["events"]
    return found


def waiting(session: Session, kinds: tuple[str, ...]) -> list[int]:
    """Ids of what nobody works on, oldest first."""
    dead = sa.and_(RegroupRow.state.in_((RUNNING, SWITCHED)), RegroupRow.updated_at_us < _now_us() - SILENT_US)
    chosen = sa.select(RegroupRow.id).where(RegroupRow.kind.in_(kinds), sa.or_(RegroupRow.state == QUEUED, dead))
    return list(session.scalars(chosen.order_by(RegroupRow.id)))


def progress(engine: sa.Engine, regroup_id: int, done: int, total: int) -> None:
    """How far it is. Raises `CancelledError`."""
    with write(engine) as session:
        row = session.get_one(RegroupRow, regroup_id)
        if row.state == CANCELLED:
            raise CancelledError(f"regroup {regroup_id} was cancelled")
        row.done, row.total, row.updated_at_us = done, total, _now_us()


def finish(engine: sa.Engine, regroup_id: int, state: str, *, result: Mapping[str, Any] | None = None, error: str = "") -> None:
    """How it ended."""
    with write(engine) as session:
        row = session.get_one(RegroupRow, regroup_id)
        if row.state != CANCELLED:
            row.state = state
        row.error, row.updated_at_us = error[:2000], _now_us()
        if result is not None:
            row.result = {**row.result, **result}


def load(engine: sa.Engine, regroup_id: int) -> tuple[RegroupRow, Project, ProjectConfig]:
    """A regroup, its project, and the configuration to try."""
    with read(engine) as session:
        row = session.get_one(RegroupRow, regroup_id)
        project = session.get_one(Project, row.project_id)
        return row, project, changed(current(session, project), row.config)


def _now_us() -> int:
    return time.time_ns() // 1000
