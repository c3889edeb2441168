"""Decompress a request's body, bounded while it unpacks: a bomb never takes more memory than the limit and one chunk.

Encodings as Sentry's relay takes them (gzip, deflate, br, zstd); deflate with the zlib wrapper (RFC 9110) and, because SDKs
get it wrong, without.
"""

import brotli
import zstandard
from isal import isal_zlib

from seiche.errors import InvalidInput

GZIP_MEMBERS = 16
"""A gzip body may be several members (RFC 1952, 2.2). No SDK sends more than one, and each costs a copy of what follows it."""
ZSTD_WINDOW_BYTES = 8 << 20
"""What RFC 9659 lets a sender of Content-Encoding: zstd ask for."""
ZSTD_STEP_BYTES = 256
"""Four bytes of zstd can stand for 128 KiB, and the library bounds no output: so it is fed at most 8 MiB worth at a time."""
BROTLI_STEP_BYTES = 1 << 20
_FLAGS, _MEMBER = 3, b"\x1f\x8b\x08"
"""Of a gzip member: where its flags are, and how it begins."""
_GZIP, _ZLIB, _RAW_DEFLATE = 16 + 15, 15, -15


def decompress(data: bytes, content_encoding: str, *, limit_bytes: int) -> bytes:
    """The body's own bytes, at most `limit_bytes` of them.

    Raises `InvalidInput`: `too_large`, `invalid_compression` (cut off, damaged, or followed by other bytes), `unsupported_encoding`.
    """
    encoding = content_encoding.strip().lower()
    if encoding in {"", "identity"}:
        return _bounded(data, limit_bytes)
    if encoding in {"gzip", "x-gzip"}:
        return _gzip(data, limit_bytes)
    if encoding == "deflate":
        return _deflate(data, limit_bytes)
    if encoding == "br":
        return _brotli(data, limit_bytes)
    if encoding == "zstd":
        return _zstd(data, limit_bytes)
    raise InvalidInput(
        f"content-encoding {content_encoding[:40]!r} is not supported: send gzip, deflate, br, zstd or none", reason="unsupported_encoding"
    )


def is_plain_gzip(data: bytes) -> bool:
    """Whether a gzip body is one member without file name, comment or extra field (RFC 1952, 2.3): then nothing is in it but its content.

    Careful: the bytes that begin a member may also stand within one.
    """
    return len(data) > _FLAGS and data[_FLAGS] == 0 and data.find(_MEMBER, 1) < 0


def _gzip(data: bytes, limit_bytes: int) -> bytes:
    found, rest = _inflate(data, _GZIP, limit_bytes, "gzip")
    if not rest:
        return found
    parts, size = [found], len(found)
    while rest:
        if len(parts) == GZIP_MEMBERS:
            raise _broken("gzip", f"it has more than {GZIP_MEMBERS} members")
        found, rest = _inflate(rest, _GZIP, limit_bytes - size, "gzip")
        parts.append(found)
        size += len(found)
    return b"".join(parts)


def _deflate(data: bytes, limit_bytes: int) -> bytes:
    wrapped = len(data) > 1 and data[0] & 0x0F == 8 and (data[0] << 8 | data[1]) % 31 == 0  # RFC 1950's header
    if wrapped:
        try:
            found, rest = _inflate(data, _ZLIB, limit_bytes, "deflate")
        except InvalidInput as error:
            # The first two bytes of raw deflate can look like a header; a true bomb or a cut-off body stays what it is.
            if error.reason == "too_large":
                raise
            try:
                found, rest = _inflate(data, _RAW_DEFLATE, limit_bytes, "deflate")
            except InvalidInput:
                raise error from None
    else:
        found, rest = _inflate(data, _RAW_DEFLATE, limit_bytes, "deflate")
    if rest:
        raise _broken("deflate", "bytes follow its end")
    return found


def _inflate(data: bytes, window: int, limit_bytes: int, name: str) -> tuple[bytes, bytes]:
    """One stream, and what follows it."""
    unpacker = isal_zlib.decompressobj(window)
    try:
        found: bytes = unpacker.decompress(data, limit_bytes + 1)
    except isal_zlib.error as error:  # type: ignore[misc] # its stub gives an instance
        raise _broken(name, str(error)) from error
    _bounded(found, limit_bytes)
    if not unpacker.eof:
        raise _broken(name, "it is cut off, or is no such stream")
    return found, unpacker.unused_data


def _brotli(data: bytes, limit_bytes: int) -> bytes:
    unpacker = brotli.Decompressor()
    parts: list[bytes] = []
    size, given = 0, data
    try:
        while not unpacker.is_finished():
            part = unpacker.process(given, output_buffer_limit=min(BROTLI_STEP_BYTES, limit_bytes + 1))
            if not part and not given:
                raise _broken("br", "it is cut off")
            given = b""
            parts.append(part)
            size += len(part)
            if size > limit_bytes:
                raise _too_large(limit_bytes)
    except brotli.error as error:
        raise _broken("br", "it is damaged, or bytes follow its end") from error
    return b"".join(parts)


def _zstd(data: bytes, limit_bytes: int) -> bytes:
    try:
        if data and zstandard.get_frame_parameters(data).content_size in range(limit_bytes + 1, zstandard.CONTENTSIZE_UNKNOWN):
            raise _too_large(limit_bytes)
        unpacker = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW_BYTES).decompressobj()
        parts: list[bytes] = []
        size = at = 0
        while at < len(data) and not unpacker.eof:
            part = unpacker.decompress(data[at : at + ZSTD_STEP_BYTES])
            at += ZSTD_STEP_BYTES
            parts.append(part)
            size += len(part)
            if size > limit_bytes:
                raise _too_large(limit_bytes)
    except zstandard.ZstdError as error:
        raise _broken("zstd", str(error)) from error
    if not unpacker.eof:
        raise _broken("zstd", "it is cut off")
    if at < len(data) or unpacker.unused_data:
        raise _broken("zstd", "bytes follow its end")
    return b"".join(parts)


def _bounded(found: bytes, limit_bytes: int) -> bytes:
    if len(found) > limit_bytes:
        raise _too_large(limit_bytes)
    return found


def _too_large(limit_bytes: int) -> InvalidInput:
    return InvalidInput(f"the body is larger than {limit_bytes} bytes after decompression", reason="too_large")


def _broken(name: str, what: str) -> InvalidInput:
    return InvalidInput(f"the body is not the {name} that content-encoding says: {what}", reason="invalid_compression")
