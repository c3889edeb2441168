"""A request's body, read and decompressed within a bound."""

import zlib
from collections.abc import Mapping
from typing import Any, BinaryIO

from seiche.errors import InvalidInput

BODY_BYTES = 256 << 20
"""Of the body as sent and of what it unpacks to: an insert of the pipeline holds at most a few thousand rows."""
_LINE_BYTES = 1024


def read_body(stream: BinaryIO, headers: Mapping[str, str], *, limit_bytes: int = BODY_BYTES) -> bytes:
    """The whole decompressed body. Raises `InvalidInput` past the bound, on a broken stream and on an unknown encoding."""
    if "chunked" in headers.get("Transfer-Encoding", "").lower():
        raw = _read_chunked(stream, limit_bytes)
    else:
        try:
            length = int(headers.get("Content-Length") or 0)
        except ValueError as error:
            raise InvalidInput("Content-Length is not a number", reason="bad_length") from error
        _within(length, limit_bytes)
        raw = stream.read(length)
        if len(raw) != length:
            raise InvalidInput("the body ended early", reason="truncated_body")
    return _decompress(raw, headers.get("Content-Encoding", "").lower(), limit_bytes)


def _within(size_bytes: int, limit_bytes: int) -> None:
    if not 0 <= size_bytes <= limit_bytes:
        raise InvalidInput(f"the body holds more than {limit_bytes} bytes: send fewer rows at once", reason="too_large")


def _read_chunked(stream: BinaryIO, limit_bytes: int) -> bytes:
    body = bytearray()
    while True:
        try:
            size = int(stream.readline(_LINE_BYTES).split(b";")[0], 16)
        except ValueError as error:
            raise InvalidInput("a chunk's size is not a hexadecimal number", reason="bad_chunk") from error
        _within(len(body) + size, limit_bytes)
        chunk = stream.read(size)
        if len(chunk) != size:
            raise InvalidInput("the body ended early", reason="truncated_body")
        body += chunk
        stream.readline(_LINE_BYTES)
        if size == 0:
            return bytes(body)


def _decompress(raw: bytes, encoding: str, limit_bytes: int) -> bytes:
    if not encoding or encoding == "identity":
        return raw
    try:
        unpacked = _unpack(raw, encoding, limit_bytes + 1)
    except Exception as error:  # lz4, zstandard and zlib each raise their own
        raise InvalidInput(f"the body is not {encoding}: {error}", reason="bad_encoding") from error
    _within(len(unpacked), limit_bytes)
    return unpacked


def _unpack(raw: bytes, encoding: str, at_most: int) -> bytes:
    if encoding == "lz4":
        import lz4.frame

        return _frames(raw, lz4.frame.LZ4FrameDecompressor, at_most)
    if encoding == "zstd":
        import zstandard

        with zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True) as reader:
            return bytes(reader.read(at_most))
    if encoding in {"gzip", "deflate"}:
        return zlib.decompressobj(47).decompress(raw, at_most)
    raise ValueError("unknown Content-Encoding; use lz4, zstd, gzip or deflate")


def _frames(raw: bytes, decompressor: Any, at_most: int) -> bytes:
    """clickhouse-connect sends one lz4 frame a block."""
    unpacked = bytearray()
    while raw and len(unpacked) < at_most:
        frame = decompressor()
        unpacked += frame.decompress(raw, at_most - len(unpacked))
        if not frame.eof:
            if len(unpacked) < at_most:
                raise ValueError("the last frame ended early")
            break
        raw = frame.unused_data or b""
    return bytes(unpacked)
