"""`POST .../security/`, `/csp-report/` and `/nel/`: what browsers report by themselves, each report an event."""

from urllib.parse import parse_qs

from ingest_api.endpoints.envelope import answer
from ingest_api.http import Answer, Body
from ingest_api.pipeline import Arrival, Declared, Format, Ports, accept
from seiche.protocol import security


async def reports(arrival: Arrival, body: Body, ports: Ports) -> Answer:
    """200 with the first event's id."""
    return answer(await accept(arrival, body, FORMAT, ports))


def take_apart(raw: bytes, arrival: Arrival) -> Declared:
    """Raises `InvalidInput` where there is no report in it."""
    asked = parse_qs(arrival.query[:4096], max_num_fields=64)
    told = {name: asked.get(f"sentry_{name}", [""])[0] for name in ("release", "environment")}
    return Declared(events=security.events(raw, told=told, user_agent=arrival.user_agent))


FORMAT = Format(take_apart)
