"""A record's body: packed by us, or as the client packed it; and what cannot be read."""

import gzip
from typing import Any

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from seiche.errors import InvalidInput
from seiche.model.record import LogRecord, RecordKind
from seiche.protocol import codec
from seiche.protocol.codec import decode_body, encode_body


def record(name: str, body: bytes) -> LogRecord:
    return LogRecord(kind=RecordKind.EVENT, received_at_us=1, codec=name, body=body)


def refused(name: str, body: bytes) -> str:
    with pytest.raises(InvalidInput) as caught:
        decode_body(record(name, body))
    return caught.value.reason


@given(st.binary(max_size=400), st.integers(0, 30))
def test_what_was_packed_comes_back(body: bytes, times: int) -> None:
    name, packed = encode_body(body * times)
    assert decode_body(record(name, packed)) == body * times
    assert len(packed) <= len(body) * times + 64


def test_small_bodies_are_not_packed() -> None:
    assert encode_body(b"x" * 255) == ("identity", b"x" * 255)
    name, packed = encode_body(b"x" * 256)
    assert name == "gzip"
    assert gzip.decompress(packed) == b"x" * 256


def test_other_peoples_gzip_and_zstd() -> None:
    assert decode_body(record("gzip", gzip.compress(b"body" * 99))) == b"body" * 99
    assert decode_body(record("zstd", zstandard.compress(b"body" * 99))) == b"body" * 99


@pytest.mark.parametrize(("name", "pack"), [("gzip", gzip.compress), ("zstd", zstandard.compress)])
def test_damaged_bodies_are_refused(name: str, pack: Any) -> None:
    packed = pack(b"some body" * 50)
    for broken in (b"", b"nonsense", packed[:-1], packed[:10], packed + b"x"):
        assert refused(name, broken) == "invalid_compression"


@pytest.mark.parametrize(("name", "pack"), [("gzip", gzip.compress), ("zstd", zstandard.compress)])
def test_no_body_grows_beyond_the_limit(name: str, pack: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "LIMIT_BYTES", 1000)
    assert decode_body(record(name, pack(bytes(1000)))) == bytes(1000)
    assert refused(name, pack(bytes(1001))) == "invalid_compression"


def test_a_codec_of_tomorrow_says_what_to_do() -> None:
    with pytest.raises(InvalidInput, match="upgrade Seiche") as caught:
        decode_body(record("lz9", b""))
    assert caught.value.reason == "unknown_codec"
