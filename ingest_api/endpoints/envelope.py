"""`POST /api/{project_id}/envelope/`: what every current Sentry SDK sends. Events are stored, other items counted."""

import msgspec

from ingest_api.endpoints.refused import refused_whole
from ingest_api.http import Answer, Body
from ingest_api.pipeline import Accepted, Arrival, Declared, Format, Ports, accept
from seiche.protocol import items
from seiche.protocol.envelope import declared_events, parse

UNSUPPORTED = "unsupported_item"
"""Not kept by this version. Other categories than `error`, so never part of the events' sum."""


async def envelope(arrival: Arrival, body: Body, ports: Ports) -> Answer:
    """200 with the event's id; `{}` where the envelope holds no event."""
    return answer(await accept(arrival, body, FORMAT, ports))


def answer(accepted: Accepted) -> Answer:
    """An SDK sends one event an envelope: where none of them was kept, the request failed."""
    if accepted.results and all(result.dropped for result in accepted.results):
        return refused_whole(accepted)
    return Answer(200, msgspec.json.encode({"id": accepted.event_id} if accepted.results else {}))


def take_apart(raw: bytes, _arrival: Arrival) -> Declared:
    """Raises `InvalidInput` where the framing is broken."""
    found = parse(raw)
    events: list[memoryview] = []
    others: list[tuple[str, str]] = []
    discards: list[tuple[str, str, int]] = []
    for item in found.items:
        match items.disposition(item.type):
            case items.Disposition.KEEP:
                events.append(item.payload)
            case items.Disposition.TALLY:
                discards += items.client_report(item.payload)
            case _:
                others.append((items.category(item.type), UNSUPPORTED))
    return Declared(
        events=events,
        event_id=found.event_id if len(events) == 1 else "",
        sent_at_us=found.sent_at_us,
        dsn=found.dsn,
        others=others,
        discards=discards,
    )


FORMAT = Format(take_apart, declared_events)
