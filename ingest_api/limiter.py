"""Limits of keys, projects and organizations, counted at accept: how many of a request's items may pass, and what the others are told."""

import hashlib
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import accumulate

import msgspec

from ingest_api.counters import Counters
from ingest_api.windows import SECOND_US, window
from seiche.model.outcome import Dropped, Outcome
from seiche.model.project import ProjectKey
from seiche.model.protection import Limit, LimitScope, Unit, Window

SPIKE = "spike"
LONG = frozenset({Window.HOUR, Window.DAY, Window.MONTH})
"""Their counts are kept over a restart: see `Ledger`."""


class Ceiling(msgspec.Struct, frozen=True):
    """A limit, and whose it is."""

    scope: LimitScope
    owner: str
    limit: Limit

    @property
    def reason(self) -> str:
        """For outcomes and for `X-Sentry-Rate-Limits`: `project_events_minute`."""
        return f"{self.scope}_{self.limit.unit}_{self.limit.window}"


class Refusal(msgspec.Struct, frozen=True):
    """What a client is told about a limit that it met."""

    retry_after_seconds: int
    categories: tuple[str, ...]
    scope: LimitScope
    reason: str

    @property
    def header(self) -> str:
        """One element of `X-Sentry-Rate-Limits`."""
        return f"{self.retry_after_seconds}:{';'.join(self.categories)}:{self.scope}:{self.reason}"


SAMPLED = Refusal(0, ("error",), LimitScope.PROJECT, SPIKE)
"""Of an event that spike protection drops: the SDK is not to pause, or it would throw the rare ones away itself."""


class Admission(msgspec.Struct, frozen=True):
    """Of one category's items the first `allowed` may pass; the rest met `refusal`."""

    allowed: int
    refusal: Refusal | None = None

    @property
    def dropped(self) -> Dropped:
        """What the others are counted as."""
        told = self.refusal
        if told is None:
            raise ValueError("nothing was refused")
        scope, unit, kind = told.reason.split("_")
        return Dropped(
            Outcome.RATE_LIMITED, told.reason, f"above the {scope}'s limit of {unit} a {kind}: {told.retry_after_seconds} s to go"
        )


class Allowance:
    """What of one request may pass, by category, in the order in which it is taken."""

    def __init__(self, admissions: Mapping[str, Admission]) -> None:
        self._admissions = admissions
        self._taken: Counter[str] = Counter()
        self.refusals = tuple(dict.fromkeys(one.refusal for one in admissions.values() if one.refusal is not None))

    def take(self, category: str) -> Dropped | None:
        """The next item of a category: None where it may pass."""
        admission = self._admissions.get(category)
        if admission is None or admission.refusal is None:
            return None
        self._taken[category] += 1
        return None if self._taken[category] <= admission.allowed else admission.dropped


UNLIMITED = Allowance({})


def ceilings(key: ProjectKey) -> tuple[Ceiling, ...]:
    """From the narrowest to the widest: what a project's limit refuses does not use up its organization's quota."""
    owned = (
        (LimitScope.KEY, f"key:{key.public_key}", key.limits),
        (LimitScope.PROJECT, f"project:{key.project_id}", key.config.limits),
        (LimitScope.ORGANIZATION, f"organization:{key.organization_id}", key.organization_limits),
    )
    return tuple(Ceiling(scope, owner, limit) for scope, owner, limits in owned for limit in limits)


class Limiter:
    """One a process."""

    def __init__(self, counters: Counters) -> None:
        self.counters = counters
        self.long: dict[str, tuple[int, int]] = {}
        """Counter -> (used, end of its window), of long windows that changed since `Ledger` looked."""

    async def allow(self, ceilings: Sequence[Ceiling], sizes: Mapping[str, Sequence[int]], at_us: int) -> Allowance:
        """`sizes`: bytes of each item, by category."""
        return Allowance({category: await self.admit(ceilings, category, each, at_us) for category, each in sizes.items()})

    async def admit(self, ceilings: Sequence[Ceiling], category: str, sizes: Sequence[int], at_us: int) -> Admission:
        """`sizes`: bytes of each item, in the order in which they may pass."""
        allowed, refusal = len(sizes), None
        taken: list[tuple[str, list[int]]] = []
        for ceiling in ceilings:
            limit = ceiling.limit
            if not allowed or (limit.categories and category not in limit.categories):
                continue
            span = window(limit.window, at_us)
            name = counter(ceiling, span.start_us)
            amounts = [1] * allowed if limit.unit is Unit.EVENTS else list(sizes[:allowed])
            used = await self.counters.add(name, sum(amounts), seconds=(span.end_us - at_us) / SECOND_US)
            taken.append((name, amounts))
            if used > limit.quantity:
                room = limit.quantity - (used - sum(amounts))
                allowed = sum(total <= room for total in accumulate(amounts))
                refusal = Refusal(math.ceil((span.end_us - at_us) / SECOND_US), limit.categories, ceiling.scope, ceiling.reason)
                used = await self._give_back(taken, allowed, used)
            if limit.window in LONG:
                self.long[name] = (used, span.end_us)
        return Admission(allowed, refusal)

    async def _give_back(self, taken: list[tuple[str, list[int]]], allowed: int, used: int) -> int:
        """What was counted for items that do not pass; answers what is used of the last."""
        for name, amounts in taken:
            surplus = sum(amounts[allowed:])
            if surplus:
                await self.counters.take_back(name, surplus)
                if name in self.long:
                    before, end_us = self.long[name]
                    self.long[name] = (before - surplus, end_us)
            del amounts[allowed:]
            used -= surplus if name == taken[-1][0] else 0
        return used


def counter(ceiling: Ceiling, start_us: int) -> str:
    """The name of what is counted; the same in every process."""
    limit = ceiling.limit
    kinds = "+".join(sorted(limit.categories)) or "all"
    if len(kinds) > 24:
        kinds = hashlib.blake2b(kinds.encode(), digest_size=8).hexdigest()
    return f"{ceiling.owner}/{limit.unit}/{kinds}/{limit.window}/{start_us // (60 * SECOND_US)}"
