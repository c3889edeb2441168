import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seiche.errors import InvalidInput
from seiche.protocol.sessions import STATUSES, anonymous, rows

STARTED = "2026-11-24T10:00:00Z"
SESSION = {
    "sid": "7C7B6585-f901-4351-bf8d-02711b721929",
    "did": "ada@example.org",
    "seq": 3,
    "started": STARTED,
    "status": "crashed",
    "errors": 2,
    "duration": 12.5,
    "attrs": {"release": "shop@1", "environment": "prod", "ip_address": "198.51.100.7", "user_agent": "curl"},
}
AGGREGATES = {
    "aggregates": [{"started": STARTED, "exited": 10, "errored": 2, "crashed": 1, "did": "bob"}, {"started": STARTED}],
    "attrs": {"release": "shop@1"},
}


def kept(kind, tree, project_id=1):
    return anonymous(kind, json.dumps(tree).encode(), project_id=project_id)


def test_a_session_is_kept_without_who_and_where():
    body = kept("session", SESSION)
    assert not any(secret in body for secret in (b"ada", b"198.51", b"curl"))
    (row,) = rows("session", body)
    assert (row.sid, row.seq, row.status, row.errors, row.release, row.environment) == (
        SESSION["sid"].lower(),
        3,
        "crashed",
        2,
        "shop@1",
        "prod",
    )
    assert row.started_us == 1_795_514_400_000_000


def test_the_same_person_is_another_in_another_project():
    (one,), (again,), (other,) = (rows("session", kept("session", SESSION, project)) for project in (1, 1, 2))
    assert one.did == again.did != other.did
    assert len(one.did) == 24


def test_counts_are_kept_as_they_are():
    first, second = rows("sessions", kept("sessions", AGGREGATES))
    assert (first.exited, first.errored, first.crashed, first.abnormal, first.sid) == (10, 2, 1, 0, "")
    assert first.did
    assert (second.did, second.exited, second.environment) == ("", 0, "")


@pytest.mark.parametrize(
    ("kind", "change", "words"),
    [
        ("session", {"attrs": {}}, "release"),
        ("session", {"attrs": None}, "release"),
        ("session", {"started": "soon"}, "started"),
        ("session", {"sid": ""}, "id"),
        ("session", {"status": "great"}, "status"),
        ("session", {"errors": -1}, "errors"),
        ("session", {"seq": "x"}, "seq"),
        ("sessions", {"aggregates": None}, "aggregates"),
        ("sessions", {"aggregates": [1]}, "object"),
        ("sessions", {"aggregates": [{"started": STARTED}] * 101}, "100"),
    ],
)
def test_what_is_wrong_is_named(kind, change, words):
    with pytest.raises(InvalidInput, match=words) as found:
        kept(kind, (SESSION if kind == "session" else AGGREGATES) | change)
    assert found.value.reason == "invalid_session"


@pytest.mark.parametrize("payload", [b"", b"[]", b"nonsense", b'{"a":"\xff"}', b'{"a":' * 2000])
def test_no_json_object(payload):
    with pytest.raises(InvalidInput):
        anonymous("session", payload, project_id=1)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=10,
)
CHANGES = st.dictionaries(
    st.sampled_from(["sid", "did", "seq", "started", "status", "errors", "attrs", "aggregates"]), ANYTHING, max_size=2
)


@given(st.sampled_from(["session", "sessions"]), CHANGES, CHANGES)
def test_anything_is_kept_readable_or_refused(kind, change, of_bucket):
    tree = (SESSION if kind == "session" else AGGREGATES | {"aggregates": [{"started": STARTED, "exited": 1} | of_bucket]}) | change
    try:
        body = kept(kind, tree)
    except InvalidInput:
        return
    for row in rows(kind, body):
        assert row.release
        assert row.status in STATUSES | {""}
