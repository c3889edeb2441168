"""Signing in: cookies, tokens, refusals, expiry."""

import time

import pytest
import sqlalchemy as sa

from query_api.auth.attempts import PER_EMAIL
from seiche.registry import accounts
from seiche.registry.engine import read, write
from seiche.registry.projects import create_token
from seiche.registry.tables import WebSession
from seiche.testing.registries import OWNER_PASSWORD

pytestmark = pytest.mark.anyio
CREDENTIALS = {"email": "Owner@Example.org ", "password": OWNER_PASSWORD}


async def test_cookie_session(anonymous, world):
    answer = await anonymous.post("/auth/login", json=CREDENTIALS)
    assert answer.status_code == 200
    assert answer.json() == {"email": "owner@example.org", "name": "", "organization": "default", "role": "owner"}
    flags = answer.headers["set-cookie"].lower()
    assert "httponly" in flags
    assert "samesite=strict" in flags
    assert "secure" not in flags, "the test's base URL is plain http"
    secret = anonymous.cookies["seiche_session"]
    with read(world.engine) as session:
        stored = session.scalars(sa.select(WebSession.token_hash)).all()
    assert stored == [accounts.digest(secret)], "only the hash is kept"
    assert (await anonymous.get("/auth/me")).json()["email"] == "owner@example.org"
    assert (await anonymous.post("/auth/logout")).status_code == 204
    anonymous.cookies.set("seiche_session", secret)
    assert (await anonymous.get("/auth/me")).status_code == 401, "a session that ended cannot be used again"


async def test_expired_session(owner, world):
    with write(world.engine) as session:
        session.execute(sa.update(WebSession).values(expires_at_us=1))
    answer = await owner.get("/auth/me")
    assert answer.status_code == 401
    assert "expired" in answer.json()["detail"]


async def test_token(anonymous, world):
    token = create_token(world.engine, "ci")
    answer = await anonymous.get("/auth/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.json() == {"email": "", "name": "ci", "organization": "default", "role": "token"}
    assert (await anonymous.get("/auth/me", headers={"Authorization": "Bearer nonsense"})).status_code == 401


@pytest.mark.parametrize(
    "credentials", [{"email": "owner@example.org", "password": "wrong"}, {"email": "nobody@example.org", "password": OWNER_PASSWORD}]
)
async def test_wrong_credentials_look_the_same(anonymous, credentials):
    answer = await anonymous.post("/auth/login", json=credentials)
    assert answer.status_code == 401
    assert answer.json()["detail"] == "email or password is wrong"
    assert answer.json()["code"] == "unauthenticated"


async def test_unknown_email_costs_a_hash_too(anonymous, monkeypatch):
    from query_api.auth import endpoints

    verified = []
    real = endpoints.verify_password
    monkeypatch.setattr(endpoints, "verify_password", lambda stored, given: verified.append(stored) or real(stored, given))
    await anonymous.post("/auth/login", json={"email": "nobody@example.org", "password": "x"})
    assert len(verified) == 1
    assert verified[0].startswith("$argon2id$")


async def test_too_many_attempts(anonymous):
    wrong = {"email": "owner@example.org", "password": "wrong"}
    for _ in range(PER_EMAIL):
        assert (await anonymous.post("/auth/login", json=wrong)).status_code == 401
    began = time.monotonic()
    answer = await anonymous.post("/auth/login", json=CREDENTIALS)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["code"] == "too_many_requests"
    assert time.monotonic() - began < 1


async def test_a_page_of_another_origin_cannot_act_with_the_cookie(owner):
    evil = {"Origin": "http://127.0.0.1:9999"}
    assert (await owner.post("/projects", json={"name": "x"}, headers=evil)).status_code == 403
    assert (await owner.get("/projects", headers=evil)).status_code == 200
    assert (await owner.post("/projects", json={"name": "x"}, headers={"Origin": "http://127.0.0.1:8000"})).status_code == 201


async def test_members_read_and_triage_but_do_not_manage(anonymous, organization, world):
    organization_id, _ = organization("acme", role="member")
    world.project("Acme shop", organization_id)
    login = {"email": "member@acme.example.org", "password": OWNER_PASSWORD}
    assert (await anonymous.post("/auth/login", json=login)).json()["role"] == "member"
    assert [row["slug"] for row in (await anonymous.get("/projects")).json()] == ["acme-shop"]
    for method, path, body in [
        ("POST", "/projects", {"name": "x"}),
        ("PATCH", "/projects/acme-shop", {"name": "x"}),
        ("POST", "/projects/acme-shop/keys", {}),
        ("POST", "/projects/acme-shop/erasures", {"user": "id:1"}),
        ("POST", "/projects/acme-shop/alert-rules", {"name": "x", "triggers": ["event"]}),
    ]:
        answer = await anonymous.request(method, path, json=body)
        assert answer.status_code == 403, path
        assert "your role is member" in answer.json()["detail"]
