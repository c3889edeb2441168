"""`POST /api/v1/events`: `{"events": [{...}, ...]}`, or an event a line (NDJSON). The project is the key's."""

from typing import Any

import msgspec

from ingest_api.http import Answer, Body
from ingest_api.pipeline import Accepted, Arrival, Declared, Format, Ports, accept
from seiche.errors import InvalidInput
from seiche.protocol.batch import MAX_EVENTS, declared_events, declared_lines, lines, split

LINE_TYPES = frozenset(
    {"application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines", "application/json-lines"}
)
JSON_TYPES = frozenset({"", "application/json", "text/json"})


async def events(arrival: Arrival, body: Body, ports: Ports) -> Answer:
    """200 where all are stored, 207 where some are, 400 where none is; a result an event, in the order sent."""
    chosen = LINES if media_type(arrival) in LINE_TYPES else FORMAT

    async def make() -> Answer:
        return answer(await accept(arrival, body, chosen, ports))

    if not arrival.idempotency_key or arrival.credentials is None:
        return await make()
    sent = arrival.content_encoding.encode() + b"\n" + await body.read_ahead()
    return await ports.remembered.answer(arrival.credentials.public_key, arrival.idempotency_key, sent, make)


def answer(accepted: Accepted) -> Answer:
    """`{"received": n, "results": [{"id", "status": "stored" | "invalid", "reason"?, "detail"?}]}`."""
    results: list[dict[str, Any]] = []
    stored = 0
    for result in accepted.results:
        if result.dropped is None:
            stored += 1
            results.append({"id": result.event_id, "status": "stored"})
        else:
            dropped = result.dropped
            results.append({"id": result.event_id, "status": dropped.outcome.value, "reason": dropped.reason, "detail": dropped.detail})
    status = 200 if stored == len(results) else 207 if stored else 400
    return Answer(status, msgspec.json.encode({"received": len(results), "results": results}))


def take_apart(raw: bytes, arrival: Arrival) -> Declared:
    """Raises `InvalidInput` where it is no batch, or one of more than `MAX_EVENTS`."""
    if (found := media_type(arrival)) not in JSON_TYPES:
        raise InvalidInput(
            f"the content type {found[:80]!r} is not JSON: send application/json or application/x-ndjson", reason="unsupported_media_type"
        )
    return Declared(events=split(raw, max_events=MAX_EVENTS))


def take_lines(raw: bytes, _arrival: Arrival) -> Declared:
    """Raises `InvalidInput` where there is no line, or more than `MAX_EVENTS`. A line that is no event is refused alone."""
    return Declared(events=lines(raw, max_events=MAX_EVENTS))


def media_type(arrival: Arrival) -> str:
    """Without parameters."""
    return arrival.content_type.partition(";")[0].strip().lower()


FORMAT = Format(take_apart, declared_events)
LINES = Format(take_lines, declared_lines)
