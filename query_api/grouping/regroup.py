"""Regroups as the API offers them: queued here, worked on by the pipeline and Dagster, polled."""

from datetime import datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from query_api.auth.sessions import Caller
from query_api.grouping.schemas import GroupingSettings, RegroupBody, RegroupView
from query_api.state import ApiState
from query_api.times import microseconds, moment, now_us
from seiche.model import project as model
from seiche.model.project import ProjectConfig
from seiche.query.scope import Scope
from seiche.registry import project_queries, regroups
from seiche.registry.engine import read, write
from seiche.registry.regroup_tables import RegroupRow
from seiche.registry.tables import Project, ProjectConfigRow


def settings(api: ApiState, scope: Scope, slug: str) -> GroupingSettings:
    """What is in force, and whether all of history is grouped by it."""
    with read(api.engine) as session:
        project = project_queries.find(session, scope.project_ids, slug)
        now = model.grouping_settings(regroups.current(session, project))
        chosen = sa.select(ProjectConfigRow.config).where(ProjectConfigRow.project_id == project.id)
        kept = session.scalars(chosen.where(ProjectConfigRow.version >= project.grouping_floor))
        same = all(model.grouping_settings(msgspec.convert(config, ProjectConfig)) == now for config in kept)
    return GroupingSettings(settings=msgspec.to_builtins(now), history="same" if same else "older")


def start(api: ApiState, caller: Caller, slug: str, body: RegroupBody) -> RegroupView:
    """Raises `InvalidInput`, `NotFound`; applying takes an owner or admin."""
    with read(api.engine) as session:
        project_queries.find(session, caller.scope.project_ids, slug)
    if body.kind == regroups.APPLY:
        caller.must_manage()
    since, until = (microseconds(at) if at is not None else None for at in (body.since, body.until))
    with write(api.engine) as session:
        project = project_queries.find(session, caller.scope.project_ids, slug)
        actor = caller.account.actor
        row = regroups.ask(session, project, body.kind, body.config, actor=actor, now_us=now_us(), since_us=since, until_us=until)
        return view(session, project, row)


def listed(api: ApiState, scope: Scope, slug: str) -> list[RegroupView]:
    """Newest first."""
    with read(api.engine) as session:
        project = project_queries.find(session, scope.project_ids, slug)
        return [view(session, project, row).model_copy(update={"result": {}}) for row in regroups.listed(session, project.id)]


def one(api: ApiState, scope: Scope, slug: str, regroup_id: int) -> RegroupView:
    """Raises `NotFound`."""
    with read(api.engine) as session:
        project = project_queries.find(session, scope.project_ids, slug)
        return view(session, project, regroups.get(session, project.id, regroup_id))


def cancel(api: ApiState, caller: Caller, slug: str, regroup_id: int) -> RegroupView:
    """Raises `InvalidInput` where it is too late."""
    with write(api.engine) as session:
        project = project_queries.find(session, caller.scope.project_ids, slug)
        row = regroups.get(session, project.id, regroup_id)
        if row.kind == regroups.APPLY:
            caller.must_manage()
        regroups.cancel(row, now_us=now_us())
        return view(session, project, row)


def undo(api: ApiState, caller: Caller, slug: str, regroup_id: int) -> RegroupView:
    """Raises `InvalidInput` where there is nothing to undo, or something later stands on it; takes an owner or admin."""
    with write(api.engine) as session:
        project = project_queries.find(session, caller.scope.project_ids, slug)
        caller.must_manage()
        return view(session, project, regroups.undo(session, project, regroup_id, actor=caller.account.actor, now_us=now_us()))


def view(session: Session, project: Project, row: RegroupRow) -> RegroupView:
    """A row as the API shows it."""
    return RegroupView.model_validate(
        {
            "id": str(row.id),
            "kind": row.kind,
            "state": row.state,
            "config": row.config,
            "since": _moment(row.since_us),
            "until": _moment(row.until_us),
            "done": row.done,
            "total": row.total,
            "result": row.result,
            "error": row.error,
            "actor": row.actor,
            "can_undo": regroups.not_undoable(session, project, row) is None,
            "created_at": moment(row.created_at_us),
            "updated_at": moment(row.updated_at_us),
        }
    )


def _moment(at_us: int | None) -> datetime | None:
    return moment(at_us) if at_us is not None else None
