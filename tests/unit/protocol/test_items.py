"""Item types, client reports and `sent_at`."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seiche.protocol.items import (
    CATEGORY,
    QUANTITY_LIMIT,
    REPORT_BYTES,
    REPORT_ENTRIES,
    Disposition,
    category,
    client_report,
    disposition,
    unwanted,
)
from seiche.protocol.timestamps import sent_at_us

UNREADABLE = ("internal", "invalid_client_report", 1)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["discarded_events", "reason", "category", "quantity", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)


def entry(**fields: Any) -> dict[str, Any]:
    return {"reason": "ratelimit_backoff", "category": "error", "quantity": 3} | fields


def report(*entries: Any, name: str = "discarded_events") -> list[tuple[str, str, int]]:
    return client_report(json.dumps({"timestamp": 1.5, name: entries}).encode())


def test_dispositions() -> None:
    assert disposition("event") is Disposition.KEEP
    assert disposition("client_report") is Disposition.TALLY
    kept = {"session", "sessions", "user_report", "feedback", "attachment"}
    reports = {"security", "raw_security", "nel"}
    assert {kind for kind in CATEGORY if disposition(kind) is Disposition.REPORT} == reports
    assert {kind for kind in CATEGORY if disposition(kind) is Disposition.ITEM} == kept
    assert {kind for kind in CATEGORY if disposition(kind) is Disposition.COUNT} == set(CATEGORY) - {
        "event",
        "client_report",
    } - kept - reports
    assert {disposition(kind) for kind in ("form_data", "unreal_report", "", "of tomorrow")} == {Disposition.SKIP}


def test_categories() -> None:
    assert [category(kind) for kind in ("event", "sessions", "profile_chunk_ui", "log", "of tomorrow")] == [
        "error",
        "session",
        "profile",
        "log_item",
        "default",
    ]


@pytest.mark.parametrize(
    ("categories", "header"),
    [
        ((), ""),
        (("error", "default", "internal", "security", "session", "attachment", "feedback"), ""),
        (("transaction", "default"), "3600:transaction:organization:unsupported"),
        (("span", "log_item", "profile"), "3600:log_item;log_byte;profile;profile_chunk;span:organization:unsupported"),
    ],
)
def test_sdks_are_asked_for_nothing_that_would_stop_errors(categories: tuple[str, ...], header: str) -> None:
    assert unwanted(categories) == header


def test_discards_are_added_up() -> None:
    assert report(entry(), entry(quantity=4), entry(category="session", reason="sample_rate")) == [
        ("error", "ratelimit_backoff", 7),
        ("session", "sample_rate", 3),
    ]


@pytest.mark.parametrize("name", ["rate_limited_events", "filtered_events", "filtered_sampling_events"])
def test_the_lists_of_a_relay_in_between(name: str) -> None:
    assert report(entry(), name=name) == [("error", "ratelimit_backoff", 3)]


@pytest.mark.parametrize("quantity", [0, -1, 1.5, "3", None, True, [], QUANTITY_LIMIT + 1, 10**30])
def test_quantities_that_are_none_are_left_out(quantity: Any) -> None:
    assert report(entry(quantity=quantity), entry()) == [("error", "ratelimit_backoff", 3)]


@pytest.mark.parametrize("word", [None, 7, [], "", "x" * 65, "two words", "a\nb", "\u00e9", "<script>"])
def test_words_that_are_no_keys_become_one(word: Any) -> None:
    assert report(entry(reason=word, category=word)) == [("default", "unknown", 3)]


def test_entries_that_are_no_objects_are_left_out() -> None:
    assert report(None, 7, "x", [], entry()) == [("error", "ratelimit_backoff", 3)]
    assert client_report(b"{}") == []
    assert client_report(b'{"discarded_events":7}') == []


@pytest.mark.parametrize(
    "payload", [b"", b"nonsense", b"[]", b"null", b'{"a":"\xff"}', b"[" * 10_000, b'{"a":"' + b"x" * REPORT_BYTES + b'"}']
)
def test_a_report_that_cannot_be_read_is_counted(payload: bytes) -> None:
    assert client_report(memoryview(payload)) == [UNREADABLE]


def test_a_report_of_too_many_entries_is_cut_and_counted() -> None:
    entries = [entry(reason=f"reason_{number}") for number in range(REPORT_ENTRIES + 1)]
    found = report(*entries)
    assert len(found) == REPORT_ENTRIES + 1
    assert found[-1] == UNREADABLE


@given(anything | st.dictionaries(st.sampled_from(["discarded_events", "filtered_events"]), st.lists(anything)))
def test_arbitrary_reports_never_raise(tree: Any) -> None:
    for kind, reason, quantity in client_report(json.dumps(tree).encode()):
        assert kind.isascii()
        assert reason.isascii()
        assert quantity > 0


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-11-24T10:00:00Z", 1_795_514_400_000_000),
        ("2026-11-24T10:00:00.123456Z", 1_795_514_400_123_456),
        ("2026-11-24T11:00:00+01:00", 1_795_514_400_000_000),
        (" 2026-11-24T10:00:00 ", 1_795_514_400_000_000),
        ("1795514400.5", 1_795_514_400_500_000),
        (1_795_514_400.5, 1_795_514_400_500_000),
        (0, 0),
        (-1, -1_000_000),
        *[
            (odd, None)
            for odd in (
                None,
                "",
                "yesterday",
                True,
                [],
                {},
                1e12,
                float("nan"),
                float("inf"),
                10**400,
                "1e400",
                "nan",
                "9" * 65,
                "2026-13-01T00:00:00Z",
            )
        ],
    ],
)
def test_sent_at(value: Any, expected: int | None) -> None:
    assert sent_at_us(value) == expected


@given(st.text(max_size=40) | st.floats() | st.integers())
def test_arbitrary_sent_at_never_raises(value: Any) -> None:
    found = sent_at_us(value)
    assert found is None or abs(found) <= 1e17
