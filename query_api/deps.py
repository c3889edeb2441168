"""What endpoints ask for: the state, the caller, and a project the caller may see."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from query_api.state import ApiState
from seiche.errors import NotFound

COOKIE = "seiche_session"

session_cookie = APIKeyCookie(name=COOKIE, scheme_name="session", description="Set by `POST /auth/login`.", auto_error=False)
bearer = HTTPBearer(scheme_name="token", description="From `seiche token create`.", auto_error=False)


def state_of(request: Request) -> ApiState:
    """The application's ports."""
    found: ApiState = request.app.state.api
    return found


Api = Annotated[ApiState, Depends(state_of)]
Cookie = Annotated[str | None, Depends(session_cookie)]
Token = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]


def numeric_id(text: str, what: str = "issue") -> int:
    """An id from a path. Raises `NotFound` where it cannot be one: no such thing exists."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise NotFound(f"there is no {what} {text[:40]!r}")
    return int(text)
