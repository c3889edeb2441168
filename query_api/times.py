"""Microseconds since the epoch, as the registry keeps them, and aware datetimes, as the API shows them."""

import time
from datetime import UTC, datetime, timedelta

_EPOCH = datetime.fromtimestamp(0, UTC)


def now_us() -> int:
    """Now."""
    return time.time_ns() // 1000


def moment(at_us: int) -> datetime:
    """Exactly: no float in between."""
    return _EPOCH + timedelta(microseconds=at_us)


def microseconds(at: datetime) -> int:
    """Exactly: no float in between."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def floor_hour(at: datetime) -> datetime:
    """The beginning of its hour."""
    return at.replace(minute=0, second=0, microsecond=0)
