"""An artifact bundle, the zip that sentry-cli makes: its manifest and its files, bounded in number and size.

Names in the zip are looked up and never used as paths, so that none can lead anywhere.
"""

import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, Any

import msgspec

from seiche.errors import InvalidInput
from seiche.normalize.event import debug_id
from seiche.settings import ArtifactSettings

MANIFEST_BYTES = 32 << 20
DIRECTORY_BYTES = 16 << 20
"""Of the zip's own list of files: reading it costs memory before anything can be counted."""
END_OF_DIRECTORY = b"PK\x05\x06"
KINDS = {"minified_source": "minified", "source_map": "source_map"}
"""Other types (sources beside the map, RAM bundles) are not applied, and not kept."""
TAIL_BYTES = 4096
DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, NotImplementedError, ValueError, EOFError)
"""What `zipfile` raises, by where a zip is damaged."""
REFERENCE = re.compile(rb"(?:^|\n)[ \t]*//[#@] ?sourceMappingURL=(\S+)[ \t]*(?:\r?\n|$)")
DEBUG_ID_COMMENT = re.compile(rb"//# debugId=([0-9a-fA-F-]{32,36})")
INLINE = "data:"
URL_CHARACTERS = 1024


class Entry(msgspec.Struct, frozen=True):
    """One file that is worth keeping."""

    kind: str
    url: str
    debug_id: str
    source_map: str
    """How a minified file names its map; `data:` where the map is in the file itself."""
    data: bytes


class _File(msgspec.Struct):
    type: str = ""
    url: str = ""
    headers: dict[str, str] = {}


class Manifest(msgspec.Struct):
    """`manifest.json`: release and dist are empty where only debug ids count."""

    files: dict[str, _File] = {}
    release: str | None = None
    dist: str | None = None


class _Ids(msgspec.Struct):
    debug_id: Any = None
    debugId: Any = None  # noqa: N815 - the standard's name beside the older one


def open_bundle(file: IO[bytes], limits: ArtifactSettings) -> tuple[zipfile.ZipFile, Manifest]:
    """Raises `InvalidInput` that says what is wrong with it."""
    _check_directory(file)
    try:
        archive = zipfile.ZipFile(file)
        manifest = msgspec.json.decode(_read(archive, "manifest.json", MANIFEST_BYTES), type=Manifest)
    except DAMAGED as error:
        if isinstance(error, msgspec.MsgspecError):
            raise InvalidInput(f"the bundle's manifest.json is not usable: {error}", reason="invalid_manifest") from error
        raise InvalidInput(f"the bundle is no usable zip: {error}", reason="invalid_zip") from error
    if len(manifest.files) > limits.bundle_files:
        raise InvalidInput(f"the bundle has {len(manifest.files)} files, at most {limits.bundle_files} are taken", reason="too_many_files")
    return archive, manifest


def entries(archive: zipfile.ZipFile, manifest: Manifest, limits: ArtifactSettings) -> Iterator[Entry]:
    """Every minified file and source map. Raises `InvalidInput` for a file that is missing, damaged or too large."""
    left = limits.unpacked_bytes
    for name, file in manifest.files.items():
        kind = KINDS.get(file.type)
        if kind is None:
            continue
        try:
            data = _read(archive, name, min(left, limits.file_bytes))
        except DAMAGED as error:
            raise InvalidInput(f"{name[:200]!r} in the bundle is damaged: {error}", reason="invalid_zip") from error
        left -= len(data)
        headers = {key.lower(): value for key, value in file.headers.items()}
        named = headers.get("sourcemap") or headers.get("x-sourcemap") or ""
        found = debug_id(headers.get("debug-id")) or _own_debug_id(kind, data)
        reference = _reference(named, data) if kind == "minified" else ""
        yield Entry(kind, (file.url or name)[:URL_CHARACTERS], found, reference, data)


def mappings(file: IO[bytes], limits: ArtifactSettings) -> list[tuple[str, bytes]]:
    """(name, bytes) of the ProGuard mappings in the zip that sentry-cli 2.x sends. Raises `InvalidInput`."""
    _check_directory(file)
    found, left = [], limits.unpacked_bytes
    try:
        with zipfile.ZipFile(file) as archive:
            for name in [name for name in archive.namelist() if name.startswith("proguard/")][: limits.bundle_files]:
                data = _read(archive, name, min(left, limits.file_bytes))
                left -= len(data)
                found.append((name.rsplit("/", 1)[1], data))
    except DAMAGED as error:
        raise InvalidInput(f"the upload is no usable zip: {error}", reason="invalid_zip") from error
    if not found:
        raise InvalidInput("the upload holds no ProGuard mapping: native debug files are not taken", reason="empty_bundle")
    return found


def inline_map(minified: bytes) -> bytes | None:
    """The map that a file carries in itself; None where it carries none or none that can be read."""
    import base64
    import urllib.parse

    found = REFERENCE.findall(minified)
    if not found or not found[-1].startswith(INLINE.encode()):
        return None
    head, _, body = found[-1].partition(b",")
    try:
        return base64.b64decode(body) if head.endswith(b";base64") else urllib.parse.unquote_to_bytes(body)
    except ValueError:
        return None


def _reference(header: str, data: bytes) -> str:
    if header:
        return header[:URL_CHARACTERS]
    # The last line names it. A map inside the file makes that line as long as the map.
    found = REFERENCE.findall(data[-TAIL_BYTES:]) or (REFERENCE.findall(data) if b"sourceMappingURL=data:" in data else [])
    if not found:
        return ""
    text = found[-1].decode("utf-8", "replace")
    return INLINE if text.startswith(INLINE) else text[:URL_CHARACTERS]


def _own_debug_id(kind: str, data: bytes) -> str:
    """What the file says of itself, where the manifest says nothing."""
    if kind == "minified":
        found = DEBUG_ID_COMMENT.findall(data[-TAIL_BYTES:])
        return debug_id(found[-1].decode()) if found else ""
    try:
        ids = msgspec.json.decode(data, type=_Ids)
    except (msgspec.MsgspecError, RecursionError):
        return ""  # applying it will say what is wrong with it
    return debug_id(ids.debug_id) or debug_id(ids.debugId)


def _read(archive: zipfile.ZipFile, name: str, most_bytes: int) -> bytes:
    try:
        info = archive.getinfo(name)
    except KeyError:
        raise InvalidInput(f"the bundle lacks {name[:200]!r}, which its manifest lists", reason="missing_file") from None
    if info.flag_bits & 1:
        raise InvalidInput(f"{name[:200]!r} in the bundle is encrypted", reason="invalid_zip")
    with archive.open(info) as source:
        data = source.read(most_bytes + 1)  # what the zip says of its size may be a lie
    if len(data) > most_bytes:
        raise InvalidInput(f"{name[:200]!r} in the bundle is too large: unpacked more than {most_bytes} bytes", reason="too_large")
    return data


def _check_directory(file: IO[bytes]) -> None:
    """Refuse a zip whose list of files is itself a bomb."""
    size = file.seek(0, 2)
    file.seek(max(0, size - (1 << 16) - 22))
    tail = file.read()
    at = tail.rfind(END_OF_DIRECTORY)
    if at < 0 or len(tail) - at < 22:
        raise InvalidInput("the upload is no zip: it has no directory at its end", reason="invalid_zip")
    (directory_bytes,) = struct.unpack_from("<L", tail, at + 12)
    if directory_bytes > DIRECTORY_BYTES:
        raise InvalidInput(f"the zip's directory has {directory_bytes} bytes, at most {DIRECTORY_BYTES} are read", reason="too_many_files")
    file.seek(0)
