"""The canary: an event of Seiche's own that travels the whole line, when it passed each hop, and what that says of the line. Pure."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

OWN_PROJECT = 0
"""Seiche's own project. It belongs to an organization without members, so that no list, search or sum of people's projects has it."""
OWN_SLUG = "~seiche"
"""Of the project and its organization; no project of people can have it."""

AFTER: Mapping[str, tuple[str, ...]] = {
    "accepted": (),
    "logged": ("accepted",),
    "decided": ("logged",),
    "bronze": ("logged",),
    "silver": ("decided", "bronze"),
    "analytics": ("silver",),
    "searchable": ("silver",),
}
"""Hop -> the hops that it follows. Answered 2xx, in the event log, decided by alerts, and so on along the line."""
ANALYTICS = frozenset({"analytics", "searchable"})
"""Hops that are not there where the product runs without analytics."""
SILENT_PERIODS = 3
"""After so many periods without a new one, whoever sends them is not at work."""


class Canary(msgspec.Struct, frozen=True):
    """One event, as far as it has come."""

    event_id: str
    sent_at_us: int
    hops: dict[str, int | None]
    """Microseconds from sending until it was seen behind the hop; None: not yet. A hop that does not exist here is not named."""
    problem: str = ""
    """What kept it, if the sender knows."""

    @property
    def through(self) -> bool:
        """Whether it passed everything."""
        return None not in self.hops.values()

    def passed(self, hop: str) -> bool:
        """Whether it is behind this hop."""
        return self.hops.get(hop) is not None

    def next_hops(self) -> list[str]:
        """Those that it can pass next: everything before them is done."""
        return [hop for hop, at in self.hops.items() if at is None and all(map(self.passed, AFTER[hop]))]

    def waits_since_us(self, hop: str) -> int:
        """When it passed what lies before `hop`."""
        return self.sent_at_us + max((self.hops[before] or 0 for before in AFTER[hop]), default=0)

    def seen(self, hops: Iterable[str], *, after_us: int) -> "Canary":
        """The same, behind these hops as well."""
        return msgspec.structs.replace(self, hops={**self.hops, **dict.fromkeys(hops, after_us)})


class Hop(msgspec.Struct, frozen=True):
    """One hop, as the canaries of late show it."""

    name: str
    seconds: float | None
    """From sending until the newest that passed it was seen behind it."""
    slowest_seconds: float | None
    """Of all that are looked at."""
    passed_at_us: int | None
    """When the newest that passed it was seen behind it."""
    stalled_since_us: int | None
    """Since when one waits before it for too long; None where none does."""


class Verdict(msgspec.Struct, frozen=True):
    """What the canaries say of the line."""

    hops: tuple[Hop, ...]
    last_sent_us: int | None
    last_through_us: int | None
    """When the newest that came through was."""
    problem: str
    """In words for people; "" where all is well or nothing is known yet."""

    @property
    def stalled(self) -> tuple[str, ...]:
        """The hops that hold one up."""
        return tuple(hop.name for hop in self.hops if hop.stalled_since_us is not None)


def fresh(event_id: str, *, sent_at_us: int, analytics: bool) -> Canary:
    """One that is about to be sent."""
    return Canary(event_id, sent_at_us, {hop: None for hop in AFTER if analytics or hop not in ANALYTICS})


def judge(canaries: Sequence[Canary], *, now_us: int, every_seconds: float, late_seconds: float) -> Verdict:
    """What canaries in the order of their sending, oldest first, say."""
    hops = tuple(_hop(name, canaries, now_us - int(late_seconds * 1e6)) for name in (canaries[-1].hops if canaries else ()))
    through = [one.sent_at_us + max(at or 0 for at in one.hops.values()) for one in canaries if one.through]
    sent_us = canaries[-1].sent_at_us if canaries else None
    problem = ""
    if sent_us is not None and now_us - sent_us > SILENT_PERIODS * every_seconds * 1e6:
        problem = "no canary was sent of late: the pipeline process, which sends it, does not run or does not reach the registry"
    elif held := [hop.name for hop in hops if hop.stalled_since_us is not None]:
        because = next((one.problem for one in reversed(canaries) if one.problem and not one.through), "")
        problem = f"the canary does not get through: it waits before {' and '.join(held)}" + (f" ({because})" if because else "")
    return Verdict(hops, sent_us, max(through, default=None), problem)


def _hop(name: str, canaries: Sequence[Canary], late_us: int) -> Hop:
    passed = [(one.sent_at_us, at) for one in canaries if (at := one.hops.get(name)) is not None]
    newest = max(passed, default=None)
    # One that waits before a hop that a later one has passed was lost on its way (a refused request): the hop itself works.
    waiting = [one for one in canaries if name in one.next_hops() and (newest is None or one.sent_at_us > newest[0])]
    since = min((one.waits_since_us(name) for one in waiting), default=None)
    return Hop(
        name=name,
        seconds=newest[1] / 1e6 if newest else None,
        slowest_seconds=max(at for _, at in passed) / 1e6 if passed else None,
        passed_at_us=sum(newest) if newest else None,
        stalled_since_us=since if since is not None and since < late_us else None,
    )
