"""Spike protection: when one problem floods a project, its first events of each minute pass and then ever fewer; rare ones always pass.

A problem is told from what the event itself says (exception and innermost frame, else the beginning of its message), which costs
microseconds; the issue is decided much later. It is a sieve, not an identity: two problems in one hole lose a few events more.
"""

import re

from seiche.model.protection import Spike
from seiche.normalize.filters import Glance

MINUTE_US = 60_000_000
MOST_PROBLEMS = 2_000
"""Told apart in a project's minute; those beyond share one place: memory is bounded, and a flood of made-up ones is one problem."""
MESSAGE_CHARACTERS = 60
_VARYING = re.compile(r"[0-9]+|0x[0-9a-f]+|[0-9a-f]{8,}", re.IGNORECASE)
_OTHERS = ("", "")


class _Minute:
    __slots__ = ("events", "minute", "problems")

    def __init__(self, minute: int) -> None:
        self.minute, self.events = minute, 0
        self.problems: dict[tuple[str, str], int] = {}


class Spikes:
    """Counts of the running minute, by project. Each process counts for itself: it is a brake, not a quota."""

    def __init__(self) -> None:
        self._minutes: dict[int, _Minute] = {}

    def keeps(self, project_id: int, spike: Spike, seen: Glance, at_us: int) -> bool:
        """Whether this event passes; it is counted either way."""
        minute = self._minutes.get(project_id)
        if minute is None or minute.minute < at_us // MINUTE_US:
            minute = self._minutes[project_id] = _Minute(at_us // MINUTE_US)
        minute.events += 1
        key = problem(seen)
        if key not in minute.problems and len(minute.problems) >= MOST_PROBLEMS:
            key = _OTHERS
        number = minute.problems[key] = minute.problems.get(key, 0) + 1
        return minute.events <= spike.project_per_minute or passes(number, spike.first_per_problem)


def passes(number: int, first: int) -> bool:
    """Whether the `number`-th event of a problem in a minute passes: the first ones, then every 2nd, 4th, 8th, ... as it doubles."""
    if number <= first:
        return True
    step: int = 1 << ((number - 1) // max(1, first)).bit_length()
    return number % step == 0


def problem(seen: Glance) -> tuple[str, str]:
    """What the event seems to be about."""
    if seen.type or seen.place:
        return seen.type, seen.place or _stem(seen.value)
    return "", _stem(seen.texts[0] if seen.texts else "")


def _stem(text: str) -> str:
    return _VARYING.sub("#", text[:MESSAGE_CHARACTERS])
