"""A crash that is only a file -> an event that says so, with what the form's other fields tell of it."""

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from seiche.errors import InvalidInput
from seiche.protocol.attachments import MINIDUMP_MAGIC
from seiche.protocol.multipart import Part

FILE_FIELD = "upload_file_minidump"
MOST_FIELDS, MOST_LEVELS, FIELD_CHARACTERS = 1000, 8, 8192
NAMES = {"event.minidump": ("Minidump", "minidump"), "event.applecrashreport": ("AppleCrashReport", "applecrashreport")}
_FLAT = re.compile(r"sentry((?:\[[^\[\]]{0,200}\])+)")
_CHUNK = re.compile(r"sentry__([0-9]{1,4})")
_KEYS = re.compile(r"\[([^\[\]]*)\]")


def crash_event(attachment_type: str, told: dict[str, Any] | None = None) -> bytes:
    """The event of a crash file: what the client told, and otherwise that nobody has looked into the file."""
    type_, mechanism = NAMES[attachment_type]
    exception = {
        "type": type_,
        "value": f"{type_} (not symbolicated)",
        "mechanism": {"type": mechanism, "handled": False, "synthetic": True},
    }
    event = {"platform": "native", "level": "fatal", "exception": {"values": [exception]}} | (told or {})
    return msgspec.json.encode(event)


def is_minidump(data: bytes | memoryview) -> bool:
    """By its first bytes."""
    return bytes(data[:4]) in MINIDUMP_MAGIC


def told(fields: Iterable[Part]) -> dict[str, Any]:
    """The event data of the form: `sentry` as JSON, its chunks `sentry__1`..., or flattened `sentry[a][b]`; all else is `extra`.

    Raises `InvalidInput` where the JSON cannot be read, or where there are too many fields.
    """
    event: dict[str, Any] = {}
    chunks: dict[int, str] = {}
    extra: dict[str, str] = {}
    for number, field in enumerate(fields):
        if number == MOST_FIELDS:
            raise InvalidInput(f"the form has more than {MOST_FIELDS} fields", reason="too_many_items")
        value = str(field.data, "utf-8", "replace")
        if field.name == "sentry":
            event |= _object(value)
        elif chunk := _CHUNK.fullmatch(field.name):
            chunks[int(chunk[1])] = value
        elif flat := _FLAT.fullmatch(field.name):
            _put(event, _KEYS.findall(flat[1]), value)
        else:
            extra[field.name[:200]] = value[:FIELD_CHARACTERS]
    if chunks:
        event |= _object("".join(chunks[number] for number in sorted(chunks)))
    if extra:
        known = event.get("extra")
        event["extra"] = extra | (known if isinstance(known, dict) else {})
    return event


def _object(text: str) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidInput(f"the form's field `sentry` is not JSON: {error}", reason="invalid_json") from error
    if not isinstance(found, dict):
        raise InvalidInput("the form's field `sentry` is not a JSON object", reason="invalid_json")
    return found


def _put(tree: dict[str, Any], keys: list[str], value: str) -> None:
    """`sentry[a][b]=v`; a key that holds a value already keeps it."""
    for key in keys[: min(len(keys), MOST_LEVELS) - 1]:
        inner = tree.setdefault(key, {})
        if not isinstance(inner, dict):
            return
        tree = inner
    tree.setdefault(keys[min(len(keys), MOST_LEVELS) - 1], value)
