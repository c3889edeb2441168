"""What is left of an event when its person is erased."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seiche.model.project import ProjectConfig
from seiche.model.record import LogRecord, RecordKind
from seiche.normalize import normalise
from seiche.normalize.erase import erased, is_about, words_of

ADA = {"id": 4711, "email": "Ada@example.org", "username": "ada.l", "ip_address": "203.0.113.9", "name": "Ada Lovelace"}
FRAME = {"function": "pay", "module": "shop.pay", "lineno": 3, "context_line": "charge(card)", "vars": {"mail": "ada@example.org"}}
EVENT = {
    "event_id": "a" * 32,
    "platform": "python",
    "release": "shop@1",
    "user": ADA,
    "request": {"url": "https://shop/ada", "headers": {"Cookie": "x"}},
    "tags": {"customer": "ada.l"},
    "extra": {"note": "Ada"},
    "contexts": {"account": {"owner": "Ada Lovelace"}},
    "breadcrumbs": {"values": [{"message": "signed in as ada.l"}]},
    "exception": {"values": [{"type": "LookupError", "value": "no cart of ada@example.org (4711)", "stacktrace": {"frames": [FRAME]}}]},
    "logentry": {"message": "cart of %s", "params": ["ada.l"], "formatted": "cart of ada.l"},
    "transaction": "/customers/4711/cart",
}


def sent(event) -> bytes:
    return json.dumps(event).encode()


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("id", "4711", True),
        ("id", "471", False),
        ("email", "Ada@example.org", True),
        ("email", "ada@Example.org", True),
        ("email", "da@example.org", False),
        ("username", "ada.l", True),
        ("ip_address", "203.0.113.9", True),
        ("ip_address", "198.51.100.1", False),
        ("username", "Ada Lovelace", False),
    ],
)
def test_who_an_event_is_about(kind, value, expected) -> None:
    assert is_about(sent(EVENT), kind, value, "198.51.100.1") is expected


def test_an_address_that_the_server_filled_in_counts() -> None:
    assert is_about(sent({"user": {"ip_address": "{{auto}}"}}), "ip_address", "198.51.100.1", "198.51.100.1")
    assert not is_about(b"[]", "id", "1", "")
    assert not is_about(b"\xff", "id", "1", "")


def test_nothing_of_the_person_is_left_and_the_failure_is() -> None:
    left = erased(sent(EVENT), words_of(sent(EVENT), "198.51.100.1"))
    for word in ("ada", "4711", "203.0.113.9", "198.51.100.1", "lovelace", "cookie"):
        assert word not in left.decode().lower()
    tree = json.loads(left)
    assert set(tree) == {"event_id", "platform", "release", "exception", "logentry", "transaction"}
    (exception,) = tree["exception"]["values"]
    assert (exception["type"], exception["value"]) == ("LookupError", "no cart of [Erased] ([Erased])")
    assert exception["stacktrace"]["frames"] == [{key: FRAME[key] for key in FRAME if key != "vars"}]
    assert (tree["logentry"], tree["transaction"]) == ({"message": "cart of %s"}, "/customers/[Erased]/cart")


def test_short_values_do_not_tear_words_apart() -> None:
    event = {"message": "timeout in al2, al, balance", "user": {"id": "al", "username": "bala"}}
    assert json.loads(erased(sent(event), words_of(sent(event))))["message"] == "timeout in al2, al, balance"


def test_what_cannot_be_read_leaves_nothing() -> None:
    assert erased(b"{broken", {"word"}) == b"{}"
    assert words_of(b"[1]") == set()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=12,
)
PLACES = st.sampled_from(["exception", "logentry", "message", "tags", "extra", "user", "threads", "transaction", "breadcrumbs"])


@given(st.dictionaries(PLACES, JSON, max_size=5))
def test_any_shape_stays_an_event_that_can_be_normalised_and_erasing_twice_changes_nothing(event) -> None:
    left = erased(sent(event), {"someone"})
    assert erased(left, {"someone"}) == left
    record = LogRecord(kind=RecordKind.EVENT, received_at_us=1, project_id=1, public_key="", event_id="b" * 32, received=1, body=left)
    assert normalise(left, record, ProjectConfig()).user.key == ""
