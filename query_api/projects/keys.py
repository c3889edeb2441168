"""Project keys: several a project; a disabled one refuses events."""

from fastapi import APIRouter

from query_api.deps import Api
from query_api.errors import responses
from query_api.schemas import Key, KeyPatch, NewKey

router = APIRouter(prefix="/projects/{slug}/keys", tags=["keys"])


@router.get("", responses=responses(404))
async def list_keys(api: Api, slug: str) -> list[Key]:
    """Oldest first."""
    raise NotImplementedError


@router.post("", status_code=201, responses=responses(403, 404))
async def create_key(api: Api, slug: str, body: NewKey) -> Key:
    """One more key."""
    raise NotImplementedError


@router.patch("/{public_key}", responses=responses(403, 404))
async def change_key(api: Api, slug: str, public_key: str, body: KeyPatch) -> Key:
    """Rename, disable or enable. Ingest notices within its key cache's seconds."""
    raise NotImplementedError
