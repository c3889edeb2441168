"""The gate: what passes is safe for every later stage, what does not is refused with a reason."""

import json
import sys
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seiche.errors import InvalidInput
from seiche.model.project import ProjectConfig
from seiche.model.record import LogRecord, RecordKind
from seiche.normalize import normalise
from seiche.protocol.depth import confined, deeper_than
from seiche.protocol.event import MAX_DEPTH, Gate, gate

ID, OTHER, THIRD = "a1" * 16, "b2" * 16, "c3" * 16
LIMIT = 1 << 20
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=12) | st.text('{}[]"\\', max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text('{}[]"\\a', max_size=5), inner, max_size=4),
    max_leaves=30,
)


def refused(raw: bytes, limit_bytes: int = LIMIT) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        gate(raw, limit_bytes=limit_bytes)
    return caught.value


def nested(depth: int, opening: bytes = b"[", closing: bytes = b"]") -> bytes:
    """An object `depth` levels deep, itself included."""
    return b'{"extra":' + opening * (depth - 1) + b"1" + closing * (depth - 1) + b"}"


def depth_of(value: Any) -> int:
    if isinstance(value, dict):
        value = list(value.values())
    return 1 + max(map(depth_of, value), default=0) if isinstance(value, list) else 0


@pytest.mark.parametrize("written", [ID, ID.upper(), "a1a1a1a1-a1a1-a1a1-a1a1-a1a1a1a1a1a1", "A1A1A1A1-A1A1-A1A1-A1A1-A1A1A1A1A1A1"])
def test_event_ids_however_they_are_written(written: str) -> None:
    assert gate(json.dumps({"event_id": written}).encode(), limit_bytes=LIMIT).event_id == ID


@pytest.mark.parametrize(
    "raw", [b"{}", b" \r\n\t{} \n", b'{"event_id":null}', b'{"event_id":""}', b'{"contexts":{"event_id":"' + OTHER.encode() + b'"}}']
)
def test_no_id(raw: bytes) -> None:
    assert gate(raw, limit_bytes=LIMIT).event_id == ""
    assert gate(raw, fallback_event_id=THIRD, limit_bytes=LIMIT).event_id == THIRD


def test_the_envelopes_id_wins_and_the_fallback_loses() -> None:
    raw = json.dumps({"event_id": ID}).encode()
    assert gate(raw, fallback_event_id=THIRD, limit_bytes=LIMIT).event_id == ID
    assert gate(raw, fallback_event_id=THIRD, envelope_event_id=OTHER, limit_bytes=LIMIT).event_id == OTHER
    assert gate(b'{"event_id":"junk"}', envelope_event_id=OTHER, limit_bytes=LIMIT).event_id == OTHER


@pytest.mark.parametrize(
    "written",
    [
        "junk",
        "a" * 31,
        "a" * 33,
        "g" * 32,
        "a1" * 16 + "\n",
        "-" * 36,
        "a1a1a1a1a1a1-a1a1-a1a1-a1a1-a1a1a1a1",
        "\u0661" * 32,
        "\ud800",
        7,
        1.5,
        True,
        [],
        {},
        [ID],
    ],
)
def test_event_ids_that_are_none(written: Any) -> None:
    assert refused(json.dumps({"event_id": written}).encode()).reason == "invalid_event_id"


def test_a_very_large_number_as_id() -> None:
    assert refused(b'{"event_id":1' + b"0" * 400 + b"}").reason == "invalid_event_id"


def test_the_type() -> None:
    assert gate(b'{"type":"transaction"}', limit_bytes=LIMIT).type == "transaction"
    assert [gate(raw, limit_bytes=LIMIT).type for raw in (b'{"type":7}', b'{"type":"' + b"x" * 65 + b'"}', b"{}")] == ["", "", ""]


def test_a_view_of_a_larger_body() -> None:
    whole = b"before" + b'{"event_id":"' + ID.encode() + b'"}' + b"\xff after"
    assert gate(memoryview(whole)[6:-7], limit_bytes=LIMIT).event_id == ID
    with pytest.raises(InvalidInput):
        gate(memoryview(whole), limit_bytes=LIMIT)
    assert gate(memoryview(b'x{"a":NaN}')[1:], limit_bytes=LIMIT).event_id == ""


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "invalid_json"),
        (b"   ", "invalid_json"),
        (b"this is no JSON", "invalid_json"),
        (b"null", "invalid_json"),
        (b"[]", "invalid_json"),
        (b'"text"', "invalid_json"),
        (b"7", "invalid_json"),
        (b"NaN", "invalid_json"),
        (b"{", "invalid_json"),
        (b'{"a":1', "invalid_json"),
        (b'{"a":1,}', "invalid_json"),
        (b"{'a':1}", "invalid_json"),
        (b'{"a":1}}', "invalid_json"),
        (b"{}{}", "invalid_json"),
        (b"{},{}", "invalid_json"),
        (b"{}],[{}", "invalid_json"),
        (b"{} x", "invalid_json"),
        (b"{}\x00", "invalid_json"),
        (b'{"a":"\n"}', "invalid_json"),
        (b'{"a":"\\x"}', "invalid_json"),
        (b'{"a":01}', "invalid_json"),
        (b"\xef\xbb\xbf{}", "invalid_json"),
        (b'{"a":"\xff"}', "invalid_utf8"),
        (b'{"a":"\xed\xa0\x80"}', "invalid_utf8"),
        (b'{"a":"\xc0\x80"}', "invalid_utf8"),
        (b'{"a":"\xe2\x82"}', "invalid_utf8"),
        (b'{"\xff":1}', "invalid_utf8"),
        ("{}".encode("utf-16"), "invalid_utf8"),
        ("{}".encode("utf-16-le"), "invalid_json"),
        ("{}".encode("utf-32-be"), "invalid_json"),
        (nested(MAX_DEPTH + 1), "too_deep"),
        (nested(900), "too_deep"),
        (nested(100_000), "too_deep"),
        (nested(100_000, b'{"a":', b"}"), "too_deep"),
        (nested(MAX_DEPTH + 1).replace(b"1", b"NaN"), "too_deep"),
        (nested(100_000).replace(b"1", b"NaN"), "too_deep"),
        (b'{"a":' + b"[" * 100_000, "too_deep|invalid_json"),
        (b'{"a":' + b"-" * 100_000, "invalid_json"),
    ],
)
def test_refusals(raw: bytes, reason: str) -> None:
    assert refused(raw).reason in reason.split("|")


def test_the_size() -> None:
    raw = b'{"a":"' + b"x" * 100 + b'"}'
    assert gate(raw, limit_bytes=len(raw)).event_id == ""
    error = refused(raw, len(raw) - 1)
    assert error.reason == "too_large"
    assert str(len(raw)) in str(error)


@pytest.mark.parametrize(
    "text",
    [
        b'{"a":NaN}',
        b'{"a":[Infinity,-Infinity]}',
        b'{"message":"\\ud800"}',
        b'{"message":"\\udc00\\ud800 x"}',
        b'{"\\ud800":1}',
        b'{"a":1e999}',
        b'{"a":' + b"9" * 1000 + b"}",
    ],
)
def test_what_normalising_mends_passes(text: bytes) -> None:
    raw = text[:-1] + b',"event_id":"' + ID.encode() + b'"}'
    assert gate(raw, limit_bytes=LIMIT).event_id == ID
    record = LogRecord(kind=RecordKind.EVENT, received_at_us=1_764_000_000_000_000, project_id=1, event_id=ID)
    event = normalise(raw, record, ProjectConfig())
    event.message.encode()


@pytest.mark.parametrize("limit", [600, 1000, 2000, 50_000])
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}"), (b'["a",', b"]"), (b'["}]]]\\"]]",', b"]")])
def test_the_depth_is_exact_whatever_the_interpreters_limit(limit: int, opening: bytes, closing: bytes) -> None:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(limit)
    try:
        accepted = gate(nested(MAX_DEPTH, opening, closing), limit_bytes=LIMIT)
        with pytest.raises(InvalidInput) as caught:
            gate(nested(MAX_DEPTH + 1, opening, closing), limit_bytes=LIMIT)
    finally:
        sys.setrecursionlimit(before)
    assert (accepted.event_id, caught.value.reason) == ("", "too_deep")


@given(values, st.integers(1, 6), st.sampled_from([None, 1]), st.booleans())
def test_depth_is_counted_as_recursion_would(value: Any, limit: int, indent: int | None, ascii_only: bool) -> None:
    padded = {"padding, so that size alone decides nothing": "x" * 40, "v": value}
    raw = json.dumps(padded, indent=indent, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    assert deeper_than(raw, limit) is (depth_of(padded) > limit)


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 5))
def test_depth_of_towers(depth: int, limit: int, towers: int) -> None:
    raw = b"[" + b",".join([b"[" * (depth - 1) + b"]" * (depth - 1)] * towers if depth > 1 else []) + b"]" + b" " * 200
    assert deeper_than(raw, limit) is (depth > limit)


@given(st.integers(1, 400), st.integers(1, 300))
def test_confined_lets_nothing_deeper_pass(depth: int, limit: int) -> None:
    assert confined(json.loads, nested(depth), limit) is None or depth <= limit


def test_confined_is_used_where_it_can_be() -> None:
    if sys.version_info < (3, 12):
        assert confined(len, b"{}", MAX_DEPTH) == 2
    with pytest.raises(ValueError, match="of the decoder"):
        confined(_failing, b"", MAX_DEPTH)


def _failing(_raw: bytes | memoryview) -> None:
    raise ValueError("of the decoder")


@given(values)
def test_every_json_object_of_a_sane_depth_passes(value: Any) -> None:
    assert gate(json.dumps({"v": value}).encode(), limit_bytes=LIMIT).event_id == ""


@given(st.binary(max_size=200), st.sampled_from([b"", b"{", b'{"a":', b'{"event_id":']))
def test_arbitrary_bytes_only_ever_raise_invalid_input(raw: bytes, start: bytes) -> None:
    with suppress(InvalidInput):
        assert isinstance(gate(start + raw, limit_bytes=LIMIT), Gate)
        assert isinstance(json.loads(start + raw), dict)


@given(values, st.data())
def test_what_passes_is_one_json_object_and_utf_8(value: Any, data: st.DataObject) -> None:
    raw = bytearray(json.dumps({"v": value}).encode())
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at : at + 1] = data.draw(st.binary(max_size=3))
    try:
        gate(bytes(raw), limit_bytes=LIMIT)
    except InvalidInput:
        return
    assert isinstance(json.loads(bytes(raw)), dict)
