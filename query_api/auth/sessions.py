"""Who calls: a session's cookie or a token, and the projects they may see."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request

from query_api.deps import Api, Cookie, Token
from query_api.errors import Unauthenticated
from query_api.state import ApiState
from query_api.times import now_us
from seiche.errors import Forbidden
from seiche.query.scope import Scope
from seiche.registry import accounts
from seiche.registry.accounts import Account
from seiche.registry.engine import read

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Caller:
    """An account and its scope, taken once a request."""

    account: Account
    scope: Scope

    def must_manage(self) -> None:
        """Raises `Forbidden` where the role may only read and triage."""
        if not self.account.manages:
            raise Forbidden(f"your role is {self.account.role}: an owner or admin of {self.account.organization} can do this")


async def caller(request: Request, api: Api, cookie: Cookie, token: Token) -> Caller:
    """The dependency. A token wins over a cookie."""
    if token is None and cookie is not None and request.method not in SAFE_METHODS:
        _same_origin(request, api)
    return await api.run(_identify, api, cookie, token.credentials if token else None)


SignedIn = Annotated[Caller, Depends(caller)]


def _identify(api: ApiState, cookie: str | None, token: str | None) -> Caller:
    if token is not None:
        account = accounts.account_of_token(api.engine, token)
        if account is None:
            raise Unauthenticated("this token is unknown: make one with `seiche token create`")
    else:
        account = accounts.account_of_session(api.engine, cookie, now_us=now_us()) if cookie else None
        if account is None:
            raise Unauthenticated("your session has expired: sign in again" if cookie else "sign in, or send a token")
    with read(api.engine) as session:
        return Caller(account, Scope(accounts.project_ids(session, account.organization_id)))


def _same_origin(request: Request, api: ApiState) -> None:
    """A cookie is sent from every port of one host, SameSite or not; a page elsewhere must not act with it."""
    origin = request.headers.get("origin")
    if origin is None:
        return
    ours = {request.headers.get("host", ""), urlsplit(api.settings.base_url).netloc}
    if urlsplit(origin).netloc not in ours:
        raise Forbidden(f"this request comes from a page of {origin[:200]}, not from this server's own")
