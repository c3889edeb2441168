"""The straight line: from a request to durable records, one step after the other.

    recognise key -> receive, decompress, take apart -> count received -> limits -> per event and item: gate -> scrub -> filters -> record
    -> append

A step about an event keeps it, or drops it with an outcome and a reason that is counted. What ends a request without touching any
account (no valid key, no room, no log) is raised. The accounting is docs/architecture.md, "Accounting".
"""

import asyncio
import logging
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import anyio
import anyio.to_thread
import msgspec

from ingest_api.attachments import Attachments
from ingest_api.http import Body, Buffers, Refused
from ingest_api.idempotency import Remembered, made_id
from ingest_api.keys import Access, KeyCache
from ingest_api.limiter import SAMPLED, SPIKE, UNLIMITED, Allowance, Limiter, Refusal
from ingest_api.log import Appender
from ingest_api.metrics import Metrics
from ingest_api.outcomes import Outcomes
from ingest_api.receipt import CATEGORY_OF_EVENTS, Receipt
from ingest_api.spikes import Spikes
from seiche.errors import InvalidInput, Transient
from seiche.model.outcome import Dropped, Kept, Outcome
from seiche.model.record import LogRecord, RecordKind
from seiche.normalize.address import address_in
from seiche.normalize.filters import glance
from seiche.normalize.scrub import SCRUB_VERSION
from seiche.protocol import sessions
from seiche.protocol.auth import Credentials, dsn_key
from seiche.protocol.codec import GZIP_PART, encode_body
from seiche.protocol.content import decompress, is_plain_gzip
from seiche.protocol.envelope import Item
from seiche.protocol.event import gate
from seiche.protocol.items import category
from seiche.settings import IngestSettings

IN_A_THREAD_BYTES = 256 << 10
"""Compressed bodies from here on are decompressed beside the event loop: they may be a hundred megabytes."""
WELL_PACKED = 3
"""How many times smaller than its content a client's gzip has to be to be kept; SDKs reach 5 to 7, we 5."""
EVENTS_AT_A_STRETCH = 8
"""Of a batch: some 2 ms, then other requests have their turn."""
INTERNAL_ERROR = "internal_error"
ATTACHMENT = "attachment"

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Ports:
    """What the line works with; `ingest_api.app` builds it."""

    appender: Appender
    attachments: Attachments
    remembered: Remembered
    keys: KeyCache
    outcomes: Outcomes
    metrics: Metrics
    limiter: Limiter
    spikes: Spikes
    limits: IngestSettings
    buffers: Buffers
    now_us: Callable[[], int]
    threads: anyio.CapacityLimiter
    place_of: Callable[[str], str] | None = None
    """Of an address, as records carry it; None without a database."""


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """What a request says besides its body."""

    credentials: Credentials | None
    project_id: int | None
    """Of the path; None where the path has none."""
    content_encoding: str
    content_type: str
    client_ip: str
    user_agent: str
    event_id: str = ""
    """Of the path, unchecked."""
    query: str = ""
    idempotency_key: str = ""
    """Of a batch."""


class Declared(msgspec.Struct, frozen=True, kw_only=True):
    """What a body holds."""

    events: Sequence[bytes | memoryview]
    """Each one event's JSON, unchecked."""
    event_id: str = ""
    """Of an envelope with at most one event: it wins over the payload's."""
    items: Sequence[Item] = ()
    """What is kept besides events."""
    sent_at_us: int | None = None
    dsn: str = ""
    others: Sequence[tuple[str, Outcome, str]] = ()
    """(category, outcome, reason) of each item that is not stored."""
    discards: Sequence[tuple[str, str, int]] = ()
    """(category, reason, quantity) that an SDK reports of events it never sent."""
    alone: tuple[int, int] | None = None
    """Where in the body, from..to, its one event lies, if nothing but framing is around it."""


class Packed(msgspec.Struct, frozen=True):
    """A body that holds one event and nothing else, as the client packed it: kept so where nothing in it has to change (docs/adr/0013)."""

    body: bytes
    """gzip."""
    part: tuple[int, int]
    head: bytes
    """What stands before the event."""


class Unreadable(msgspec.Struct, frozen=True):
    """A body that cannot be taken apart, and how many events it declares as far as that can be told; at least one."""

    dropped: Dropped
    events: int = 1


class Format(msgspec.Struct, frozen=True):
    """An endpoint's own part."""

    take_apart: Callable[[bytes, Arrival], Declared]
    """Raises `InvalidInput`."""
    declared_events: Callable[[bytes], int] = lambda _raw: 1
    """How many events a body declares that `take_apart` has refused."""
    category: str = CATEGORY_OF_EVENTS
    """What a body that cannot be read counts as; of all but events it is one."""


class Request(msgspec.Struct, frozen=True):
    """A request with a valid key, readable: what its records have in common."""

    arrival: Arrival
    access: Access
    declared: Declared
    received_at_us: int
    packed: Packed | None = None

    def new_id(self, number: int) -> str:
        """For the event at this place, which has none."""
        key = self.arrival.idempotency_key
        return made_id(self.access.key.public_key, key, number) if key else uuid.uuid4().hex


class Result(msgspec.Struct, frozen=True):
    """What became of one event."""

    event_id: str
    dropped: Dropped | None = None


class Accepted(msgspec.Struct, frozen=True):
    """The line's answer: a result an event, in order; all that is not dropped is durable."""

    event_id: str
    results: Sequence[Result]
    unsupported: frozenset[str] = frozenset()
    """Categories of what was counted and not kept: the SDK is asked to keep them to itself."""
    refusals: Sequence[Refusal] = ()
    """Limits that some of it met."""
    kept: int = 0
    """Records, of events and of other items."""


async def accept(arrival: Arrival, body: Body, format_: Format, ports: Ports) -> Accepted:
    """Take one request down the line. Raises `Refused` (key, slowness), `InvalidInput` (nothing readable), `Transient`, `ClientGone`."""
    credentials = arrival.credentials
    access = await recognise(credentials.public_key, arrival.project_id, ports) if credentials else None
    declared, packed = await receive(arrival, body, format_, ports)
    received_at_us = ports.now_us()
    if access is None:
        access = await recognise_sender(declared, arrival, ports)
    receipt = Receipt(access.key, received_at_us)
    if isinstance(declared, Unreadable):
        if format_.category == CATEGORY_OF_EVENTS:
            receipt.receive(declared.events)
            receipt.drop(declared.dropped, declared.events)
        else:
            receipt.count([(format_.category, declared.dropped.outcome, declared.dropped.reason)])
        settle_refused(receipt, ports)
        raise InvalidInput(declared.dropped.detail, reason=declared.dropped.reason)
    receipt.receive(len(declared.events))
    receipt.count(declared.others, declared.discards)
    request = Request(arrival, access, declared, received_at_us, packed)
    allowance = await allow(declared, request, ports) if access.ceilings else UNLIMITED
    records: list[LogRecord] = []
    results: list[Result] = []
    for number, raw in enumerate(declared.events):
        if number and number % EVENTS_AT_A_STRETCH == 0:
            await asyncio.sleep(0)
        refused = allowance.take(CATEGORY_OF_EVENTS)
        event_id, kept = keep(raw, number, request, ports) if refused is None else (declared.event_id, refused)
        if isinstance(kept, Dropped):
            receipt.drop(kept)
            results.append(Result(event_id, kept))
        else:
            records.append(kept.value)
            results.append(Result(event_id))
    event_id = declared.event_id or (results[0].event_id if results else "")
    if declared.items:
        records += await keep_items(request, results, event_id, receipt, ports, allowance=allowance)
    await settle(records, receipt, ports)
    unsupported = frozenset(kind for kind, outcome, _ in declared.others if outcome is Outcome.FILTERED)
    return Accepted(event_id, results, unsupported, refusals(allowance, results), len(records))


async def allow(declared: Declared, request: Request, ports: Ports) -> Allowance:
    """What of a request the limits of key, project and organization let pass."""
    sizes: dict[str, list[int]] = {CATEGORY_OF_EVENTS: [len(raw) for raw in declared.events]} if declared.events else {}
    for item in declared.items:
        sizes.setdefault(category(item.type), []).append(len(item.payload))
    return await ports.limiter.allow(request.access.ceilings, sizes, request.received_at_us)


def refusals(allowance: Allowance, results: Sequence[Result]) -> Sequence[Refusal]:
    """What the client is told of limits."""
    sampled = any(result.dropped is not None and result.dropped.reason == SPIKE for result in results)
    return (*allowance.refusals, SAMPLED) if sampled else allowance.refusals


async def recognise(public_key: str, project_id: int | None, ports: Ports) -> Access:
    """What the key opens. Raises `Refused` for an unknown or inactive one, or another project's: the text tells these apart to nobody."""
    access = ports.keys.remembered(public_key) or await ports.keys.find(public_key)
    if access is None or not access.key.active or (project_id is not None and access.key.project_id != project_id):
        raise Refused(403, "the key of this DSN is not (or no longer) a key of this project: copy the DSN again", why="unknown_key")
    return access


async def recognise_sender(declared: Declared | Unreadable, arrival: Arrival, ports: Ports) -> Access:
    """By the DSN inside the envelope, where header and query have no key."""
    if isinstance(declared, Declared) and declared.dsn and (public_key := dsn_key(declared.dsn)):
        return await recognise(public_key, arrival.project_id, ports)
    raise Refused(401, "no key: send X-Sentry-Auth, ?sentry_key= or an envelope with its DSN", why="no_key")


async def receive(arrival: Arrival, body: Body, format_: Format, ports: Ports) -> tuple[Declared | Unreadable, Packed | None]:
    """The body, inflated and taken apart; and as it came, where it can be kept so."""
    limit = ports.limits.decompressed_bytes
    raw = b""
    try:
        packed = await body.read()
        if len(packed) > IN_A_THREAD_BYTES:

            def inflate() -> bytes:
                return decompress(packed, arrival.content_encoding, limit_bytes=limit)

            raw = await anyio.to_thread.run_sync(inflate, limiter=ports.threads)
        else:
            raw = decompress(packed, arrival.content_encoding, limit_bytes=limit)
        if len(raw) > IN_A_THREAD_BYTES * 4:
            # Another thread's turn: taking a hundred megabytes apart takes a tenth of a second.
            return await anyio.to_thread.run_sync(format_.take_apart, raw, arrival, limiter=ports.threads), None
        declared = format_.take_apart(raw, arrival)
    except InvalidInput as error:
        return Unreadable(Dropped(Outcome.INVALID, error.reason, str(error)), max(1, format_.declared_events(raw))), None
    part = declared.alone
    if part is None or arrival.content_encoding != "gzip" or len(packed) * WELL_PACKED > len(raw) or not is_plain_gzip(packed):
        return declared, None
    return declared, Packed(packed, part, raw[: part[0]])


def keep(raw: bytes | memoryview, number: int, request: Request, ports: Ports) -> tuple[str, Kept[LogRecord] | Dropped]:
    """One event: gate, scrub, filters, record. Never raises: what cannot be scrubbed is not stored."""
    access = request.access
    event_id = request.declared.event_id
    try:
        passed = gate(raw, envelope_event_id=event_id, limit_bytes=ports.limits.event_bytes)
        event_id = passed.event_id or request.new_id(number)
        body = bytes(raw)
        scrubbed = access.scrubber.scrub(body, passed.unread)
        if (access.screen is not None or access.spike is not None) and (unwanted := sift(scrubbed, request, ports)) is not None:
            return event_id, unwanted
        packed = request.packed if scrubbed is body else None
        if packed is not None and not access.scrubber.nothing_in(packed.head):
            packed = None
        return event_id, Kept(record(scrubbed, event_id, request, geo=place(raw, request, ports), packed=packed))
    except InvalidInput as error:
        return event_id, Dropped(Outcome.INVALID, error.reason, str(error))
    except Exception:
        log.exception("an event of project %d could not be taken", request.access.key.project_id)
        return event_id, Dropped(Outcome.INVALID, INTERNAL_ERROR, "the server failed on this event; its log says why")


async def keep_items(
    request: Request, results: Sequence[Result], event_id: str, receipt: Receipt, ports: Ports, *, allowance: Allowance
) -> list[LogRecord]:
    """The records of what is kept besides events; what is not is counted here."""
    dropped = results[0].dropped if results and all(result.dropped for result in results) else None
    records: list[LogRecord] = []
    attached_bytes = 0
    for item in request.declared.items:
        kept: Kept[LogRecord] | Dropped
        if (refused := allowance.take(category(item.type))) is not None:
            kept = refused
        elif item.type != ATTACHMENT:
            kept = keep_item(item, request, ports.limits)
        elif dropped is not None:  # a file of an event that is not kept is of no use
            kept = dropped
        else:
            kept = await keep_attachment(item, event_id, request, ports, attached_bytes)
            attached_bytes += len(item.payload)
        if isinstance(kept, Dropped):
            receipt.count([(category(item.type), kept.outcome, kept.reason)])
        else:
            records.append(kept.value)
    return records


def keep_item(item: Item, request: Request, limits: IngestSettings) -> Kept[LogRecord] | Dropped:
    """One item that is no event, in the same steps. Its reader counts it (docs/architecture.md, "Items")."""
    try:
        event_id = gate(item.payload, envelope_event_id=request.declared.event_id, limit_bytes=limits.event_bytes).event_id
        if item.type in sessions.TYPES:
            body = sessions.anonymous(item.type, item.payload, project_id=request.access.key.project_id)
        else:
            body = request.access.scrubber.scrub(bytes(item.payload))
        return Kept(record(body, event_id, request, item_type=item.type))
    except InvalidInput as error:
        return Dropped(Outcome.INVALID, error.reason, str(error))
    except Exception:
        log.exception("a %s of project %d could not be taken", item.type, request.access.key.project_id)
        return Dropped(Outcome.INVALID, INTERNAL_ERROR, "the server failed on this item; its log says why")


async def keep_attachment(item: Item, event_id: str, request: Request, ports: Ports, before_bytes: int) -> Kept[LogRecord] | Dropped:
    """One file: its bytes into the raw store, then the record that names them. Files are not scrubbed (docs/ingest.md)."""
    project_id = request.access.key.project_id
    kept = await ports.attachments.keep(item, event_id, project_id, request.received_at_us, before_bytes)
    return kept if isinstance(kept, Dropped) else Kept(record(kept.value, event_id, request, item_type=ATTACHMENT))


def place(raw: bytes | memoryview, request: Request, ports: Ports) -> str:
    """Where the event's user is; looked up before scrubbing, which may remove the address (docs/adr/0015)."""
    if ports.place_of is None:
        return ""
    address = address_in(raw, request.arrival.client_ip)
    return ports.place_of(address) if address else ""


def sift(body: bytes, request: Request, ports: Ports) -> Dropped | None:
    """What inbound filters and spike protection do not want."""
    access, arrival = request.access, request.arrival
    seen = glance(body, client_ip=arrival.client_ip, user_agent=arrival.user_agent)
    if access.screen is not None and (reason := access.screen.reason(seen)):
        return Dropped(Outcome.FILTERED, reason, "one of the project's inbound filters does not want it")
    if access.spike is not None and not ports.spikes.keeps(access.key.project_id, access.spike, seen, request.received_at_us):
        return Dropped(Outcome.RATE_LIMITED, SPIKE, "the project has spike protection, and this problem came too often this minute")
    return None


def record(
    body: bytes, event_id: str, request: Request, *, item_type: str = "event", geo: str = "", packed: Packed | None = None
) -> LogRecord:
    """The log's record of something scrubbed; an event's carries its own receipt. Packed anew, unless it is kept as it came."""
    codec, stored = (GZIP_PART, packed.body) if packed is not None else encode_body(body)
    key = request.access.key
    return LogRecord(
        kind=RecordKind.EVENT if item_type == "event" else RecordKind.ITEM,
        received_at_us=request.received_at_us,
        project_id=key.project_id,
        public_key=key.public_key,
        event_id=event_id,
        sent_at_us=request.declared.sent_at_us,
        client_ip=request.arrival.client_ip,
        user_agent=request.arrival.user_agent,
        geo=geo,
        config_version=key.config.version,
        scrub_version=SCRUB_VERSION,
        item_type=item_type,
        received=1 if item_type == "event" else 0,
        codec=codec,
        part=None if packed is None else packed.part,
        body=stored,
    )


async def settle(records: list[LogRecord], receipt: Receipt, ports: Ports) -> None:
    """Make it durable: kept events and what was refused beside them in one append; a request with nothing kept within a second."""
    if not records:
        settle_refused(receipt, ports)
        return
    events = sum(one.received for one in records)
    beside = receipt.beside(events)
    try:
        await ports.appender.append(records, beside)
    except Transient:
        # The client is told to come again, and is counted then: nothing of this request is in the accounts.
        ports.metrics.events("unavailable", events)
        raise
    ports.outcomes.add(receipt.apart())
    ports.metrics.events("received", receipt.declared_events)
    ports.metrics.events("kept", events)
    if beside:
        count_dropped(receipt, ports)


def settle_refused(receipt: Receipt, ports: Ports) -> None:
    """Receipt and outcomes of a request with nothing kept."""
    ports.outcomes.add([*receipt.beside(0), *receipt.apart()])
    if receipt.declared_events:
        ports.metrics.events("received", receipt.declared_events)
        count_dropped(receipt, ports)


def count_dropped(receipt: Receipt, ports: Ports) -> None:
    """Into the metrics, by outcome."""
    for outcome, quantity in receipt.dropped_events().items():
        ports.metrics.events(outcome, quantity)
