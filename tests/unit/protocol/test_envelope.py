"""Framing: what is written is read back, and what is broken is refused with a reason."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seiche.errors import InvalidInput
from seiche.protocol.envelope import COUNTED_ITEMS, HEADER_BYTES, MAX_ITEMS, ItemHeader, count_events, declared_events, parse

ID = "9ec79c33ec9942ab8353589fcb2e04dc"
TYPES = ("event", "attachment", "session", "client_report", "log", "transaction", "a_type_of_tomorrow")


def items(raw: bytes) -> list[tuple[str, bytes]]:
    return [(item.type, bytes(item.payload)) for item in parse(raw).items]


def refusal(raw: bytes, **options: int) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        parse(raw, **options)
    return caught.value


@given(
    st.lists(st.tuples(st.sampled_from(TYPES), st.binary(max_size=200), st.booleans()), max_size=8),
    st.sampled_from(["", "\n"]),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
)
def test_what_is_written_is_read_back(parts: list[tuple[str, bytes, bool]], end: str, more: dict[str, int]) -> None:
    lines, expected = [json.dumps({"x_" + name: value for name, value in more.items()}).encode()], []
    for kind, anything, with_length in parts:
        payload = anything if with_length else anything.replace(b"\n", b" ")
        header: dict[str, Any] = {"type": kind, "length": len(payload)} if with_length else {"type": kind}
        lines += [json.dumps(header).encode(), payload]
        expected.append((kind, payload))
    raw = b"\n".join(lines) + end.encode()
    assert items(raw) == expected
    assert count_events(parse(raw).items) == declared_events(raw) == sum(kind == "event" for kind, _, _ in parts)


@given(st.binary(max_size=400))
def test_arbitrary_bytes_only_ever_raise_invalid_input(raw: bytes) -> None:
    with suppress(InvalidInput):
        assert parse(raw).items is not None
    assert declared_events(raw) >= 0


@given(st.data())
def test_a_damaged_byte_only_ever_raises_invalid_input(data: st.DataObject) -> None:
    raw = bytearray(b'{"event_id":"%b"}\n{"type":"event","length":2}\n{}\n{"type":"attachment"}\nabc\n' % ID.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    with suppress(InvalidInput):
        assert sum(len(item.payload) for item in parse(bytes(raw)).items) < len(raw)


def test_the_envelopes_header() -> None:
    header = {
        "event_id": "9EC79C33-EC99-42AB-8353-589FCB2E04DC",
        "sent_at": "2026-11-24T10:00:00.5Z",
        "dsn": "https://key@host/1",
        "sdk": {"name": "sentry.python", "version": "2.75.0", "packages": [{"name": "x"}]},
        "trace": {"trace_id": 1, "anything": None},
        "of_tomorrow": [1, 2],
    }
    found = parse(json.dumps(header).encode())
    assert (found.event_id, found.sent_at_us, found.dsn) == (ID, 1_795_514_400_500_000, "https://key@host/1")
    assert (found.sdk_name, found.sdk_version, found.items) == ("sentry.python", "2.75.0", ())


@pytest.mark.parametrize("header", [b"{}", b"{}\n", b"{}\r\n", b'{"event_id":null,"sent_at":[],"dsn":1,"sdk":"x"}', b'{"event_id":""}'])
def test_empty_envelopes_and_odd_attributes_are_legal(header: bytes) -> None:
    found = parse(header)
    assert (found.event_id, found.sent_at_us, found.dsn, found.sdk_name, found.items) == ("", None, "", "", ())


def test_items_headers() -> None:
    raw = (
        b'{}\n{"type":"log","item_count":5,"content_type":"application/vnd.sentry.items.log+json"}\n{"items":[]}\n'
        b'{"type":"attachment","length":0,"filename":"a.txt","attachment_type":"event.minidump","platform":7,"item_count":-1}\n\n'
    )
    log, attachment = parse(raw).items
    assert log.header == ItemHeader(content_type="application/vnd.sentry.items.log+json", item_count=5)
    assert attachment.header == ItemHeader(filename="a.txt", attachment_type="event.minidump")
    assert bytes(attachment.payload) == b""


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        (b'{"type":"event","length":3}\n{}\n', [("event", b"{}\n")]),
        (b'{"type":"event","length":5}\na\nb\nc', [("event", b"a\nb\nc")]),
        (b'{"type":"event"}\n{}\r\n', [("event", b"{}\r")]),
        (b'{"type":"event","length":3}\r\n{}\r\n', [("event", b"{}\r")]),
        (b'{"type":"event"}', [("event", b"")]),
        (b'{"type":"event"}\n', [("event", b"")]),
        (b'{"type":"event","length":0}', [("event", b"")]),
        (b'{"type":"event","length":null}\n{}', [("event", b"{}")]),
        (b'{"type":"event"}\n{}\n\n\n', [("event", b"{}")]),
        (b'{"type":"event"}\n{}\n\r\n', [("event", b"{}")]),
        (b'{"type":"zzz","length":2}\n\xff\xfe\n{"type":"event"}\n{}', [("zzz", b"\xff\xfe"), ("event", b"{}")]),
    ],
)
def test_framing(rest: bytes, expected: list[tuple[str, bytes]]) -> None:
    assert items(b"{}\n" + rest) == expected


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "empty"),
        (b"\n", "not a JSON object"),
        (b"[]", "not a JSON object"),
        (b"null\n", "not a JSON object"),
        (b"{}{}", "not a JSON object"),
        (b'{"a":"\xff"}', "not UTF-8"),
        (b"\x1f\x8b\x08", "not UTF-8"),
        (b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}", "not a JSON object"),
        (b'{"a":"' + b"x" * HEADER_BYTES + b'"}', "longer than"),
        (b"{}\n[]\n{}", "item 1 is not a JSON object"),
        (b"{}\n\n{}", "item 1 is not a JSON object"),
        (b'{}\n{"type":"event"}\n{}\n\n{"type":"event"}\n{}', "item 2 is not a JSON object"),
        (b"{}\n{}\n{}", "has no type"),
        (b'{}\n{"type":""}\n', "has no type"),
        (b'{}\n{"type":7}\n', "has no type"),
        (b'{}\n{"type":"' + b"t" * 65 + b'"}\n', "has no type"),
        (b'{}\n{"type":"event","length":-1}\n{}', "not a number of bytes"),
        (b'{}\n{"type":"event","length":"2"}\n{}', "not a number of bytes"),
        (b'{}\n{"type":"event","length":2.5}\n{}', "not a number of bytes"),
        (b'{}\n{"type":"event","length":true}\n{}', "not a number of bytes"),
        (b'{}\n{"type":"event","length":3}\n{}', "ends too early: its length is 3, 2 bytes are left"),
        (b'{}\n{"type":"event","length":99999999999999999999999}\n{}', "ends too early|not a number of bytes"),
        (b'{}\n{"type":"event","length":1}\n{}', "not followed by a newline"),
        (b'{}\n{"type":"event","length":2}\n{}\r\n', "not followed by a newline"),
    ],
)
def test_malformed_envelopes_say_what_is_wrong(raw: bytes, words: str) -> None:
    error = refusal(raw)
    assert error.reason == "invalid_envelope"
    assert any(word in str(error) for word in words.split("|"))


@pytest.mark.parametrize(
    "value", ['"xyz"', '"' + "g" * 32 + '"', "7", "[]", '"' + ID + '0"', '"' + ID[:31] + '"', '"\u0661' + ID[1:] + '"', '"' + ID + '\\n"']
)
def test_event_ids_that_are_none(value: str) -> None:
    assert refusal(b'{"event_id":' + value.encode() + b"}\n").reason == "invalid_event_id"


def test_too_many_items() -> None:
    raw = b"{}\n" + b'{"type":"x"}\n\n' * MAX_ITEMS
    assert len(parse(raw).items) == MAX_ITEMS
    assert refusal(raw + b'{"type":"x"}\n\n').reason == "too_many_items"
    assert refusal(raw, max_items=3).reason == "too_many_items"


def test_events_before_the_fault_are_declared() -> None:
    raw = b'{}\n{"type":"event"}\n{}\n{"type":"session"}\n{}\n{"type":"event","length":99}\n{}'
    assert refusal(raw).reason == "invalid_envelope"
    assert declared_events(raw) == 2


def test_declared_events_are_counted_to_a_bound() -> None:
    event = b'{"type":"event"}\n{}\n'
    assert declared_events(b"{}\n" + event * (MAX_ITEMS + 1)) == MAX_ITEMS + 1
    assert declared_events(b"{}\n" + event * (COUNTED_ITEMS + 5)) == COUNTED_ITEMS


def test_an_id_belongs_to_a_single_event() -> None:
    head, event = b'{"event_id":"%b"}\n' % ID.encode(), b'{"type":"event"}\n{}\n'
    assert parse(head + event).single_event_id == ID
    assert parse(head + b'{"type":"attachment"}\n{}\n').single_event_id == ID
    assert parse(head + event + event).single_event_id == ""
