"""Exact counters of issues (`seiche.issues.counting`) and their events by the hour, read and written in the consumer's transaction."""

from collections.abc import Collection, Mapping
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from seiche.issues.counting import LONGEST_WINDOW_SECONDS, Counter, EventCounter, UserCounter
from seiche.issues.escalation import WEEK_HOURS
from seiche.registry import upsert
from seiche.registry.lifecycle_tables import IssueCounter, IssueHour

HOUR_US = 3_600_000_000
CHUNK = 5000
IGNORED = "ignored"


class Terms(msgspec.Struct, frozen=True):
    """What a counter counts, and since when; under other terms it begins anew."""

    subject: str
    kind: str
    """events, users."""
    threshold: int
    window_seconds: int | None
    since_us: int = 0

    @property
    def key(self) -> str:
        return f"{self.subject}:{self.kind}"

    @property
    def text(self) -> str:
        return f"{self.threshold}/{self.window_seconds or ''}/{self.since_us}"

    def counter(self, state: bytes = b"") -> Counter:
        """One that goes on from `state`."""
        return (EventCounter if self.kind == "events" else UserCounter)(self.threshold, self.window_seconds, state)


Counters = dict[tuple[int, Terms], Counter]


def load(session: Session, wanted: Collection[tuple[int, Terms]]) -> Counters:
    """The counters of (issue, terms), as they stand or new."""
    states: dict[tuple[int, str, str], bytes] = {}
    for some in _chunks(sorted({issue_id for issue_id, _ in wanted})):
        chosen = sa.select(IssueCounter.issue_id, IssueCounter.subject, IssueCounter.terms, IssueCounter.state)
        subjects = {terms.key for _, terms in wanted}
        for row in session.execute(chosen.where(IssueCounter.issue_id.in_(some), IssueCounter.subject.in_(subjects))):
            states[row.issue_id, row.subject, row.terms] = row.state
    return {(issue_id, terms): terms.counter(states.get((issue_id, terms.key, terms.text), b"")) for issue_id, terms in wanted}


def save(session: Session, counters: Mapping[tuple[int, Terms], Counter], *, at_us: int) -> None:
    """Write where they stand."""
    rows = [
        {"issue_id": issue_id, "subject": terms.key, "terms": terms.text, "state": counter.state(), "updated_at_us": at_us}
        for (issue_id, terms), counter in counters.items()
    ]
    upsert.add_up(session, IssueCounter, rows, terms=upsert.NEWEST, state=upsert.NEWEST, updated_at_us=upsert.NEWEST)


def add_hours(session: Session, counts: Mapping[tuple[int, int], int]) -> None:
    """(issue, hour) -> events, added up."""
    rows = [{"issue_id": issue_id, "hour": hour, "count": count} for (issue_id, hour), count in sorted(counts.items())]
    upsert.add_up(session, IssueHour, rows, count=upsert.SUM)


def hours_of(session: Session, keys: Collection[tuple[int, int]], least: int) -> dict[tuple[int, int], int]:
    """Those of (issue, hour) that have at least `least` events, with how many."""
    found: dict[tuple[int, int], int] = {}
    hours = {hour for _, hour in keys}
    for some in _chunks(sorted({issue_id for issue_id, _ in keys})):
        chosen = sa.select(IssueHour.issue_id, IssueHour.hour, IssueHour.count).where(IssueHour.issue_id.in_(some))
        rows = session.execute(chosen.where(IssueHour.hour.in_(hours), IssueHour.count >= least))
        found |= {(row[0], row[1]): row[2] for row in rows if (row[0], row[1]) in keys}
    return found


def busiest_before(session: Session, issue_id: int, hour: int) -> int:
    """The most events in one of the 168 hours before."""
    chosen = sa.select(sa.func.max(IssueHour.count)).where(IssueHour.issue_id == issue_id)
    return session.scalar(chosen.where(IssueHour.hour < hour, IssueHour.hour >= hour - WEEK_HOURS)) or 0


def forget(session: Session, *, now_us: int) -> None:
    """Hours that nothing compares any more, and rule counters whose longest window is over; what is ignored keeps its own."""
    session.execute(sa.delete(IssueHour).where(IssueHour.hour < now_us // HOUR_US - WEEK_HOURS - 1))
    old: list[Any] = [IssueCounter.updated_at_us < now_us - 2 * LONGEST_WINDOW_SECONDS * 1_000_000]
    session.execute(sa.delete(IssueCounter).where(*old, IssueCounter.subject.not_like(f"{IGNORED}:%")))


def _chunks(ids: list[int]) -> list[list[int]]:
    return [ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK)]
