"""Project keys: several a project; a disabled one refuses events."""

import msgspec
from fastapi import APIRouter

from query_api.auth.sessions import Caller, SignedIn
from query_api.deps import Api
from query_api.errors import responses
from query_api.protection.schemas import Key, KeyPatch
from query_api.protection.service import limits_of, views
from query_api.schemas import NewKey
from query_api.state import ApiState
from query_api.times import moment, now_us
from seiche.query.scope import Scope
from seiche.registry import project_queries, projects
from seiche.registry.engine import read, write
from seiche.registry.tables import ProjectKeyRow

router = APIRouter(prefix="/projects/{slug}/keys", tags=["keys"])


@router.get("", responses=responses(404))
async def list_keys(api: Api, caller: SignedIn, slug: str) -> list[Key]:
    """Oldest first."""
    return await api.run(_listed, api, caller.scope, slug)


@router.post("", status_code=201, responses=responses(403, 404, 413))
async def create_key(api: Api, caller: SignedIn, slug: str, body: NewKey) -> Key:
    """One more key."""
    return await api.run(_create, api, caller, slug, body)


@router.patch("/{public_key}", responses=responses(400, 403, 404, 413))
async def change_key(api: Api, caller: SignedIn, slug: str, public_key: str, body: KeyPatch) -> Key:
    """Rename, disable or enable, or set its limits. Ingest notices within its key cache's seconds."""
    return await api.run(_change, api, caller, slug, public_key, body)


def _listed(api: ApiState, scope: Scope, slug: str) -> list[Key]:
    with read(api.engine) as session:
        project = project_queries.find(session, scope.project_ids, slug)
        return [_view(api, key) for key in project_queries.keys(session, project.id)]


def _create(api: ApiState, caller: Caller, slug: str, body: NewKey) -> Key:
    caller.must_manage()
    with write(api.engine) as session:
        project = project_queries.find(session, caller.scope.project_ids, slug)
        return _view(api, project_queries.add_key(session, project.id, body.label, now_us=now_us()))


def _change(api: ApiState, caller: Caller, slug: str, public_key: str, body: KeyPatch) -> Key:
    caller.must_manage()
    with write(api.engine) as session:
        project = project_queries.find(session, caller.scope.project_ids, slug)
        key = project_queries.find_key(session, project.id, public_key)
        if body.label is not None:
            key.label = body.label
        if body.active is not None:
            key.active = body.active
        if body.limits is not None:
            key.limits = msgspec.to_builtins(limits_of(body.limits))
        return _view(api, key)


def _view(api: ApiState, key: ProjectKeyRow) -> Key:
    return Key(
        public_key=key.public_key,
        label=key.label,
        active=key.active,
        dsn=projects.dsn(api.settings.base_url, key.public_key, key.project_id),
        limits=views(key.limits),
        created_at=moment(key.created_at_us),
    )
