"""Event ids: 32 hex digits, however they are written."""

import re
from typing import Any

from seiche.errors import InvalidInput

_HEX = re.compile(r"[0-9a-f]{32}")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def event_id(value: Any) -> str:
    """32 lowercase hex digits of a plain or dashed id in either case; "" of null and "".

    Raises `InvalidInput` with reason `invalid_event_id`.
    """
    if value is None or value == "":
        return ""
    if isinstance(value, str) and len(value) <= 36:
        found = value.lower()
        if _HEX.fullmatch(found):
            return found
        if _UUID.fullmatch(found):
            return found.replace("-", "")
    shown = repr(value[:40] if isinstance(value, str) else type(value).__name__)
    raise InvalidInput(f"event_id {shown} is not 32 hex digits, with or without dashes", reason="invalid_event_id")
