"""Asking for a person's data, or events', to be erased; the pipeline process does it (`lake.erase`)."""

from query_api.auth.sessions import Caller
from query_api.protection.schemas import ErasureRequest, Erasures, ErasureView
from query_api.state import ApiState
from query_api.times import moment, now_us
from seiche.query.scope import Scope
from seiche.registry import erasures, project_queries
from seiche.registry.engine import read, write
from seiche.registry.erasure_tables import ErasureRow


def ask(api: ApiState, caller: Caller, slug: str, body: ErasureRequest) -> ErasureView:
    """Queue it. Raises `Forbidden`, `InvalidInput`."""
    caller.must_manage()
    events = [event_id.replace("-", "").lower() for event_id in body.event_ids]
    with write(api.engine) as session:
        project = project_queries.find(session, caller.scope.project_ids, slug)
        actor = caller.account.email
        return _view(erasures.ask(session, project.id, person=body.user.strip(), event_ids=events, actor=actor, now_us=now_us()))


def listed(api: ApiState, scope: Scope, slug: str) -> Erasures:
    """Newest first."""
    with read(api.engine) as session:
        project = project_queries.find(session, scope.project_ids, slug)
        return Erasures(items=[_view(row) for row in erasures.listed(session, project.id)])


def _view(row: ErasureRow) -> ErasureView:
    named = len(row.event_ids)
    return ErasureView(
        id=str(row.id),
        about=row.person or (f"{named} event{'s' if named > 1 else ''}" if named else ""),
        state=row.state,  # type: ignore[arg-type] # one of these, as `seiche.registry.erasures` writes it
        hours_left=len(row.hours_left),
        events=row.events,
        files=row.files,
        feedback=row.feedback,
        actor=row.actor,
        created_at=moment(row.created_at_us),
        erased_at=None if row.erased_at_us is None else moment(row.erased_at_us),
        done_at=None if row.done_at_us is None else moment(row.done_at_us),
    )
