"""`POST /api/v1/events`: `{"events": [{...}, ...]}`. The project is the key's."""

from typing import Any

import msgspec

from ingest_api.http import Answer, Body
from ingest_api.pipeline import Accepted, Arrival, Declared, Format, Ports, accept
from seiche.errors import InvalidInput
from seiche.protocol.batch import MAX_EVENTS, declared_events, split

JSON_TYPES = frozenset({"", "application/json", "text/json"})


async def events(arrival: Arrival, body: Body, ports: Ports) -> Answer:
    """200 where all are stored, 207 where some are, 400 where none is; a result an event, in the order sent."""
    return answer(await accept(arrival, body, FORMAT, ports))


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
    media_type = arrival.content_type.partition(";")[0].strip().lower()
    if media_type not in JSON_TYPES:
        raise InvalidInput(f"the content type {media_type[:80]!r} is not JSON: send application/json", reason="unsupported_media_type")
    return Declared(events=split(raw, max_events=MAX_EVENTS))


FORMAT = Format(take_apart, declared_events)
