"""One request's account: what it declared, against what became of it. The two are counted by different code, so that they can disagree."""

from collections import Counter
from collections.abc import Iterable, Sequence

from seiche.model.outcome import Dropped, Outcome, Tally
from seiche.model.project import ProjectKey

CATEGORY_OF_EVENTS = "error"
MINUTE_US = 60_000_000


class Receipt:
    """Counts of one request of one key, at one minute."""

    __slots__ = ("_counts", "_discards", "_key", "_minute", "declared_events")

    def __init__(self, key: ProjectKey, received_at_us: int) -> None:
        self._key, self._minute = key, received_at_us // MINUTE_US
        self._counts: dict[tuple[str, Outcome, str], int] = {}
        self._discards: Sequence[tuple[str, str, int]] = ()
        self.declared_events = 0

    def receive(self, quantity: int) -> None:
        """So many events arrived."""
        self.declared_events += quantity

    def drop(self, dropped: Dropped, quantity: int = 1) -> None:
        """So many of them were not kept."""
        self._add((CATEGORY_OF_EVENTS, dropped.outcome, dropped.reason), quantity)

    def count(self, others: Iterable[tuple[str, Outcome, str]], discards: Sequence[tuple[str, str, int]] = ()) -> None:
        """Items of other categories that are not stored, as (category, outcome, reason), and what the SDK says it never sent."""
        for category, outcome, reason in others:
            self._add((category, Outcome.RECEIVED, ""))
            self._add((category, outcome, reason))
        if discards:
            self._discards = [*self._discards, *discards]

    def _add(self, place: tuple[str, Outcome, str], quantity: int = 1) -> None:
        self._counts[place] = self._counts.get(place, 0) + quantity

    def dropped_events(self) -> Counter[Outcome]:
        """Events that were not kept, by what became of them."""
        found: Counter[Outcome] = Counter()
        for (category, outcome, _), quantity in self._counts.items():
            if category == CATEGORY_OF_EVENTS:
                found[outcome] += quantity
        return found

    def beside(self, carried: int) -> list[Tally]:
        """The events' part that no record carries: the receipt less what `carried` by records, and the outcomes of the dropped."""
        rest = self.declared_events - carried
        tallies = [self._tally(CATEGORY_OF_EVENTS, Outcome.RECEIVED, "", rest)] if rest else []
        return tallies + [self._tally(*place, quantity) for place, quantity in self._counts.items() if place[0] == CATEGORY_OF_EVENTS]

    def apart(self) -> list[Tally]:
        """Other categories, and discards: both of their sides are here."""
        if not self._counts and not self._discards:
            return []
        others = [self._tally(*place, quantity) for place, quantity in self._counts.items() if place[0] != CATEGORY_OF_EVENTS]
        return others + [self._tally(category, Outcome.CLIENT_DISCARD, reason, quantity) for category, reason, quantity in self._discards]

    def _tally(self, category: str, outcome: Outcome, reason: str, quantity: int) -> Tally:
        return Tally(self._key.project_id, self._key.public_key, category, outcome, reason, self._minute, quantity)
