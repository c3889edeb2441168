"""When it happened: timestamps in every form SDKs send, corrected by how far the SDK's clock is off."""

from datetime import UTC, datetime
from typing import Any

SMALLEST_DRIFT_US = 55 * 1_000_000
"""Smaller differences are the network's, not the clock's."""
FUTURE_LIMIT_US = 60 * 1_000_000
PAST_LIMIT_US = 30 * 86_400 * 1_000_000


def timestamp_us(value: Any) -> int | None:
    """Microseconds since the epoch of a number of seconds or an RFC 3339 text (UTC where it names no zone); None of anything else."""
    if isinstance(value, str):
        return _from_text(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e11:
        return None
    return round(value * 1_000_000)


def _from_text(value: str) -> int | None:
    try:
        found = datetime.fromisoformat(value.strip())
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found
        seconds = (found - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()
    except (ValueError, OverflowError):
        try:
            seconds = float(value)
        except ValueError:
            return None
    return round(seconds * 1_000_000) if abs(seconds) < 1e11 else None


def occurred_at_us(sent: Any, *, received_at_us: int, sent_at_us: int | None, remarks: list[str]) -> int:
    """The event's own time, moved by the SDK's clock error; the time of receipt where it is missing, absurd or too old."""
    own = timestamp_us(sent)
    if own is None:
        if sent is not None:
            remarks.append("timestamp: not understood, the time of receipt is used")
        return received_at_us
    if sent_at_us is not None:
        drift = received_at_us - sent_at_us
        if abs(drift) >= SMALLEST_DRIFT_US:
            remarks.append(f"timestamp: moved by {drift / 1_000_000:.0f} s, the clock of the sender is off")
            own += drift
    if own > received_at_us + FUTURE_LIMIT_US:
        remarks.append("timestamp: in the future, the time of receipt is used")
        return received_at_us
    if own < received_at_us - PAST_LIMIT_US:
        remarks.append("timestamp: more than 30 days old, the time of receipt is used")
        return received_at_us
    return own
