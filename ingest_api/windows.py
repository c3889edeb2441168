"""Which window of a limit a moment is in: minutes, hours, days and months of the clock, UTC. Pure."""

from datetime import UTC, datetime
from typing import NamedTuple

from seiche.model.protection import Window

SECOND_US = 1_000_000
_SECONDS = {Window.MINUTE: 60, Window.HOUR: 3600, Window.DAY: 86_400}


class Span(NamedTuple):
    """From its start (microseconds since the epoch) up to its end."""

    start_us: int
    end_us: int


def window(kind: Window, at_us: int) -> Span:
    """The one that holds `at_us`."""
    if kind is Window.MONTH:
        at = datetime.fromtimestamp(at_us / SECOND_US, UTC)
        start = datetime(at.year, at.month, 1, tzinfo=UTC)
        end = datetime(at.year + at.month // 12, at.month % 12 + 1, 1, tzinfo=UTC)
        return Span(int(start.timestamp()) * SECOND_US, int(end.timestamp()) * SECOND_US)
    length = _SECONDS[kind] * SECOND_US
    start_us = at_us // length * length
    return Span(start_us, start_us + length)
