"""Our own batch: `{"events": [{...}, ...]}`, or an event a line -> each event's JSON as it was sent."""

from functools import lru_cache
from typing import Any

import msgspec

from seiche.errors import InvalidInput

MAX_EVENTS = 1000
_COUNTED_BYTES = 16 << 20


class _Batch(msgspec.Struct, gc=False):
    """Taken apart in two steps: an array is made once, not for each of a million keys `events`."""

    events: msgspec.Raw


_BATCH = msgspec.json.Decoder(_Batch)


class _Nothing(msgspec.Struct, gc=False):
    """An event nobody looks into."""


class _Counted(msgspec.Struct, gc=False):
    events: list[_Nothing]


def split(raw: bytes, *, max_events: int = MAX_EVENTS) -> list[bytes]:
    """Each event's JSON, unchecked (`event.gate` does that), in order.

    Raises `InvalidInput`: `invalid_utf8`, `invalid_json`, `empty_batch`, `too_many_events`.
    """
    try:
        raw.decode()  # msgspec does not look at bytes that it skips
        parts = msgspec.structs.astuple(_decoder(max_events).decode(_BATCH.decode(raw).events))
    except UnicodeDecodeError as error:
        raise InvalidInput(f"the batch is not UTF-8: {error.reason} at byte {error.start}", reason="invalid_utf8") from error
    except msgspec.ValidationError as error:
        if "at most" in str(error):
            raise _too_many(max_events) from error
        raise InvalidInput(f'the batch is not {{"events": [...]}}: {error}', reason="invalid_json") from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidInput(f"the batch is not JSON: {error}", reason="invalid_json") from error
    events = [bytes(part) for part in parts if part is not msgspec.UNSET]
    if not events:
        raise InvalidInput("the batch holds no event", reason="empty_batch")
    return events


def declared_events(raw: bytes) -> int:
    """How many events a refused batch declares: 1 where that cannot be read, or where reading it could take too much memory."""
    if len(raw) > _COUNTED_BYTES:
        return 1
    try:
        return max(1, len(msgspec.json.decode(raw, type=_Counted).events))
    except (msgspec.DecodeError, RecursionError):
        return 1


def lines(raw: bytes, *, max_events: int = MAX_EVENTS) -> list[bytes]:
    """Each line's bytes, unchecked, blank ones left out. Raises `InvalidInput`: `empty_batch`, `too_many_events`."""
    if raw.count(b"\n") > 2 * max_events:  # before a list of them is made
        raise _too_many(max_events)
    events = [line for line in raw.split(b"\n") if line.strip()]
    if not events:
        raise InvalidInput("the batch holds no event", reason="empty_batch")
    if len(events) > max_events:
        raise _too_many(max_events)
    return events


def declared_lines(raw: bytes) -> int:
    """How many events a refused body declares, at least one."""
    return max(1, raw.count(b"\n") + (not raw.endswith(b"\n")))


def _too_many(max_events: int) -> InvalidInput:
    return InvalidInput(f"the batch holds more than {max_events} events: send several batches", reason="too_many_events")


@lru_cache(maxsize=8)
def _decoder(max_events: int) -> msgspec.json.Decoder[Any]:
    """Events as an array of at most `max_events` fields: msgspec stops at the first one too many.

    A list would hold them all before its length is looked at: 3 GB for 100 MB of `0,0,0`.
    """
    fields = [(f"event_{number}", msgspec.Raw | msgspec.UnsetType, msgspec.UNSET) for number in range(max_events)]
    return msgspec.json.Decoder(msgspec.defstruct("Events", fields, array_like=True, forbid_unknown_fields=True))
