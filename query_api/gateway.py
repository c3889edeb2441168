"""The one door to ClickHouse and the search index: every entry takes the caller's scope (decision 18).

Clients are kept one a thread. After a failure the door stays shut for a few seconds, so that pages which can do without analytics
stay fast while it is down.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from query_api.remembered import Remembered
from query_api.times import floor_hour, microseconds, moment, now_us
from seiche.backends.clickhouse import translated
from seiche.errors import StoreUnavailable
from seiche.ports.search_index import SearchIndex, TextTerm
from seiche.query import clickhouse as sql
from seiche.query import sessions as session_sql
from seiche.query.clickhouse import Position, Statement
from seiche.query.language import Filter
from seiche.query.scope import Scope
from seiche.registry.moves import Seen

SPARK_HOURS = 24
SHUT_SECONDS = 3.0
REMEMBER_SECONDS = 3.0
"""How long figures are reused while no new event has come: only a merge can change them meanwhile."""
HOUR_US = 3_600_000_000
MOST_MATCHES = 50_000
"""What one search may find; more is an error that asks for a narrower one."""

MOST_EVENTS = 1000
"""How many of an issue's newest matching events a search within the issue lists."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Figures:
    """What the rollups say of some issues."""

    users: dict[int, int]
    sparklines: dict[int, list[int]]
    as_of: datetime | None
    """The newest event counted; None before any batch has run, or where analytics do not answer."""


@dataclass(frozen=True)
class Numbers:
    """An issue's numbers within a filter."""

    count: int
    users: int
    first_us: int
    last_us: int


def _seen(row: Row) -> Seen:
    first_partition, first_offset, first_event_id, kind, value, title, culprit, platform = row["earliest"]
    last_partition, last_offset, last_event_id = row["latest"]
    return Seen(
        environment=row["environment"],
        type=kind[:256],
        value=value,
        title=title,
        culprit=culprit[:256],
        platform=platform[:32],
        level=row["level"],
        count=row["found"],
        first_seen_us=row["first_us"],
        last_seen_us=row["last_us"],
        first_partition=first_partition,
        first_offset=first_offset,
        first_event_id=first_event_id,
        last_partition=last_partition,
        last_offset=last_offset,
        last_event_id=last_event_id,
        first_release=row["release"],
        last_release=row["release"],
    )


NO_FIGURES = Figures({}, {}, None)


class Gateway:
    """Compiles, runs and shapes; holds no data."""

    def __init__(self, make_client: Callable[[], Any], search: SearchIndex, clock: Callable[[], float] = time.monotonic) -> None:
        self._make_client = make_client
        self._search = search
        self._clock = clock
        self._local = threading.local()
        self._remembered = Remembered(REMEMBER_SECONDS, clock)
        self._shut_until = float("-inf")

    def figures(self, scope: Scope, project_id: int, issue_ids: Sequence[int], now: datetime, filters: Sequence[Filter] = ()) -> Figures:
        """Users and sparklines, of what passes `filters`. Raises `StoreUnavailable`."""
        as_of = self.as_of(scope, project_id)
        if as_of is None or not issue_ids:
            return Figures({}, {}, as_of)
        since = floor_hour(now) - timedelta(hours=SPARK_HOURS - 1)
        key = (project_id, as_of, since, tuple(filters), *issue_ids)
        return self._remembered.get(key, lambda: self._figures(scope, project_id, issue_ids, since, as_of, filters))

    def _figures(  # noqa: PLR0917 - called once, above
        self, scope: Scope, project_id: int, issue_ids: Sequence[int], since: datetime, as_of: datetime, filters: Sequence[Filter]
    ) -> Figures:
        if filters:
            users = {issue_id: one.users for issue_id, one in self.numbers(scope, project_id, filters, issue_ids).items()}
        else:
            users = self._users(scope, project_id, issue_ids)
        sparklines = {issue_id: [0] * SPARK_HOURS for issue_id in issue_ids}
        for row in self._rows(sql.hours(scope, project_id, issue_ids, microseconds(since), filters)):
            slot = (row["hour"] - int(since.timestamp())) // 3600
            if 0 <= slot < SPARK_HOURS:
                sparklines[row["issue_id"]][slot] = row["found"]
        return Figures(users, sparklines, as_of)

    def users(self, scope: Scope, project_id: int) -> dict[int, int]:
        """Users of every issue of the project."""
        key = (project_id, self.as_of(scope, project_id), "users")
        return self._remembered.get(key, lambda: self._users(scope, project_id, None))

    def _users(self, scope: Scope, project_id: int, issue_ids: Sequence[int] | None) -> dict[int, int]:
        # Rollup parts are small and many: reading their columns in one go takes half the time of reading them in two.
        rows = self._rows(sql.users(scope, project_id, issue_ids), {"optimize_move_to_prewhere": 0})
        return {row["issue_id"]: row["found"] for row in rows}

    def numbers(
        self, scope: Scope, project_id: int, filters: Sequence[Filter], issue_ids: Sequence[int] | None = None
    ) -> dict[int, Numbers]:
        """Of every issue that has an event which passes `filters`; those of `issue_ids`, where it is given."""
        rows = self._rows(sql.numbers(scope, project_id, filters, issue_ids), {"optimize_move_to_prewhere": 0})
        return {row["issue_id"]: Numbers(row["found"], row["users"], row["first_us"], row["last_us"]) for row in rows}

    def fingerprints_with(self, scope: Scope, project_id: int, filters: Sequence[Filter]) -> list[str]:
        """Fingerprints with an event that passes every filter."""
        return [row["fingerprint"] for row in self._rows(sql.fingerprints_with(scope, project_id, filters, MOST_MATCHES))]

    def as_of(self, scope: Scope, project_id: int) -> datetime | None:
        """When the newest event that analytics hold was received; looked for in the last two hours first."""
        for since_us in (now_us() - 2 * HOUR_US, 0):
            row = self._rows(sql.newest(scope, project_id, since_us))[0]
            if row["found"]:
                return moment(row["received_us"])
        return None

    def stored(self, scope: Scope, project_id: int, since: datetime) -> dict[int, int]:
        """Stored events by the hour (epoch seconds) of arrival."""
        return {row["hour"]: row["found"] for row in self._rows(sql.stored(scope, project_id, microseconds(since)))}

    def health(self, scope: Scope, project_id: int, since: datetime, environment: str) -> list[Row]:
        """Sessions of each release that started since."""
        return self._rows(session_sql.health(scope, project_id, microseconds(since), environment))

    def hourly_sessions(self, scope: Scope, project_id: int, since: datetime, environment: str) -> list[Row]:
        """The same by the hour of their start."""
        return self._rows(session_sql.hourly(scope, project_id, microseconds(since), environment))

    def events(
        self,
        scope: Scope,
        project_id: int,
        issue_id: int,
        *,
        filters: Sequence[Filter],
        event_ids: Sequence[str] | None,
        before: Position | None,
        limit: int,
    ) -> list[Row]:
        """A page of an issue's events, newest first."""
        newest_us = before.received_at_us if before else now_us()
        found: list[Row] = []
        for window in ((newest_us - 24 * HOUR_US, newest_us + HOUR_US), None):
            statement = sql.events(
                scope, project_id, issue_id, filters=filters, event_ids=event_ids, before=before, window=window, limit=limit
            )
            found = self._rows(statement)
            if len(found) == limit:  # else the page reaches further back than a day
                break
        return found

    def neighbour(self, scope: Scope, project_id: int, issue_id: int, position: Position, *, newer: bool) -> Row | None:
        """The event right after, or right before; looked for within a day first."""
        at = position.received_at_us
        near = (at, at + 24 * HOUR_US) if newer else (at - 24 * HOUR_US, at)
        for window in (near, None):
            for row in self._rows(sql.neighbour(scope, project_id, issue_id, position, newer=newer, window=window)):
                return row
        return None

    def locate(self, scope: Scope, project_id: int, event_id: str) -> Position | None:
        """Where an event is, if the hot tier has it."""
        for row in self._rows(sql.locate(scope, project_id, event_id)):
            return Position(row["received_us"], row["log_partition"], row["log_offset"])
        return None

    def issues_of(self, scope: Scope, project_id: int, event_ids: Sequence[str]) -> dict[str, int]:
        """Event id -> issue, of those that the hot tier has."""
        found: dict[str, int] = {}
        for start in range(0, len(event_ids), MOST_EVENTS):
            rows = self._rows(sql.issues_of(scope, project_id, event_ids[start : start + MOST_EVENTS]))
            found |= {row["event_id"]: row["issue_id"] for row in rows}
        return found

    def single(self, scope: Scope, project_id: int, event_ids: Sequence[str]) -> dict[str, tuple[str, int, Seen]]:
        """Event id -> (fingerprint, received at, what is counted of it), of those that the hot tier has."""
        rows = self._rows(sql.singly(scope, project_id, event_ids))
        return {row["event_id"]: (row["fingerprint"], row["received_us"], _seen(row)) for row in rows}

    def others(self, scope: Scope, project_id: int, fingerprint: str, *, of: Sequence[str], without: Sequence[str]) -> list[Seen]:
        """What the hot tier holds of a fingerprint, and of the events `of`, `without` some events."""
        return [_seen(row) for row in self._rows(sql.sums(scope, project_id, fingerprint=fingerprint, of=of, without=without))]

    def arrivals(
        self, scope: Scope, project_id: int, since_us: int, filters: Sequence[tuple[str, Sequence[str]]], limit: int
    ) -> list[tuple[int, int, str]]:
        """(issue, received at, user) of the newest events that pass, oldest first."""
        rows = self._rows(sql.arrivals(scope, project_id, since_us, filters, limit))
        return [(row["issue_id"], row["at_us"], row["user"]) for row in reversed(rows)]

    def tags(self, scope: Scope, project_id: int, issue_id: int) -> list[Row]:
        """The most frequent values of each tag."""
        return self._rows(sql.tags(scope, project_id, issue_id))

    def matching_fingerprints(self, scope: Scope, project_id: int, terms: Sequence[TextTerm]) -> Sequence[str]:
        """Fingerprints with an event that holds every term."""
        scope.check(project_id)
        with self._door():
            return self._search.fingerprints(project_id, terms, limit=MOST_MATCHES)

    def matching_events(self, scope: Scope, project_id: int, fingerprints: Sequence[str], terms: Sequence[TextTerm]) -> Sequence[str]:
        """Ids of events of these fingerprints that hold every term: among them the newest MOST_EVENTS."""
        scope.check(project_id)
        found: list[str] = []
        with self._door():
            for start in range(0, len(fingerprints), MOST_EVENTS):
                some = fingerprints[start : start + MOST_EVENTS]
                found += self._search.event_ids(project_id, some, terms, limit=MOST_EVENTS)
        return found

    def _rows(self, statement: Statement, settings: dict[str, Any] | None = None) -> list[Row]:
        with self._door(), translated():
            client = getattr(self._local, "client", None)
            if client is None:
                client = self._local.client = self._make_client()
                client.form_encode_query_params = True  # hundreds of ids do not fit into a URL
            result = client.query(statement.sql, parameters=statement.parameters, settings=settings)
            return [dict(zip(result.column_names, row, strict=True)) for row in result.result_rows]

    @contextmanager
    def _door(self) -> Iterator[None]:
        wait = self._shut_until - self._clock()
        if wait > 0:
            raise StoreUnavailable("analytics do not answer: the olap process is down or starting", retry_after_seconds=wait)
        try:
            yield
        except StoreUnavailable as error:
            if getattr(error.__cause__, "code", None) is None:  # nobody there; a code means that one query was too much
                self._shut_until = self._clock() + SHUT_SECONDS
            self._local.client = None
            raise
