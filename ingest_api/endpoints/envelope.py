"""`POST /api/{project_id}/envelope/`: what every current Sentry SDK sends: events, items that are kept by type, and others, counted."""

from collections.abc import Sequence

import msgspec

from ingest_api.endpoints.refused import refused_all, refused_whole, told
from ingest_api.http import CORS, JSON, Answer, Body
from ingest_api.pipeline import Accepted, Arrival, Declared, Format, Ports, accept
from seiche.errors import InvalidInput
from seiche.model.outcome import Outcome
from seiche.protocol import items, security
from seiche.protocol.attachments import CRASHES
from seiche.protocol.envelope import Item, declared_events, parse
from seiche.protocol.minidump import crash_event

UNSUPPORTED = "unsupported_item"
"""Not kept. Other categories than `error`, so never part of the events' sum."""
TOO_MANY = "too_many_items"


async def envelope(arrival: Arrival, body: Body, ports: Ports) -> Answer:
    """200 with the event's id; `{}` where the envelope holds no event."""
    return answer(await accept(arrival, body, FORMAT, ports))


def answer(accepted: Accepted) -> Answer:
    """An SDK sends one event an envelope: where none of them was kept or filtered, the request failed."""
    if refused_all(accepted):
        return refused_whole(accepted)
    body = msgspec.json.encode({"id": accepted.event_id} if accepted.results else {})
    limits = told(accepted)
    return Answer(200, body, (JSON, *CORS, *limits)) if limits else Answer(200, body)


def take_apart(raw: bytes, arrival: Arrival) -> Declared:
    """Raises `InvalidInput` where the framing is broken."""
    found = parse(raw)
    events: list[bytes | memoryview] = []
    kept: list[Item] = []
    of_type: dict[str, int] = {}
    others: list[tuple[str, Outcome, str]] = []
    discards: list[tuple[str, str, int]] = []
    for item in found.items:
        match items.disposition(item.type):
            case items.Disposition.KEEP:
                events.append(item.payload)
            case items.Disposition.REPORT:
                try:
                    events += security.events(item.payload, user_agent=arrival.user_agent)
                except InvalidInput as error:
                    others.append((items.category(item.type), Outcome.INVALID, error.reason))
            case items.Disposition.TALLY:
                discards += items.client_report(item.payload)
            case items.Disposition.ITEM if of_type.get(item.type, 0) < items.MOST_OF_A_TYPE:
                of_type[item.type] = of_type.get(item.type, 0) + 1
                kept.append(item)
            case items.Disposition.ITEM:
                others.append((items.category(item.type), Outcome.INVALID, TOO_MANY))
            case _:
                others.append((items.category(item.type), Outcome.FILTERED, UNSUPPORTED))
    if not events and (crash := next((item for item in kept if item.header.attachment_type in CRASHES), None)):
        events.append(crash_event(crash.header.attachment_type))
    return Declared(
        events=events,
        event_id=found.event_id if len(events) <= 1 else "",
        items=kept,
        sent_at_us=found.sent_at_us,
        dsn=found.dsn,
        others=others,
        discards=discards,
        alone=_alone(found.items),
    )


def _alone(found: Sequence[Item]) -> tuple[int, int] | None:
    if len(found) != 1 or items.disposition(found[0].type) is not items.Disposition.KEEP:
        return None
    return found[0].start, found[0].start + len(found[0].payload)


FORMAT = Format(take_apart, declared_events)
