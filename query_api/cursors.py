"""Opaque page cursors: what order a page had, and its last row."""

import base64
import binascii

import msgspec

from seiche.errors import InvalidInput

MOST = 2**63 - 1


def encode(order: str, *place: int) -> str:
    """URL-safe text."""
    return base64.urlsafe_b64encode(msgspec.json.encode((order, *place))).decode().rstrip("=")


def decode(text: str, order: str, size: int) -> tuple[int, ...] | None:
    """The place of the last row, or None for an empty cursor. Raises `InvalidInput` (reason `invalid_cursor`)."""
    if not text:
        return None
    try:
        found = msgspec.json.decode(base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)), type=tuple[str | int, ...])
    except (msgspec.DecodeError, binascii.Error, UnicodeError, ValueError) as error:
        raise InvalidInput("the cursor is not one of ours: start again from the first page", reason="invalid_cursor") from error
    place = tuple(value for value in found[1:] if isinstance(value, int) and 0 <= value <= MOST)
    if not found or found[0] != order or len(place) != size or len(found) != size + 1:
        raise InvalidInput("the cursor belongs to another order or list: start again from the first page", reason="invalid_cursor")
    return place
