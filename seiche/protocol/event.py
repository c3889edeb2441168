"""The gate of one event: what later stages rely on is checked here, once; all else they mend themselves.

After it: UTF-8, one JSON object, no deeper than `MAX_DEPTH`, no larger than asked, with an event id or none. NaN, Infinity and
halves of surrogate pairs pass: SDKs send them, and `seiche.normalize` replaces them.
"""

import json
from typing import Any

import msgspec

from seiche.errors import InvalidInput
from seiche.protocol.depth import confined, deeper_than
from seiche.protocol.identifiers import event_id

MAX_DEPTH = 128
"""Levels of objects and lists. SDKs cut at 3 to 10."""


class Unread(msgspec.Struct, gc=False):
    """Members at an event's top that scrubbing leaves as they are, as their bytes stand in it; empty where there is none."""

    meta: msgspec.Raw = msgspec.field(name="_meta", default=msgspec.Raw())
    debug_meta: msgspec.Raw = msgspec.Raw()
    sdk: msgspec.Raw = msgspec.Raw()
    modules: msgspec.Raw = msgspec.Raw()


class Gate(msgspec.Struct, frozen=True, gc=False):
    """What ingest needs of an event that may pass."""

    event_id: str
    """32 lowercase hex digits, or "" where nothing names one: then ingest makes it."""
    type: str = ""
    """Of the event: "" or `error` for errors; `transaction`, `csp`, ... where SDKs say so."""
    unread: Unread | None = None
    """None where only the standard library can read the event."""


class _Wire(Unread, gc=False):
    event_id: Any = None
    type: Any = None


_WIRE = msgspec.json.Decoder(_Wire)


def gate(raw: bytes | memoryview, *, fallback_event_id: str = "", envelope_event_id: str = "", limit_bytes: int) -> Gate:
    """Let one event's JSON pass.

    The id is `envelope_event_id` where given (Sentry's rule: the envelope's header wins), else the event's own, else
    `fallback_event_id`. Raises `InvalidInput`: `too_large`, `invalid_utf8`, `invalid_json`, `too_deep`, `invalid_event_id`.
    """
    if len(raw) > limit_bytes:
        raise InvalidInput(f"the event has {len(raw)} bytes, {limit_bytes} are allowed", reason="too_large")
    readable = True
    try:
        str(raw, "utf-8")  # msgspec does not look at bytes that it skips
        wire = confined(_WIRE.decode, raw, MAX_DEPTH)
        shallow = wire is not None
        if wire is None:
            wire = _WIRE.decode(raw)
    except UnicodeDecodeError as error:
        raise InvalidInput(f"the event is not UTF-8: {error.reason} at byte {error.start}", reason="invalid_utf8") from error
    except RecursionError as error:
        raise _too_deep() from error
    except msgspec.DecodeError:
        wire, shallow, readable = _tolerant(raw), False, False
    if not shallow and deeper_than(bytes(raw), MAX_DEPTH):
        raise _too_deep()
    own = "" if envelope_event_id else event_id(wire.event_id)
    kind = wire.type if isinstance(wire.type, str) and len(wire.type) <= 64 else ""
    return Gate(envelope_event_id or own or fallback_event_id, kind, wire if readable else None)


def _tolerant(raw: bytes | memoryview) -> _Wire:
    """What the standard library takes and msgspec does not: NaN, Infinity, halves of surrogate pairs, numbers out of range."""
    try:
        tree = json.loads(str(raw, "utf-8"))  # of bytes it would guess the encoding, and take UTF-16
    except RecursionError as error:
        raise _too_deep() from error
    except ValueError as error:
        raise InvalidInput(f"the event is not JSON: {error}", reason="invalid_json") from error
    if not isinstance(tree, dict):
        raise InvalidInput(f"the event is not a JSON object but {type(tree).__name__}", reason="invalid_json")
    return _Wire(event_id=tree.get("event_id"), type=tree.get("type"))


def _too_deep() -> InvalidInput:
    return InvalidInput(f"the event is nested more than {MAX_DEPTH} levels deep", reason="too_deep")
