"""`POST /api/v1/events`: `{"events": [{...}, ...]}`, or an event a line (NDJSON). The project is the key's."""

from typing import Any

import msgspec

from ingest_api.endpoints.refused import told
from ingest_api.http import CORS, JSON, Answer, Body
from ingest_api.pipeline import Accepted, Arrival, Declared, Format, Ports, accept
from seiche.errors import InvalidInput
from seiche.model.outcome import Outcome
from seiche.protocol.batch import MAX_EVENTS, declared_events, declared_lines, lines, split

LINE_TYPES = frozenset(
    {"application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines", "application/json-lines"}
)
JSON_TYPES = frozenset({"", "application/json", "text/json"})


async def events(arrival: Arrival, body: Body, ports: Ports) -> Answer:
    """200 where all are stored or filtered, 207 where some are, 400 or 429 where none is; a result an event, in the order sent."""
    chosen = LINES if media_type(arrival) in LINE_TYPES else FORMAT

    async def make() -> Answer:
        return answer(await accept(arrival, body, chosen, ports))

    if not arrival.idempotency_key or arrival.credentials is None:
        return await make()
    sent = arrival.content_encoding.encode() + b"\n" + await body.read_ahead()
    return await ports.remembered.answer(arrival.credentials.public_key, arrival.idempotency_key, sent, make)


def answer(accepted: Accepted) -> Answer:
    """`{"received": n, "results": [{"id", "status": "stored" | "filtered" | "rate_limited" | "invalid", "reason"?, "detail"?}]}`."""
    results: list[dict[str, Any]] = []
    done = 0
    for result in accepted.results:
        if result.dropped is None:
            done += 1
            results.append({"id": result.event_id, "status": "stored"})
        else:
            dropped = result.dropped
            done += dropped.outcome is Outcome.FILTERED
            results.append({"id": result.event_id, "status": dropped.outcome.value, "reason": dropped.reason, "detail": dropped.detail})
    body = msgspec.json.encode({"received": len(results), "results": results})
    return Answer(_status(done, results), body, (JSON, *CORS, *told(accepted)))


def _status(done: int, results: list[dict[str, Any]]) -> int:
    if done:
        return 200 if done == len(results) else 207
    limited = results and results[0]["status"] == Outcome.RATE_LIMITED
    return 429 if limited else 400 if results else 200


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
