"""File names, content types, forms and crash files: whatever is sent, what comes out is safe and bounded."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seiche.errors import InvalidInput
from seiche.protocol import attachments, minidump
from seiche.protocol.multipart import FIELD_BYTES, MAX_PARTS, Part, parts

BOUNDARY = "multipart/form-data; boundary=xyz"


def form(*fields):
    """(name, filename or None, data) each."""
    out = b""
    for name, filename, data in fields:
        file = "" if filename is None else f'; filename="{filename}"'
        out += f'--xyz\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode() + data + b"\r\n"
    return out + b"--xyz--\r\n"


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("log.txt", "log.txt"),
        ("/etc/passwd", "passwd"),
        ("C:\\Users\\x\\dump.dmp", "dump.dmp"),
        ("..", "attachment"),
        ("../..", "attachment"),
        ("", "attachment"),
        ("a\nb\0c", "abc"),
        ("evil\u202egnp.exe", "evilgnp.exe"),
        ("x" * 500 + ".log", "x" * 196 + ".log"),
        ("b\u00e4r.txt", "b\u00e4r.txt"),
    ],
)
def test_file_names(sent, name):
    assert attachments.file_name(sent) == name


@given(st.text())
def test_a_file_name_never_leads_elsewhere(sent):
    name = attachments.file_name(sent)
    assert name not in {"", ".", ".."}
    assert not set(name) & set("/\\\0\n\r")
    assert len(name) <= attachments.NAME_CHARACTERS


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("text/Plain; charset=utf-8", "text/plain"),
        ("image/svg+xml", "image/svg+xml"),
        ("", attachments.ANY_TYPE),
        ("a\r\nb/c", attachments.ANY_TYPE),
    ],
)
def test_content_types(sent, kept):
    assert attachments.content_type(sent) == kept


def test_a_form_is_taken_apart():
    found = parts(form(("a", None, b"1"), ("f", "x.bin", b"\0\r\n--xy\xff"), ("a", None, b"")), BOUNDARY)
    assert found == [Part("a", None, "", b"1"), Part("f", "x.bin", "", b"\0\r\n--xy\xff"), Part("a", None, "", b"")]


@pytest.mark.parametrize(
    ("raw", "content_type", "reason"),
    [
        (b"", "application/json", "unsupported_media_type"),
        (b"", "multipart/form-data", "unsupported_media_type"),
        (b"", BOUNDARY, "invalid_multipart"),
        (b"garbage", BOUNDARY, "invalid_multipart"),
        (form(("a", None, b"1"))[:-9], BOUNDARY, "invalid_multipart"),
        (b"--xyz\r\nContent-Type: x\r\n\r\n1\r\n--xyz--\r\n", BOUNDARY, "invalid_multipart"),
        (form(*[("a", None, b"")] * (MAX_PARTS + 1)), BOUNDARY, "too_many_items"),
        (form(("a", None, b"x" * (FIELD_BYTES + 1))), BOUNDARY, "too_large"),
        (b"--xyz\r\nX: " + b"y" * 10_000 + b"\r\n\r\n1\r\n--xyz--\r\n", BOUNDARY, "invalid_multipart"),
    ],
)
def test_forms_that_are_refused(raw, content_type, reason):
    with pytest.raises(InvalidInput) as refused:
        parts(raw, content_type)
    assert refused.value.reason == reason


@given(st.binary(max_size=300))
def test_arbitrary_forms_raise_nothing_else(raw):
    with contextlib.suppress(InvalidInput):
        parts(b"--xyz\r\n" + raw, BOUNDARY)


def told(*fields):
    return minidump.told(Part(name, None, "", value.encode()) for name, value in fields)


def test_what_a_form_tells_of_a_crash():
    assert told(("sentry", '{"release": "1", "extra": {"a": 1}}'), ("guid", "x")) == {"release": "1", "extra": {"guid": "x", "a": 1}}
    assert told(("sentry__2", '"1"}'), ("sentry__1", '{"release":')) == {"release": "1"}
    assert told(("sentry[tags][os]", "linux"), ("sentry[release]", "2"), ("sentry[tags][os][x]", "no")) == {
        "tags": {"os": "linux"},
        "release": "2",
    }
    assert told() == {}


@pytest.mark.parametrize("fields", [[("sentry", "{")], [("sentry", "[]")], [("sentry__1", "{")], [("x", "")] * 1001])
def test_what_cannot_be_told_is_refused(fields):
    with pytest.raises(InvalidInput):
        told(*fields)


def test_deeply_flattened_fields_are_bounded():
    event = told(("sentry" + "[a]" * 50, "x"))
    assert json.dumps(event).count("{") <= minidump.MOST_LEVELS


@pytest.mark.parametrize(
    ("kind", "title"),
    [("event.minidump", "Minidump (not symbolicated)"), ("event.applecrashreport", "AppleCrashReport (not symbolicated)")],
)
def test_the_event_of_a_crash_file(kind, title):
    event = json.loads(minidump.crash_event(kind, {"release": "1", "level": "error"}))
    assert (event["platform"], event["level"], event["release"]) == ("native", "error", "1")
    assert event["exception"]["values"][0]["value"] == title
