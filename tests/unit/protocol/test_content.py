"""Decompression: every encoding, every way to break it, and bombs."""

import gzip
import tracemalloc
import zlib
from collections.abc import Callable

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from seiche.errors import InvalidInput
from seiche.protocol.content import GZIP_MEMBERS, decompress

LIMIT = 1 << 20


def raw_deflate(body: bytes) -> bytes:
    return zlib.compress(body, wbits=-15)


def zstd_stream(body: bytes) -> bytes:
    """Without the content's size in the frame's header, as streaming clients send it."""
    packer = zstandard.ZstdCompressor().compressobj()
    return packer.compress(body) + packer.flush()


def two_members(body: bytes) -> bytes:
    return gzip.compress(body[: len(body) // 2]) + gzip.compress(body[len(body) // 2 :])


PACKERS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress),
    "x-gzip": ("x-gzip", gzip.compress),
    "gzip in two members": ("gzip", two_members),
    "deflate with the zlib wrapper": ("deflate", zlib.compress),
    "deflate without": ("deflate", raw_deflate),
    "br": ("br", brotli.compress),
    "zstd": ("zstd", zstandard.compress),
    "zstd of unknown size": ("zstd", zstd_stream),
}
every_packer = pytest.mark.parametrize(("encoding", "pack"), PACKERS.values(), ids=PACKERS.keys())


def refused(data: bytes, encoding: str, limit_bytes: int = LIMIT) -> str:
    with pytest.raises(InvalidInput) as caught:
        decompress(data, encoding, limit_bytes=limit_bytes)
    return caught.value.reason


@every_packer
@given(body=st.binary(max_size=5000), times=st.integers(1, 40))
def test_what_was_packed_comes_back(encoding: str, pack: Callable[[bytes], bytes], body: bytes, times: int) -> None:
    assert decompress(pack(body * times), encoding, limit_bytes=LIMIT) == body * times


@pytest.mark.parametrize("encoding", ["", "identity", " Identity "])
def test_identity(encoding: str) -> None:
    assert decompress(b"as it is", encoding, limit_bytes=8) == b"as it is"
    assert refused(b"as it is", encoding, 7) == "too_large"


def test_the_encoding_may_be_written_in_capitals() -> None:
    assert decompress(gzip.compress(b"x"), " GZip ", limit_bytes=LIMIT) == b"x"


@pytest.mark.parametrize("encoding", ["gzip, br", "compress", "zip", "\xff" * 1000])
def test_unknown_encodings_are_refused(encoding: str) -> None:
    assert refused(b"x", encoding) == "unsupported_encoding"


@every_packer
def test_the_limit_is_exact(encoding: str, pack: Callable[[bytes], bytes]) -> None:
    body = b"0123456789" * 1000
    assert decompress(pack(body), encoding, limit_bytes=len(body)) == body
    assert refused(pack(body), encoding, len(body) - 1) == "too_large"


@every_packer
def test_cut_off_anywhere_is_refused(encoding: str, pack: Callable[[bytes], bytes]) -> None:
    packed = pack(bytes(range(256)) * 3)
    accepted = [end for end in range(len(packed)) if not isinstance(_attempt(packed[:end], encoding), InvalidInput)]
    # A gzip body cut between two members is a whole body.
    assert accepted == ([_first_member(packed)] if pack is two_members else [])


def _first_member(packed: bytes) -> int:
    unpacker = zlib.decompressobj(31)
    unpacker.decompress(packed)
    return len(packed) - len(unpacker.unused_data)


def _attempt(data: bytes, encoding: str) -> bytes | InvalidInput:
    try:
        return decompress(data, encoding, limit_bytes=LIMIT)
    except InvalidInput as error:
        return error


@every_packer
@pytest.mark.parametrize("junk", [b"x", b"\0", b"\n", b"junk" * 1000])
@pytest.mark.parametrize("size", [10, 100_000])
def test_bytes_after_the_end_are_refused(encoding: str, pack: Callable[[bytes], bytes], junk: bytes, size: int) -> None:
    assert refused(pack(b"y" * size) + junk, encoding) == "invalid_compression"


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd"])
def test_a_wrong_checksum_is_refused(encoding: str) -> None:
    checked = zstandard.ZstdCompressor(write_checksum=True).compress
    packed = bytearray({"gzip": gzip.compress, "deflate": zlib.compress, "zstd": checked}[encoding](b"some body" * 20))
    packed[-6 if encoding == "gzip" else -2] ^= 1
    assert refused(bytes(packed), encoding) == "invalid_compression"


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
@given(data=st.binary(max_size=300))
def test_arbitrary_bytes_only_ever_raise_invalid_input(encoding: str, data: bytes) -> None:
    _attempt(data, encoding)


@every_packer
@given(data=st.data())
def test_a_damaged_byte_only_ever_raises_invalid_input(encoding: str, pack: Callable[[bytes], bytes], data: st.DataObject) -> None:
    packed = bytearray(pack(b"a body with some text in it, " * 30))
    packed[data.draw(st.integers(0, len(packed) - 1))] = data.draw(st.integers(0, 255))
    _attempt(bytes(packed), encoding)


@every_packer
def test_a_bomb_takes_no_more_memory_than_the_limit_and_a_chunk(encoding: str, pack: Callable[[bytes], bytes]) -> None:
    bomb = pack(bytes(64 << 20))
    tracemalloc.start()
    try:
        assert refused(bomb, encoding) == "too_large"
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # zstd's chunk is up to 8 MiB, twice while it is joined; the others' are one.
    assert peak < (18 << 20 if encoding == "zstd" else 5 << 20)


def test_a_gzip_of_endless_members_is_refused() -> None:
    member = gzip.compress(b"x")
    assert decompress(member * GZIP_MEMBERS, "gzip", limit_bytes=LIMIT) == b"x" * GZIP_MEMBERS
    assert refused(member * (GZIP_MEMBERS + 1), "gzip") == "invalid_compression"
    assert refused(member * 100_000, "gzip") == "invalid_compression"


def test_members_share_one_limit() -> None:
    assert refused(gzip.compress(b"x" * 600) * 2, "gzip", 1000) == "too_large"


def test_raw_deflate_that_looks_like_the_wrapper_is_read() -> None:
    # A stored block whose first bytes happen to be 0x78 0x9c cannot exist (its type bits differ); a fixed one of 0x08 0x1d can.
    found = [body for body in (bytes([a, b]) for a in range(256) for b in range(256)) if _looks_wrapped(raw_deflate(body))]
    assert all(decompress(raw_deflate(body), "deflate", limit_bytes=LIMIT) == body for body in found)
    stored = b"\x00\x05\x00\xfa\xffhello\x01\x00\x00\xff\xff"
    assert decompress(stored, "deflate", limit_bytes=LIMIT) == b"hello"


def _looks_wrapped(packed: bytes) -> bool:
    return packed[0] & 0x0F == 8 and (packed[0] << 8 | packed[1]) % 31 == 0


def test_a_zstd_window_beyond_eight_megabytes_is_refused() -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=27, write_content_size=False)
    packer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    assert refused(packer.compress(b"x" * 100_000) + packer.flush(), "zstd") == "invalid_compression"


def test_a_zstd_frame_that_lies_about_its_size_is_refused() -> None:
    assert refused(zstandard.compress(b"x" * 10_000), "zstd", 9999) == "too_large"
    lying = bytearray(zstandard.compress(b"x" * 1000))
    lying[5] ^= 0x10
    assert refused(bytes(lying), "zstd") == "invalid_compression"


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
def test_an_empty_body_is_no_stream(encoding: str) -> None:
    assert refused(b"", encoding) == "invalid_compression"
