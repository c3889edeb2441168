"""What docs/protection.md promises, a line each; and what must stay readable."""

import json
from typing import Any

import pytest

from seiche.model.project import ProjectConfig
from seiche.normalize.scrub import Scrubber

HIDDEN = "[Filtered]"


def scrubbed(key: str, value: Any, config: ProjectConfig | None = None) -> Any:
    body = json.dumps({"event_id": "a" * 32, "extra": {key: value}}).encode()
    once = Scrubber(config or ProjectConfig()).scrub(body)
    assert Scrubber(config or ProjectConfig()).scrub(once) == once
    return json.loads(once)["extra"][key]


@pytest.mark.parametrize(
    ("key", "value", "left"),
    [
        ("password", "x", HIDDEN),
        ("password", 1234, HIDDEN),
        ("api_key", "k", HIDDEN),
        ("Authorization", "Bearer abc", HIDDEN),
        ("auth", {"user": "x"}, HIDDEN),
        ("otp", "123456", HIDDEN),
        ("Cookie", "a=b", HIDDEN),
        ("pairs", [["Authorization", "x"], ["a", "b"]], [["Authorization", HIDDEN], ["a", "b"]]),
        ("note", "token=abc123&y=1", f"token={HIDDEN}&y=1"),
        ("note", '{"password":"x","y":1}', '{"password":"[Filtered]","y":1}'),
        ("note", '{\\"password\\":\\"x\\"}', '{\\"password\\":\\"[Filtered]\\"}'),
        ("note", "{'password': 'x', 'a': 1}", "{'password': '[Filtered]', 'a': 1}"),
        ("note", "Bearer abcdef1234567890", f"Bearer {HIDDEN}"),
        ("note", "Basic dXNlcjpwYXNzd29yZA==", f"Basic {HIDDEN}"),
        ("note", "card 4111 1111 1111 1111 ok", f"card {HIDDEN} ok"),
        ("number", 4111111111111111, HIDDEN),
        ("note", "078-05-1120", HIDDEN),
        ("note", "DE89370400440532013000", HIDDEN),
        ("note", "redis://u:p!$@host/1", f"redis://{HIDDEN}@host/1"),
        ("note", "redis://:p@host", f"redis://{HIDDEN}@host"),
    ],
)
def test_secrets_go(key: str, value: Any, left: Any) -> None:
    assert scrubbed(key, value) == left


def test_the_body_of_a_private_key_goes() -> None:
    assert "abc" not in scrubbed("note", "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("author", "me"),
        ("tokens_used", 17),
        ("password", None),
        ("note", "select * from auth_user"),
        ("note", "GET /auth/login"),
        ("note", "user authenticated"),
        ("note", "Basic functionality"),
        ("note", "order 4111111111111112"),
        ("note", "released on 2026-11-25"),
    ],
)
def test_what_is_no_secret_stays(key: str, value: Any) -> None:
    assert scrubbed(key, value) == value


def test_names_of_packages_stay() -> None:
    body = json.dumps({"event_id": "a" * 32, "modules": {"google-auth": "2.1"}, "sdk": {"name": "x"}}).encode()
    assert Scrubber(ProjectConfig()).scrub(body) is body


def test_a_projects_own_fields() -> None:
    config = ProjectConfig(sensitive_fields=("loyalty",), safe_fields=("api_key",))
    assert scrubbed("loyalty_number", "77", config) == HIDDEN
    assert scrubbed("api_key", "public", config) == "public"


def test_switched_off_it_hands_back_the_same_bytes() -> None:
    body = b'{"extra":{"password":"x"}}'
    assert Scrubber(ProjectConfig(scrub_defaults=False)).scrub(body) is body


def test_addresses_go_where_a_project_keeps_none() -> None:
    body = b'{"user":{"id":"7","ip_address":"203.0.113.9"},"request":{"env":{"REMOTE_ADDR":"203.0.113.9"}}}'
    left = Scrubber(ProjectConfig(scrub_ip_addresses=True)).scrub(body)
    assert b"203.0.113.9" not in left
    assert json.loads(left)["user"]["id"] == "7"
