"""Scrubbing against the oracle: made-up events with planted secrets come out the same, whichever way through an event was taken."""

import json
import random

import pytest

from seiche.model.project import ProjectConfig
from seiche.normalize.scrub import Scrubber
from tests.unit.normalize.scrub import oracle

NAMES = ("password", "api_key", "Authorization", "user", "count", "auth", "token", "tokens", "author", "otp", "note", "cookies", "sku", "x")
VALUES = (
    "hunter2", "plain", "", "[Filtered]", 17, 0, True, None, 4111111111111111, "4111 1111 1111 1111",
    "DE89370400440532013000", "219-09-9999", "https://u:p@db.example/x", "bearer abc123", "user=ada&token=t0k3n", "größe",
    "line\nbreak", "a\\b", 'say "hi"', 1.5, "-----BEGIN KEY-----",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", "order 12345678", "1.4111111111111111",
)  # fmt: skip


def tree(choose, depth=0):
    kind = choose.random()
    if depth < 4 and kind < 0.3:
        return {choose.choice(NAMES): tree(choose, depth + 1) for _ in range(choose.randint(0, 4))}
    if depth < 4 and kind < 0.45:
        return [tree(choose, depth + 1) for _ in range(choose.randint(0, 3))]
    return choose.choice(VALUES)


def event(choose):
    frames = [{"function": "pay", "filename": "password=x.py", "context_line": "password=hunter2", "vars": tree(choose)}]
    return {
        "event_id": "a" * 32,
        "message": choose.choice([value for value in VALUES if isinstance(value, str)]),
        "exception": {"values": [{"type": "E", "value": "token=abc", "stacktrace": {"frames": frames}}]},
        "extra": tree(choose),
        "request": {"headers": [["Authorization", "x"], ["Accept", "y"]], "data": tree(choose)},
        "sdk": {"token": "kept"},
        "_meta": {"password": {"": {"rem": [["!", "s"]]}}},
    }


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("spaced", [False, True])
def test_the_product_agrees_with_the_oracle(seed, spaced):
    choose = random.Random(seed)
    scrubber = Scrubber(ProjectConfig())
    changed = 0
    for _ in range(60):
        separators = (", ", ": ") if spaced else (",", ":")
        body = json.dumps(event(choose), separators=separators, ensure_ascii=choose.random() < 0.5).encode()
        scrubbed = scrubber.scrub(body)
        assert oracle.load(scrubbed) == oracle.expected(body), body.decode()
        changed += scrubbed != body
    assert changed == 60, "every one of these events has a secret"
