"""Which key a request shows."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seiche.errors import InvalidInput
from seiche.protocol.auth import LIMIT_BYTES, Credentials, credentials, dsn_key

KEY, OTHER = "a" * 32, "b" * 32
SENTRY = f"Sentry sentry_version=7, sentry_client=sentry.python/2.75.0, sentry_key={KEY}".encode()
FULL = Credentials(KEY, "sentry.python/2.75.0", "7")


@pytest.mark.parametrize(
    "header",
    [
        SENTRY,
        SENTRY + b", sentry_secret=xyz",
        SENTRY.replace(b"Sentry ", b"sentry "),
        SENTRY.replace(b", ", b","),
        SENTRY.removeprefix(b"Sentry "),
        SENTRY.replace(KEY.encode(), f'"{KEY}"'.encode()),
        b"  " + SENTRY + b"  ",
    ],
)
@pytest.mark.parametrize("name", [b"x-sentry-auth", b"authorization"])
def test_sentry_headers(header: bytes, name: bytes) -> None:
    if name == b"authorization" and header.strip()[:7].lower() != b"sentry ":
        header = b"Sentry " + header
    assert credentials([(b"host", b"x"), (name, header.strip())], b"") == FULL


def test_query_string() -> None:
    assert credentials([], f"sentry_key={KEY}&sentry_version=7&sentry_client=sentry.javascript.browser%2F8.0".encode()) == Credentials(
        KEY, "sentry.javascript.browser/8.0", "7"
    )


@pytest.mark.parametrize("scheme", [b"Bearer ", b"bearer ", b"Bearer  "])
def test_bearer(scheme: bytes) -> None:
    assert credentials([(b"authorization", scheme + KEY.encode())], b"") == Credentials(KEY)


def test_a_proxys_bearer_token_does_not_disturb() -> None:
    assert credentials([(b"authorization", b"Bearer some.other/token"), (b"x-sentry-auth", SENTRY)], b"") == FULL


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"authorization", b"Basic " + KEY.encode())],
        [(b"authorization", b"Bearer not a key")],
        [(b"authorization", b"Bearer")],
        [(b"authorization", b"")],
        [(b"x-sentry-auth", b"")],
        [(b"x-sentry-auth", b"Sentry sentry_version=7")],
        [(b"x-sentry-auth", b"Sentry sentry_key=")],
        [(b"x-sentry-auth", b"=,=,,=")],
    ],
)
def test_no_key_shown(headers: list[tuple[bytes, bytes]]) -> None:
    assert credentials(headers, b"page=1") is None


def test_the_same_key_twice_is_one_key() -> None:
    assert credentials([(b"x-sentry-auth", SENTRY), (b"authorization", SENTRY)], f"sentry_key={KEY}".encode()) == FULL


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ([(b"x-sentry-auth", SENTRY)], f"sentry_key={OTHER}"),
        ([(b"x-sentry-auth", SENTRY), (b"authorization", b"Sentry sentry_key=" + OTHER.encode())], ""),
        ([(b"x-sentry-auth", SENTRY), (b"x-sentry-auth", b"Sentry sentry_key=" + OTHER.encode())], ""),
        ([(b"x-sentry-auth", SENTRY + b", sentry_key=" + OTHER.encode())], ""),
        ([], f"sentry_key={KEY}&sentry_key={OTHER}"),
    ],
)
def test_two_different_keys_are_refused(headers: list[tuple[bytes, bytes]], query: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        credentials(headers, query.encode())
    assert caught.value.reason == "conflicting_keys"


@pytest.mark.parametrize(
    ("header", "query"),
    [
        (b"Sentry sentry_key=" + b"a" * 65, b""),
        (b"Sentry sentry_key=a b", b""),
        (b"Sentry sentry_key=../../etc", b""),
        (b"Sentry sentry_key=\xff\xfe", b""),
        (b"Sentry sentry_client=" + b"x" * LIMIT_BYTES, b""),
        (b"", b"sentry_key=" + b"&x=1" * 500),
        (b"", b"sentry_key=a&x=" + b"y" * LIMIT_BYTES),
        (b"", b"sentry_key=%00"),
    ],
)
def test_what_cannot_be_a_key_is_refused(header: bytes, query: bytes) -> None:
    with pytest.raises(InvalidInput) as caught:
        credentials([(b"x-sentry-auth", header)], query)
    assert caught.value.reason == "invalid_auth"


def test_a_long_client_is_cut() -> None:
    found = credentials([(b"x-sentry-auth", b"Sentry sentry_client=" + b"c" * 1000 + b", sentry_key=" + KEY.encode())], b"")
    assert found == Credentials(KEY, "c" * 128)


@given(
    header=st.binary(max_size=200),
    scheme=st.sampled_from([b"", b"Sentry ", b"Sentry sentry_key=", b"Bearer "]),
    query=st.binary(max_size=200),
)
def test_arbitrary_headers_only_ever_raise_invalid_input(header: bytes, scheme: bytes, query: bytes) -> None:
    with suppress(InvalidInput):
        found = credentials([(b"x-sentry-auth", scheme + header), (b"authorization", scheme + header)], b"sentry_key=" + query)
        assert found is None or (0 < len(found.public_key) <= 64 and found.public_key.isascii())


@pytest.mark.parametrize(
    ("dsn", "key"),
    [
        (f"https://{KEY}@seiche.example/1", KEY),
        (f"http://{KEY}:secret@127.0.0.1:8000/prefix/1", KEY),
        ("https://seiche.example/1", None),
        ("", None),
        ("not a dsn", None),
        ("http://[::1", None),
        ("https://@host/1", None),
        (f"https://{KEY}%20@host/1", None),
        (f"https://{'a' * 65}@host/1", None),
        (f"https://{KEY}@host/" + "1" * LIMIT_BYTES, None),
    ],
)
def test_dsn_key(dsn: str, key: str | None) -> None:
    assert dsn_key(dsn) == key


@given(st.text(max_size=100))
def test_arbitrary_dsns_never_raise(dsn: str) -> None:
    found = dsn_key(f"http://{dsn}")
    assert found is None or found in dsn
