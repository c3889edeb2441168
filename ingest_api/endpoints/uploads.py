"""Multipart: `POST .../minidump/` (a crash file becomes an event) and `POST .../events/{event_id}/attachments/`."""

import uuid
from collections.abc import Iterable

import msgspec

from ingest_api.endpoints.refused import refused_all, refused_whole
from ingest_api.http import CORS, Answer, Body
from ingest_api.pipeline import Arrival, Declared, Format, Ports, accept
from seiche.errors import InvalidInput
from seiche.protocol import minidump as crash
from seiche.protocol.attachments import MINIDUMP, PLAIN
from seiche.protocol.envelope import Item, ItemHeader
from seiche.protocol.identifiers import event_id as usable
from seiche.protocol.multipart import Part, parts

TEXT = (b"content-type", b"text/plain; charset=utf-8")
RAW_MINIDUMPS = frozenset({"application/octet-stream", "application/x-dmp", "application/x-minidump", ""})


async def minidump(arrival: Arrival, body: Body, ports: Ports) -> Answer:
    """200 with the event's id as text, hyphenated: what Crashpad and Breakpad read."""
    accepted = await accept(arrival, body, MINIDUMPS, ports)
    if refused_all(accepted):
        return refused_whole(accepted)
    return Answer(200, str(uuid.UUID(accepted.event_id)).encode(), (TEXT, *CORS))


async def attachments(arrival: Arrival, body: Body, ports: Ports) -> Answer:
    """201 with the event's id; the event may come before or after."""
    accepted = await accept(arrival, body, FILES, ports)
    if refused_all(accepted):
        return refused_whole(accepted)
    return Answer(201, msgspec.json.encode({"id": accepted.event_id}))


def take_minidump(raw: bytes, arrival: Arrival) -> Declared:
    """Raises `InvalidInput` where there is no minidump in it."""
    media_type = arrival.content_type.partition(";")[0].strip().lower()
    alone = media_type in RAW_MINIDUMPS
    found = [Part(crash.FILE_FIELD, "minidump.dmp", "", raw)] if alone else parts(raw, arrival.content_type)
    dump = next((part for part in found if part.name == crash.FILE_FIELD), None)
    if dump is None:
        raise InvalidInput(f"the form has no file {crash.FILE_FIELD}", reason="invalid_minidump")
    if not crash.is_minidump(dump.data):
        raise InvalidInput("the file is no minidump: it does not begin with MDMP", reason="invalid_minidump")
    told = crash.told(part for part in found if part.filename is None and part is not dump)
    event_id = usable(told.get("event_id")) or uuid.uuid4().hex
    items = [_item(dump, MINIDUMP, "minidump.dmp"), *_files(part for part in found if part.filename is not None and part is not dump)]
    return Declared(events=(crash.crash_event(MINIDUMP, told),), event_id=event_id, items=items)


def take_files(raw: bytes, arrival: Arrival) -> Declared:
    """Raises `InvalidInput` where it is no form, or holds no file."""
    items = _files(part for part in parts(raw, arrival.content_type) if part.filename is not None)
    if not items:
        raise InvalidInput("the form holds no file", reason="invalid_multipart")
    return Declared(events=(), event_id=usable(arrival.event_id), items=items)


def _files(found: Iterable[Part]) -> list[Item]:
    return [_item(part, PLAIN, part.name) for part in found]


def _item(part: Part, attachment_type: str, name: str) -> Item:
    header = ItemHeader(content_type=part.content_type, filename=part.filename or name, attachment_type=attachment_type)
    return Item("attachment", header, memoryview(part.data))


MINIDUMPS = Format(take_minidump)
FILES = Format(take_files, category="attachment")
