"""Sentry's envelope: a line of JSON, then items of a line of JSON and a payload each.

    Envelope = Headers { "\\n" Item } [ "\\n" ]        Item = Headers "\\n" Payload

Headers are one line of UTF-8 JSON. A payload is `length` bytes long, or runs to the next newline. Only "\\n" is a newline: a "\\r"
before it belongs to the line or the payload. Items of unknown types are framed like all others; unknown attributes are ignored.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from seiche.errors import InvalidInput
from seiche.protocol.identifiers import event_id
from seiche.protocol.timestamps import sent_at_us

MAX_ITEMS = 1000
COUNTED_ITEMS = 10 * MAX_ITEMS
HEADER_BYTES = 64 << 10
"""Of one header line: a trace header may carry 8 KiB of baggage."""
TYPE_LIMIT = 64
_TEXT_LIMIT = 1024


class ItemHeader(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the server reads of an item's header; attributes of an unexpected type count as absent."""

    content_type: str = ""
    filename: str = ""
    attachment_type: str = ""
    platform: str = ""
    item_count: int | None = None
    """How many payloads a container (`log`) holds."""


class Item(msgspec.Struct, frozen=True):
    """One item; `payload` is a view of the request's body, so keep it no longer than the request."""

    type: str
    header: ItemHeader
    payload: memoryview
    start: int = 0
    """Where in the request's body the payload begins."""


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """A framed envelope; payloads are not looked into."""

    event_id: str
    """32 lowercase hex digits, or "". It wins over the payload's own (Sentry's rule): see `single_event_id`."""
    sent_at_us: int | None
    dsn: str
    sdk_name: str
    sdk_version: str
    items: tuple[Item, ...]

    @property
    def single_event_id(self) -> str:
        """`event_id` where the envelope holds at most one event, else "": several events cannot share one id."""
        return self.event_id if count_events(self.items) <= 1 else ""


class _EnvelopeLine(msgspec.Struct, gc=False):
    event_id: Any = None
    sent_at: Any = None
    dsn: Any = None
    sdk: Any = None


class _ItemLine(msgspec.Struct, gc=False):
    type: Any = None
    length: Any = None
    content_type: Any = None
    filename: Any = None
    attachment_type: Any = None
    platform: Any = None
    item_count: Any = None


_ENVELOPE_LINE = msgspec.json.Decoder(_EnvelopeLine)
_ITEM_LINE = msgspec.json.Decoder(_ItemLine)


def parse(raw: bytes, *, max_items: int = MAX_ITEMS) -> Envelope:
    """The envelope in `raw`. Raises `InvalidInput`: `invalid_envelope`, `invalid_event_id` or `too_many_items`."""
    if not raw:
        raise _malformed("it is empty")
    line, start = _line(raw, 0, "the envelope's header")
    header = _decoded(_ENVELOPE_LINE, line, "the envelope's header")
    sdk = header.sdk if isinstance(header.sdk, dict) else {}
    return Envelope(
        event_id=event_id(header.event_id),
        sent_at_us=sent_at_us(header.sent_at),
        dsn=_text(header.dsn),
        sdk_name=_text(sdk.get("name")),
        sdk_version=_text(sdk.get("version")),
        items=tuple(_items(raw, start, max_items)),
    )


def count_events(items: Iterable[Item]) -> int:
    """How many events the envelope declares: what the accounting counts as received."""
    return sum(item.type == "event" for item in items)


def declared_events(raw: bytes) -> int:
    """How many event items a refused envelope declares before its first fault, the faulty one included where its type was read.

    Looks at `COUNTED_ITEMS` items at most: an envelope of millions is an attack, and must not cost seconds.
    """
    found = looked_at = 0
    try:
        _, start = _line(raw, 0, "")
        while start < len(raw) and looked_at < COUNTED_ITEMS:
            looked_at += 1
            line, start = _line(raw, start, "")
            header: _ItemLine = _decoded(_ITEM_LINE, line, "")
            found += header.type == "event"
            _, start = _payload(raw, start, header.length, "")
    except InvalidInput:
        pass  # the caller has refused it already; only the number is wanted
    return found


def _items(raw: bytes, start: int, max_items: int) -> Iterator[Item]:
    number, view = 0, memoryview(raw)
    while start < len(raw):
        if raw[start] in b"\r\n" and not raw[start : start + 64].strip(b"\r\n") and len(raw) - start <= 64:
            return  # blank lines at the end: hand-made clients send them
        number += 1
        if number > max_items:
            raise InvalidInput(f"the envelope holds more than {max_items} items: send several envelopes", reason="too_many_items")
        line, start = _line(raw, start, f"the header of item {number}")
        header: _ItemLine = _decoded(_ITEM_LINE, line, f"the header of item {number}")
        kind = header.type
        if not isinstance(kind, str) or not 0 < len(kind) <= TYPE_LIMIT:
            raise _malformed(f"the header of item {number} has no type, or one that is no text of {TYPE_LIMIT} characters at most")
        end, after = _payload(raw, start, header.length, f"item {number} ({kind!r})")
        yield Item(kind, _header(header), view[start:end], start)
        start = after


def _line(raw: bytes, start: int, name: str) -> tuple[bytes, int]:
    """The line that begins at `start`, and where the next begins."""
    end = raw.find(b"\n", start, start + HEADER_BYTES + 1)
    if end < 0:
        end = len(raw)
        if end - start > HEADER_BYTES:
            raise _malformed(f"{name} is longer than {HEADER_BYTES} bytes")
    return raw[start:end], min(end + 1, len(raw))


def _decoded(decoder: msgspec.json.Decoder[Any], line: bytes, name: str) -> Any:
    try:
        line.decode()  # msgspec does not look at bytes that it skips
        return decoder.decode(line)
    except UnicodeDecodeError as error:
        raise _malformed(f"{name} is not UTF-8 at byte {error.start}") from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise _malformed(f"{name} is not a JSON object: {error}") from error


def _payload(raw: bytes, start: int, length: Any, name: str) -> tuple[int, int]:
    """Where the payload that begins at `start` ends, and where the next item begins."""
    if length is None:
        end = raw.find(b"\n", start)
        return (end, end + 1) if end >= 0 else (len(raw), len(raw))
    if not isinstance(length, int) or isinstance(length, bool) or length < 0:
        raise _malformed(f"{name} has a length that is not a number of bytes")
    end = start + length
    if end > len(raw):
        raise _malformed(f"{name} ends too early: its length is {length}, {len(raw) - start} bytes are left")
    if end < len(raw) and raw[end] != 0x0A:
        raise _malformed(f"{name} is not followed by a newline after its {length} bytes")
    return end, min(end + 1, len(raw))


def _header(line: _ItemLine) -> ItemHeader:
    count = line.item_count
    return ItemHeader(
        content_type=_text(line.content_type),
        filename=_text(line.filename),
        attachment_type=_text(line.attachment_type),
        platform=_text(line.platform),
        item_count=count if isinstance(count, int) and not isinstance(count, bool) and 0 <= count < 2**31 else None,
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) and len(value) <= _TEXT_LIMIT else ""


def _malformed(what: str) -> InvalidInput:
    return InvalidInput(f"the envelope is malformed: {what}", reason="invalid_envelope")
