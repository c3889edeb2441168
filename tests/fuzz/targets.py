"""What is fuzzed: each target takes any bytes, and does one stretch of the line as ingest and its consumers do.

A target raises nothing: `InvalidInput` is an answer, everything else is a find. What must hold of the result is asserted here.
"""

import contextlib
import io
from collections.abc import Callable
from functools import cache

import msgspec

from lake import bronze
from lake.silver_rows import to_silver
from seiche.artifacts.bundle import entries, mappings, open_bundle
from seiche.artifacts.maps import parsed_source_map
from seiche.errors import InvalidInput
from seiche.grouping import group
from seiche.model.project import ProjectConfig
from seiche.model.record import LogRecord, RecordKind, StoredRecord
from seiche.normalize import normalise, search_text
from seiche.normalize.scrub import Scrubber
from seiche.protocol import attachments, items, minidump, security, sessions
from seiche.protocol.batch import split
from seiche.protocol.content import decompress
from seiche.protocol.envelope import count_events, declared_events, parse
from seiche.protocol.event import gate
from seiche.protocol.multipart import MAX_PARTS, parts
from seiche.protocol.store import event_json
from seiche.settings import ArtifactSettings
from seiche.symbolicate.artifacts import Missing

LIMIT_BYTES = 1 << 20
CONFIG = ProjectConfig()
UPLOADS = ArtifactSettings(unpacked_bytes=LIMIT_BYTES, file_bytes=LIMIT_BYTES >> 2, bundle_files=20)
ENCODINGS = ("gzip", "deflate", "br", "zstd")


def envelope(data: bytes) -> None:
    """Framing: payloads lie inside the body, in order, and the count of a refused one is never below zero."""
    try:
        found = parse(data)
    except InvalidInput:
        assert declared_events(data) >= 0
        return
    assert count_events(found.items) == declared_events(data) or len(found.items) > 1
    for item in found.items:
        assert bytes(item.payload) in data
        if items.disposition(item.type) is items.Disposition.TALLY:
            items.client_report(item.payload)


def store(data: bytes) -> None:
    """One event's JSON, base64, or a form; with every content type."""
    for content_type in ("", "application/x-www-form-urlencoded"):
        try:
            event_json(data, content_type, limit_bytes=LIMIT_BYTES)
        except InvalidInput:
            continue


def batch(data: bytes) -> None:
    """Every part of a batch is JSON of its own."""
    try:
        parts = split(data)
    except InvalidInput:
        return
    for part in parts:
        msgspec.json.decode(part, type=msgspec.Raw)


def content(data: bytes) -> None:
    """Compression; the first byte chooses which."""
    if not data:
        return
    try:
        found = decompress(data[1:], ENCODINGS[data[0] % len(ENCODINGS)], limit_bytes=LIMIT_BYTES)
    except InvalidInput:
        return
    assert len(found) <= LIMIT_BYTES


def event(data: bytes) -> None:
    """Gate, scrub, record, normalise, group: what passes the gate is never lost behind it, and is scrubbed JSON still."""
    try:
        gate(data, limit_bytes=LIMIT_BYTES)
        scrubbed = scrubber().scrub(data)
    except InvalidInput:
        return
    gate(scrubbed, limit_bytes=2 * LIMIT_BYTES)
    assert scrubber().scrub(scrubbed) == scrubbed
    record = LogRecord(
        kind=RecordKind.EVENT, received_at_us=1_764_000_000_000_000, project_id=1, event_id="a" * 32, client_ip="192.0.2.1", body=scrubbed
    )
    found, brief = normalise(scrubbed, record, CONFIG), normalise(scrubbed, record, CONFIG, details=False)
    grouping = group(found, CONFIG)
    assert group(brief, CONFIG) == grouping
    assert (brief.tags, brief.user.key, search_text(brief, grouping)) == (found.tags, found.user.key, search_text(found, grouping))
    msgspec.json.decode(msgspec.json.encode(found), type=type(found))
    row = to_silver(bronze.to_table([StoredRecord(0, 0, record)]), set(), lambda _project, _version: CONFIG)
    assert row["unprocessable"].null_count == 1, row["unprocessable"].to_pylist()


def session(data: bytes) -> None:
    """Both kinds: what is kept can be read as rows, within bounds, and names nobody."""
    for kind in sorted(sessions.TYPES):
        try:
            kept = sessions.anonymous(kind, data, project_id=1)
        except InvalidInput:
            continue
        found = sessions.rows(kind, kept)
        assert len(found) <= sessions.MOST_AGGREGATES
        for row in found:
            assert min(row.seq, row.errors, row.exited, row.errored, row.crashed, row.abnormal) >= 0
            assert len(row.did) in {0, 24}
        assert len(kept) <= 4096 + 512 * sessions.MOST_AGGREGATES


def form(data: bytes) -> None:
    """A multipart form with the boundary `b`: parts lie inside the body, and make an event that the gate takes."""
    try:
        found = parts(data, "multipart/form-data; boundary=b")
        told = minidump.told(part for part in found if part.filename is None)
    except InvalidInput:
        return
    assert len(found) <= MAX_PARTS
    for part in found:
        assert bytes(part.data) in data
        attachments.file_name(part.filename or "")
    gate(minidump.crash_event("event.minidump", told), limit_bytes=4 * LIMIT_BYTES)


def report(data: bytes) -> None:
    """What browsers report by themselves: every one becomes an event that the gate takes."""
    try:
        found = security.events(data, told={"release": "a@1"}, user_agent="Mozilla/5.0")
    except InvalidInput:
        return
    for one in found:
        gate(one, limit_bytes=4 * LIMIT_BYTES)


def sourcemap(data: bytes) -> None:
    """A map, and the minified file before it, parted by a zero byte: it is read, or said to be unreadable; a look-up answers."""
    minified, _, source_map = data.rpartition(b"\0")
    found = parsed_source_map(minified, source_map, "fuzz.js.map")
    if isinstance(found, Missing):
        return
    for line, column in ((1, 1), (1, 40), (2, 7), (1 << 31, 1 << 31), (1 << 33, 1)):
        found.lookup(line, column)


def bundle(data: bytes) -> None:
    """An upload of sentry-cli: files within their bounds, or a refusal."""
    with contextlib.suppress(InvalidInput):
        archive, manifest = open_bundle(io.BytesIO(data), UPLOADS)
        for entry in entries(archive, manifest, UPLOADS):
            assert len(entry.data) <= UPLOADS.file_bytes
    with contextlib.suppress(InvalidInput):
        for _, mapping in mappings(io.BytesIO(data), UPLOADS):
            assert len(mapping) <= UPLOADS.file_bytes


@cache
def scrubber() -> Scrubber:
    """Compiled once: it takes tens of milliseconds."""
    return Scrubber(CONFIG)


TARGETS: dict[str, Callable[[bytes], None]] = {
    one.__name__: one for one in (envelope, store, batch, content, event, session, form, report, sourcemap, bundle)
}
