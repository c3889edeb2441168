"""Sign in, sign out, who am I."""

from functools import cache
from typing import Any

from fastapi import APIRouter, Request, Response

from query_api.auth.sessions import SignedIn
from query_api.deps import COOKIE, Api, Cookie
from query_api.errors import TooManyAttempts, Unauthenticated, responses
from query_api.schemas import Credentials, Me
from query_api.state import ApiState
from query_api.times import now_us
from seiche.registry import accounts
from seiche.registry.accounts import Account
from seiche.registry.passwords import hash_password, verify_password

router = APIRouter(prefix="/auth", tags=["auth"])

SESSION_SECONDS = 14 * 24 * 3600


@router.post("/login", responses=responses(413, 429))
async def login(api: Api, request: Request, response: Response, credentials: Credentials) -> Me:
    """Start a session and set its cookie."""
    address = request.client.host if request.client else ""
    email = credentials.email.strip().lower()
    if wait := api.attempts.begin(address, email):
        raise TooManyAttempts(wait)
    found = await api.run(_open, api, email, credentials.password)
    if found is None:
        raise Unauthenticated("email or password is wrong")
    api.attempts.succeeded(address, email)
    secret, account = found
    response.set_cookie(COOKIE, secret, max_age=SESSION_SECONDS, **_cookie_flags(api))
    return _me(account)


@router.post("/logout", status_code=204)
async def logout(api: Api, _: SignedIn, cookie: Cookie, response: Response) -> None:
    """End the session and clear the cookie. A token stays valid: it is no session."""
    if cookie:
        await api.run(accounts.close_session, api.engine, cookie)
    response.delete_cookie(COOKIE, **_cookie_flags(api))


@router.get("/me")
async def me(signed_in: SignedIn) -> Me:
    """Who is signed in."""
    return _me(signed_in.account)


def _open(api: ApiState, email: str, password: str) -> tuple[str, Account] | None:
    known = accounts.password_hash_of(api.engine, email)
    # An unknown email costs as much as a wrong password, so that the time tells nobody who has an account.
    user_id, password_hash = known or (None, _hash_of_nobody())
    if not verify_password(password_hash, password) or user_id is None:
        return None
    secret, now = accounts.new_secret(), now_us()
    accounts.open_session(api.engine, user_id, secret, now_us=now, expires_at_us=now + SESSION_SECONDS * 1_000_000)
    account = accounts.account_of_session(api.engine, secret, now_us=now)
    return (secret, account) if account else None


@cache
def _hash_of_nobody() -> str:
    return hash_password(accounts.new_secret())


def _cookie_flags(api: ApiState) -> dict[str, Any]:
    return {"path": "/", "httponly": True, "samesite": "strict", "secure": api.settings.base_url.startswith("https:")}


def _me(account: Account) -> Me:
    return Me(email=account.email, name=account.name, organization=account.organization, role=account.role)
