"""Exact counters of issues (`seiche.issues.counting`) and their events by the hour, read and written in the consumer's transaction."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from seiche.issues.counting import LONGEST_WINDOW_SECONDS, Counter, EventCounter, UserCounter
from seiche.issues.escalation import WEEK_HOURS
from seiche.registry import upsert
from seiche.registry.lifecycle_tables import IssueCounter
from seiche.registry.regroup_tables import FingerprintHour
from seiche.registry.tables import FingerprintRow

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

    @classmethod
    def read(cls, key: str, text: str) -> "Terms":
        """From `key` and `text`."""
        subject, kind = key.rsplit(":", 1)
        threshold, window, since = text.split("/")
        return cls(subject, kind, int(threshold), int(window) if window else None, int(since))

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


def add_hours(session: Session, counts: Mapping[tuple[int, str, int], int]) -> None:
    """(project, fingerprint, hour) -> events, added up."""
    names = ("project_id", "fingerprint", "hour")
    rows = [{**dict(zip(names, key, strict=True)), "count": count} for key, count in sorted(counts.items())]
    upsert.add_up(session, FingerprintHour, rows, count=upsert.SUM)


def hours_of(session: Session, keys: Collection[tuple[int, int]], least: int) -> dict[tuple[int, int], int]:
    """Those of (issue, hour) that have at least `least` events, with how many."""
    found: dict[tuple[int, int], int] = {}
    hours = {hour for _, hour in keys}
    for some in _chunks(sorted({issue_id for issue_id, _ in keys})):
        rows = session.execute(_by_issue().where(FingerprintRow.issue_id.in_(some), FingerprintHour.hour.in_(hours)))
        found |= {(row[0], row[1]): int(row[2]) for row in rows if row[2] >= least and (row[0], row[1]) in keys}
    return found


def busiest_before(session: Session, issue_id: int, hour: int) -> int:
    """The most events in one of the 168 hours before."""
    before = (FingerprintHour.hour < hour, FingerprintHour.hour >= hour - WEEK_HOURS)
    by_hour = _by_issue().where(FingerprintRow.issue_id == issue_id, *before).subquery()
    return int(session.scalar(sa.select(sa.func.max(by_hour.c.events))) or 0)


def _by_issue() -> sa.Select[int, int, int]:
    """issue, hour, events: the sums over the issues' fingerprints."""
    same = sa.and_(FingerprintHour.project_id == FingerprintRow.project_id, FingerprintHour.fingerprint == FingerprintRow.fingerprint)
    chosen = sa.select(FingerprintRow.issue_id, FingerprintHour.hour, sa.func.sum(FingerprintHour.count).label("events"))
    return chosen.join(FingerprintHour, same).group_by(FingerprintRow.issue_id, FingerprintHour.hour)


def unite(session: Session, issue_id: int, others: Collection[int]) -> None:
    """What rules count of an issue goes on with what they counted of those merged into it, which keep theirs for the way back."""
    _fold(session, issue_id, others, lambda counter, other: counter.unite(other))


def part(session: Session, issue_id: int, others: Collection[int]) -> None:
    """The other way: what others brought is counted at the issue no longer."""
    _fold(session, issue_id, others, lambda counter, other: counter.part(other))


def _fold(session: Session, issue_id: int, others: Collection[int], fold: Callable[[Counter, bytes], None]) -> None:
    """Rules only: an issue is ignored under terms of its own."""
    chosen = sa.select(IssueCounter).where(IssueCounter.issue_id.in_({issue_id, *others}), IssueCounter.subject.not_like(f"{IGNORED}:%"))
    rows = {(row.issue_id, row.subject, row.terms): row for row in session.scalars(chosen)}
    for (owner, subject, terms), row in sorted(rows.items()):
        if owner == issue_id:
            continue
        mine = rows.get((issue_id, subject, terms))
        counter = Terms.read(subject, terms).counter(mine.state if mine is not None else b"")
        fold(counter, row.state)
        found = IssueCounter(issue_id=issue_id, subject=subject, terms=terms, state=counter.state(), updated_at_us=row.updated_at_us)
        found.updated_at_us = max(row.updated_at_us, mine.updated_at_us if mine is not None else 0)
        rows[issue_id, subject, terms] = session.merge(found)


def forget(session: Session, *, now_us: int) -> None:
    """Hours that nothing compares any more, and rule counters whose longest window is over; what is ignored keeps its own."""
    session.execute(sa.delete(FingerprintHour).where(FingerprintHour.hour < now_us // HOUR_US - WEEK_HOURS - 1))
    old: list[Any] = [IssueCounter.updated_at_us < now_us - 2 * LONGEST_WINDOW_SECONDS * 1_000_000]
    session.execute(sa.delete(IssueCounter).where(*old, IssueCounter.subject.not_like(f"{IGNORED}:%")))


def _chunks(ids: list[int]) -> list[list[int]]:
    return [ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK)]
