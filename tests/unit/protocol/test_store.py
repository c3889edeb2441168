"""The legacy endpoint's bodies."""

import base64
import gzip
import json
import zlib
from contextlib import suppress
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seiche.errors import InvalidInput
from seiche.protocol.store import event_json

FORM = "application/x-www-form-urlencoded; charset=utf-8"
documents = st.dictionaries(st.text(max_size=10), st.text(max_size=200) | st.integers(), max_size=5).map(
    lambda tree: json.dumps(tree).encode()
)


@given(documents)
def test_every_way_of_packing_comes_back(body: bytes) -> None:
    for packed in (zlib.compress(body), gzip.compress(body, mtime=0), body):
        text = base64.b64encode(packed)
        lines = base64.encodebytes(packed)
        for content_type in ("", "application/json", "application/octet-stream"):
            assert event_json(text, content_type) == body
            assert event_json(lines, content_type) == body
        for form in (
            b"sentry_data=" + quote_plus(text).encode(),
            b"sentry_data=" + text.replace(b"=", b"%3D"),
            b"sentry_version=5&sentry_data=" + quote(text, safe="").encode(),
        ):
            assert event_json(form, FORM) == body


@given(documents)
def test_json_needs_no_packing(body: bytes) -> None:
    assert event_json(body, "text/plain") == body
    assert event_json(b"\r\n  " + body + b"\n", FORM) == body
    assert event_json(b"sentry_data=" + quote_plus(body).encode(), "text/plain") == body


@given(st.binary(max_size=60).map(lambda end: b"{" + end))
def test_a_form_is_unescaped_as_the_standard_library_does(value: bytes) -> None:
    for escaped in (quote_plus(value), "".join(f"%{byte:02x}" for byte in value)):
        assert event_json(b"sentry_data=" + escaped.encode(), FORM) == value.strip(b" \t\r\n")


@given(st.binary(max_size=300), st.sampled_from(["", FORM]), st.sampled_from([b"", b"sentry_data="]))
def test_arbitrary_bytes_only_ever_raise_invalid_input(raw: bytes, content_type: str, start: bytes) -> None:
    with suppress(InvalidInput):
        assert isinstance(event_json(start + raw, content_type), bytes)


@pytest.mark.parametrize(
    ("raw", "content_type", "reason"),
    [
        (b"", "", "invalid_json"),
        (b" \n", "", "invalid_json"),
        (b"this is no JSON", "application/json", "invalid_json"),
        (b"[]", "", "invalid_json"),
        (b"\xff\xfe", "", "invalid_json"),
        (b"other=1", FORM, "invalid_json"),
        (b"sentry_data=", FORM, "invalid_json"),
        (b"sentry_data=%%%", FORM, "invalid_json"),
        (b"sentry_data=%7B%7", FORM, "invalid_json"),
        (b"sentry_data=%7B%zz%7D", FORM, "invalid_json"),
        (b"sentry_data=%\n%7B", FORM, "invalid_json"),
        (base64.b64encode(b"neither"), "", "invalid_json"),
        (base64.b64encode(gzip.compress(b"{}", mtime=0)[:-3]), "", "invalid_compression"),
        (base64.b64encode(zlib.compress(b"{}")[:-3]), "", "invalid_compression"),
        (base64.b64encode(zlib.compress(bytes(10_000))), "", "too_large"),
        (base64.b64encode(gzip.compress(bytes(10_000), mtime=0)), "", "too_large"),
    ],
)
def test_refusals(raw: bytes, content_type: str, reason: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        event_json(raw, content_type, limit_bytes=5000)
    assert caught.value.reason == reason
