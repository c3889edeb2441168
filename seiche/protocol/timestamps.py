"""`sent_at` of an envelope: when the SDK's clock said it sent."""

from datetime import UTC, datetime
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LIMIT_SECONDS = 1e11


def sent_at_us(value: Any) -> int | None:
    """Microseconds since the epoch of an RFC 3339 text (UTC where it names no zone) or a number of seconds; None of anything else.

    It only corrects clocks, so a value that nobody can read is as good as none, and never costs an event.
    """
    seconds: float
    if isinstance(value, str) and len(value) <= 64:
        try:
            found = datetime.fromisoformat(value.strip())
            seconds = ((found.replace(tzinfo=UTC) if found.tzinfo is None else found) - _EPOCH).total_seconds()
        except (ValueError, OverflowError):
            try:
                seconds = float(value)
            except ValueError:
                return None
    elif isinstance(value, int | float) and not isinstance(value, bool):
        seconds = value
    else:
        return None
    return round(seconds * 1_000_000) if abs(seconds) < _LIMIT_SECONDS else None
