"""Files of an organization in the raw store: packed, named by their own hash, so that the same file is kept once."""

import hashlib
import re

import zstandard

from seiche.backends.raw_store import RawStore
from seiche.errors import InvalidInput, NotFound

SHA1 = re.compile(r"[0-9a-f]{40}")


def checked_sha1(text: str) -> str:
    """A checksum in lower case. Raises `InvalidInput`: it becomes part of a path."""
    lower = text.lower()
    if not SHA1.fullmatch(lower):
        raise InvalidInput(f"{text[:60]!r} is no SHA-1: 40 hex digits", reason="invalid_checksum")
    return lower


def chunk_path(organization_id: int, sha1: str) -> str:
    """Where a chunk waits for its upload to be completed."""
    return f"artifacts/{organization_id}/chunks/{sha1[:2]}/{checked_sha1(sha1)}"


def put_content(store: RawStore, organization_id: int, data: bytes) -> str:
    """Keep a file; returns its path."""
    digest = hashlib.sha256(data).hexdigest()
    path = f"artifacts/{organization_id}/files/{digest[:2]}/{digest}"
    store.put(path, zstandard.ZstdCompressor(level=3).compress(data))
    return path


def get_content(store: RawStore, path: str, *, most_bytes: int) -> bytes:
    """A file's bytes. Raises `NotFound`, `StoreUnavailable`."""
    packed = store.get(path, most_bytes=most_bytes + (1 << 20))
    try:
        return bytes(zstandard.ZstdDecompressor().decompress(packed, max_output_size=most_bytes))
    except zstandard.ZstdError as error:
        raise NotFound(f"{path} in the raw store is damaged: {error}") from error
