"""`POST /api/{project_id}/store/`: one event's JSON, as older SDKs send it."""

from ingest_api.endpoints.envelope import answer
from ingest_api.http import Answer, Body
from ingest_api.pipeline import Arrival, Declared, Format, Ports, accept
from seiche.protocol.store import event_json


async def store(arrival: Arrival, body: Body, ports: Ports) -> Answer:
    """200 with the event's id."""
    return answer(await accept(arrival, body, FORMAT, ports))


def take_apart(raw: bytes, arrival: Arrival) -> Declared:
    """Raises `InvalidInput` where there is no event in it."""
    return Declared(events=(event_json(raw, arrival.content_type),))


FORMAT = Format(take_apart)
