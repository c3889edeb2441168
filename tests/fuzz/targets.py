"""What is fuzzed: each target takes any bytes, and does one stretch of the line as ingest and its consumers do.

A target raises nothing: `InvalidInput` is an answer, everything else is a find. What must hold of the result is asserted here.
"""

from collections.abc import Callable
from functools import cache

import msgspec

from lake import bronze
from lake.silver_rows import to_silver
from seiche.errors import InvalidInput
from seiche.grouping import group
from seiche.model.project import ProjectConfig
from seiche.model.record import LogRecord, RecordKind, StoredRecord
from seiche.normalize import normalise, search_text
from seiche.normalize.scrub import Scrubber
from seiche.protocol import items
from seiche.protocol.batch import split
from seiche.protocol.content import decompress
from seiche.protocol.envelope import count_events, declared_events, parse
from seiche.protocol.event import gate
from seiche.protocol.store import event_json

LIMIT_BYTES = 1 << 20
CONFIG = ProjectConfig()
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


@cache
def scrubber() -> Scrubber:
    """Compiled once: it takes tens of milliseconds."""
    return Scrubber(CONFIG)


TARGETS: dict[str, Callable[[bytes], None]] = {one.__name__: one for one in (envelope, store, batch, content, event)}
