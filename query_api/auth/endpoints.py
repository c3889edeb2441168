"""Sign in, sign out, who am I."""

from fastapi import APIRouter

from query_api.deps import Api
from query_api.errors import responses
from query_api.schemas import Credentials, Me

router = APIRouter(prefix="/auth", tags=["auth"])


@router.post("/login", responses=responses(429))
async def login(api: Api, credentials: Credentials) -> Me:
    """Start a session and set its cookie."""
    raise NotImplementedError


@router.post("/logout", status_code=204)
async def logout(api: Api) -> None:
    """End the session and clear the cookie."""
    raise NotImplementedError


@router.get("/me")
async def me(api: Api) -> Me:
    """Who is signed in."""
    raise NotImplementedError
