"""One error shape, one set of headers, whatever goes wrong."""

from collections import defaultdict

import pytest

from query_api.issues import listing
from query_api.schemas import Problem

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("DELETE", "/projects", 405, "method_not_allowed"),
        ("GET", "/projects/none/issues", 404, "not_found"),
        ("GET", "/issues/1x", 404, "not_found"),
        ("GET", "/issues/999999999999999999999", 404, "not_found"),
        ("GET", "/projects/taken/issues?limit=0", 422, "invalid_request"),
        ("GET", "/projects/taken/issues?query=is:open", 400, "invalid_query"),
        ("GET", "/projects/taken/issues?cursor=xyz", 400, "invalid_cursor"),
        ("GET", "/projects/taken/issues?cursor=%C3%A9", 400, "invalid_cursor"),
        ("GET", "/projects/taken/issues?cursor=WyJjb3VudCIsMSwxXQ", 400, "invalid_cursor"),
        ("GET", "/projects/taken/events/xyz", 404, "not_found"),
    ],
)
async def test_shape(owner, method, path, status, code):
    answer = await owner.request(method, path)
    assert answer.status_code == status, answer.text
    problem = Problem.model_validate(answer.json())
    assert problem.code == code
    assert problem.detail
    assert problem.request_id == answer.headers["x-request-id"]


async def test_bodies_are_bounded(anonymous):
    answer = await anonymous.post("/auth/login", json={"email": "x", "password": "x" * (1 << 20)})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")

    async def chunks():
        for _ in range(32):
            yield b" " * (1 << 16)

    answer = await anonymous.post("/auth/login", content=chunks(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_anonymous_is_refused_everywhere(anonymous):
    document = (await anonymous.get("/openapi.json")).json()
    public = {("post", "/api/v1/auth/login")}
    tried = 0
    for path, methods in document["paths"].items():
        for method in methods:
            if (method, path) in public:
                continue
            url = path.removeprefix("/api/v1").format_map(defaultdict(lambda: "1"))
            answer = await anonymous.request(method, url, json={})
            assert answer.status_code == 401, (method, path, answer.text)
            assert answer.headers["www-authenticate"] == "Bearer"
            tried += 1
    assert tried >= 25


async def test_request_ids_and_security_headers(owner):
    answer = await owner.get("/auth/me", headers={"X-Request-ID": "abc-1"})
    assert answer.headers["x-request-id"] == "abc-1"
    assert "script-src 'self';" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    answer = await owner.get("/auth/me", headers={"X-Request-ID": "bad id!"})
    assert answer.headers["x-request-id"] not in {"", "bad id!"}


async def test_the_unexpected_is_logged_and_told_without_inner_parts(owner, monkeypatch, caplog):
    def broken(*_):
        raise RuntimeError("secret inner part")

    monkeypatch.setattr(listing, "page", broken)
    answer = await owner.get("/projects/taken/issues")
    assert answer.status_code == 500
    problem = Problem.model_validate(answer.json())
    assert problem.code == "internal"
    assert "secret" not in problem.detail
    assert problem.request_id in caplog.text
    assert "secret inner part" in caplog.text
    assert answer.headers["x-frame-options"] == "DENY"
