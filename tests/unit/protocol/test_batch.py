"""Our own batches."""

import json
import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seiche.errors import InvalidInput
from seiche.protocol.batch import MAX_EVENTS, declared_events, split

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)


@given(st.lists(values, min_size=1, max_size=10), st.sampled_from([None, 1]))
def test_each_events_own_bytes_come_back(events: list[object], indent: int | None) -> None:
    found = split(json.dumps({"more": 1, "events": events}, indent=indent).encode())
    assert [json.loads(event) for event in found] == events


def test_bytes_are_kept_as_they_are() -> None:
    assert split(b'{"events":[ {"b": 1.0,"a":"\\u00e9"} , {} ]}') == [b'{"b": 1.0,"a":"\\u00e9"}', b"{}"]


@pytest.mark.parametrize(
    ("raw", "reason", "words"),
    [
        (b"", "invalid_json", "not JSON"),
        (b"nonsense", "invalid_json", "not JSON"),
        (b"[]", "invalid_json", "Expected `object`"),
        (b"{}", "invalid_json", "missing required field `events`"),
        (b'{"events":[{}],"events":7}', "invalid_json", "Expected `array`"),
        (b'{"events":{}}', "invalid_json", "Expected `array`"),
        (b'{"events":null}', "invalid_json", "Expected `array`"),
        (b'{"events":[]}', "empty_batch", "holds no event"),
        (b'{"events":[{}]}x', "invalid_json", "trailing"),
        (b'{"events":[{},]}', "invalid_json", "not JSON"),
        (b'{"events":[{}', "invalid_json", "truncated"),
        (b'{"events":["\xff"]}', "invalid_utf8", "not UTF-8"),
        (b'{"events":[{}],"x":"\xff"}', "invalid_utf8", "not UTF-8"),
        (b'{"events":[' + b"[" * 5000 + b"]" * 5000 + b"]}", "invalid_json", "recursion"),
    ],
)
def test_refusals_say_what_is_wrong(raw: bytes, reason: str, words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        split(raw)
    assert caught.value.reason == reason
    assert words in str(caught.value)
    assert declared_events(raw) == 1


def test_the_limit_is_exact_and_the_refused_are_declared() -> None:
    def batch(count: int) -> bytes:
        return b'{"events":[' + b",".join([b"{}"] * count) + b"]}"

    assert len(split(batch(MAX_EVENTS))) == MAX_EVENTS
    with pytest.raises(InvalidInput) as caught:
        split(batch(MAX_EVENTS + 1))
    assert caught.value.reason == "too_many_events"
    assert declared_events(batch(MAX_EVENTS + 1)) == MAX_EVENTS + 1
    with pytest.raises(InvalidInput):
        split(batch(3), max_events=2)


def test_a_list_of_millions_takes_no_memory() -> None:
    raw = b'{"events":[' + b"0," * 8_000_000 + b"0]}"
    tracemalloc.start()
    try:
        with pytest.raises(InvalidInput) as caught:
            split(raw)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert caught.value.reason == "too_many_events"
    assert peak < 2 * len(raw)


@given(st.binary(max_size=200))
def test_arbitrary_bytes_only_ever_raise_invalid_input(raw: bytes) -> None:
    for whole in (raw, b'{"events":[' + raw + b"]}"):
        with suppress(InvalidInput):
            assert split(whole)
        assert declared_events(whole) >= 1
