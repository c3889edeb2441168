"""Sends a canary a minute by real HTTP, and watches it pass each hop of the line from outside: a thread of the pipeline process."""

import json
import logging
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa

from seiche import wiring
from seiche.backends.clickhouse_seen import stored_before
from seiche.errors import OffsetOutOfRange, SeicheError
from seiche.model.canary import OWN_PROJECT, Canary, fresh
from seiche.model.record import RecordKind
from seiche.ports.event_log import EventLogReader
from seiche.ports.search_index import SearchIndex, TextTerm
from seiche.registry import canaries, sightings
from seiche.registry.engine import read
from seiche.settings import Settings

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

FIRST_SECONDS = 5.0
"""After the start, so that a fresh installation soon knows how it is doing."""
ANSWER_SECONDS = 10.0
SHORTEST_SECONDS, LONGEST_SECONDS = 0.05, 2.0
"""Between looks: a tenth of the time that it has been under way, so that times are right to a tenth."""
MOST_UNDER_WAY = 10
SCAN_RECORDS = 500
FINGERPRINT = "seiche-canary"

Positions = Callable[[str], Mapping[int, int]]
"""How far a stage of the pipeline has committed: partition -> next offset."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Flight:
    """One that was accepted and is not through."""

    canary: Canary
    scanned: Mapping[int, int]
    """Partition -> offset from which on it may lie in the log."""
    partition: int = -1
    offset: int = -1


class CanarySender:
    """One thread; never raises: what goes wrong is part of what it finds out."""

    def __init__(
        self, settings: Settings, engine: sa.Engine, positions: Positions, *, is_our_turn: Callable[[], bool] = lambda: True
    ) -> None:
        """`is_our_turn`: of several pipelines only the one that brings its partition sees it pass."""
        self._settings, self._engine, self._positions, self._is_our_turn = settings, engine, positions, is_our_turn
        self._analytics = wiring.has_olap(settings)
        self._log: EventLogReader = wiring.event_log_reader(settings)
        self._http = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self._client: Client | None = None
        self._index: SearchIndex | None = None
        self._flights: list[Flight] = []
        self._unsaved: dict[str, Canary] = {}

    def run(self, stop: threading.Event) -> None:
        """Until `stop` is set."""
        every = self._settings.canary.every_seconds
        due = time.monotonic() + min(FIRST_SECONDS, every)
        pause = due - time.monotonic()
        while not stop.wait(max(pause, 0)):
            try:
                if time.monotonic() >= due:
                    due = max(due + every, time.monotonic())
                    self._take_turn()
                self.look()
            except Exception:
                log.exception("the canary's own fault")
            pause = min(self._pause(), due - time.monotonic()) if self._flights or self._unsaved else due - time.monotonic()

    def _take_turn(self) -> None:
        if self._is_our_turn():
            self.send()
        else:
            self._flights = []  # begun before another took the partition over: it sends its own

    def send(self) -> None:
        """One event to our own ingest, as an SDK would."""
        canary = fresh(uuid.uuid4().hex, sent_at_us=_now_us(), analytics=self._analytics)
        try:
            ends = dict(self._log.end_offsets())
            self._post(envelope(canary.event_id), canaries.own_key(self._engine))
        except (SeicheError, OSError) as error:
            self._note(kept_by(canary, f"ingest: {error}"))
        else:
            canary = canary.seen(["accepted"], after_us=_now_us() - canary.sent_at_us)
            self._flights = [*self._flights, Flight(canary, ends)][-MOST_UNDER_WAY:]
            self._note(canary)

    def look(self) -> None:
        """Which hops those under way have passed by now."""
        under_way = []
        for flight in self._flights:
            looked = self._follow(flight)
            if looked.canary != flight.canary:
                self._note(looked.canary)
            if not looked.canary.through:
                under_way.append(looked)
        self._flights = under_way
        self._save()

    def _follow(self, flight: Flight) -> Flight:
        """As far as it has come; what does not answer is its problem."""
        try:
            while hops := flight.canary.next_hops():
                if "logged" in hops:
                    flight = self._found(flight)
                passed = [hop for hop in hops if self._is_behind(hop, flight)]
                if not passed:
                    return flight
                canary = kept_by(flight.canary.seen(passed, after_us=_now_us() - flight.canary.sent_at_us), "")
                flight = replace(flight, canary=canary)
        except SeicheError as error:
            self._client = self._index = None
            return replace(flight, canary=kept_by(flight.canary, str(error)))
        return flight

    def _is_behind(self, hop: str, flight: Flight) -> bool:
        event_id = flight.canary.event_id
        match hop:
            case "logged":
                return flight.offset >= 0
            case "decided":
                with read(self._engine) as session:
                    return sightings.position(session, flight.partition) > flight.offset
            case "bronze" | "silver":
                return self._positions(f"{hop}_events").get(flight.partition, 0) > flight.offset
            case "analytics":
                if self._client is None:
                    self._client = wiring.olap_client(self._settings, patience_seconds=0.0)
                return event_id in stored_before(self._client, OWN_PROJECT, [event_id])
            case _:
                if self._index is None:
                    self._index = wiring.search_index(self._settings)
                return bool(self._index.fingerprints(OWN_PROJECT, [TextTerm((event_id,))], limit=1))

    def _found(self, flight: Flight) -> Flight:
        """With its place in the log, if the log shows it."""
        scanned = dict(flight.scanned)
        for partition, start in flight.scanned.items():
            try:
                records = self._log.read(partition, start, max_records=SCAN_RECORDS)
            except OffsetOutOfRange as error:
                scanned[partition] = error.start
                continue
            for stored in records:
                record = stored.record
                if record.project_id == OWN_PROJECT and record.kind is RecordKind.EVENT and record.event_id == flight.canary.event_id:
                    return replace(flight, partition=partition, offset=stored.offset)
            scanned[partition] = start + len(records)
        return replace(flight, scanned=scanned)

    def _post(self, body: bytes, key: str) -> None:
        """Raises `OSError` (`HTTPError` for an answer that is no success)."""
        own = wiring.read_run_file(self._settings.run_dir / "endpoints.json").get("web")
        base = (self._settings.canary.url or str(own or "") or wiring.public_url(self._settings)).rstrip("/")
        headers = {"X-Sentry-Auth": f"Sentry sentry_version=7, sentry_key={key}", "Content-Type": "application/x-sentry-envelope"}
        request = urllib.request.Request(f"{base}/api/{OWN_PROJECT}/envelope/", data=body, headers=headers, method="POST")  # noqa: S310 - the operator's own address
        with self._http.open(request, timeout=ANSWER_SECONDS):
            pass

    def _note(self, canary: Canary) -> None:
        self._unsaved[canary.event_id] = canary

    def _save(self) -> None:
        try:
            for event_id, canary in list(self._unsaved.items())[-MOST_UNDER_WAY:]:
                canaries.save(self._engine, canary)
                del self._unsaved[event_id]
        except SeicheError as error:
            log.warning("the canary's times wait: %s", error)
        else:
            self._unsaved.clear()

    def _pause(self) -> float:
        youngest = max((flight.canary.sent_at_us for flight in self._flights), default=0)
        return min(LONGEST_SECONDS, max(SHORTEST_SECONDS, (_now_us() - youngest) / 10e6))


def envelope(event_id: str) -> bytes:
    """One event; its id stands in the message, so that the search index can be asked for it."""
    event = {
        "event_id": event_id,
        "level": "debug",
        "logger": "seiche.canary",
        "platform": "other",
        "fingerprint": [FINGERPRINT],
        "message": f"canary {event_id}",
    }
    body = json.dumps(event).encode()
    return b'{"event_id":"%s"}\n{"type":"event","length":%d}\n%s\n' % (event_id.encode(), len(body), body)


def kept_by(canary: Canary, problem: str) -> Canary:
    """The same, and what keeps it."""
    return msgspec.structs.replace(canary, problem=problem[:500])


def _now_us() -> int:
    return time.time_ns() // 1000
