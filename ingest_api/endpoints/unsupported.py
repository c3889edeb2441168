"""What other products of Sentry's take and this one does not: answered 200, counted, and asked not to come again."""

from ingest_api.endpoints.envelope import UNSUPPORTED, answer
from ingest_api.http import Answer, Body
from ingest_api.pipeline import Arrival, Declared, Format, Ports, accept
from seiche.model.outcome import Outcome


def endpoint(category: str) -> Format:
    """Everything that arrives is one item of the category."""
    return Format(lambda _raw, _arrival: Declared(events=(), others=((category, Outcome.FILTERED, UNSUPPORTED),)), category=category)


CHECK_INS, TRACES, LOGS = endpoint("monitor"), endpoint("span"), endpoint("log_item")


async def check_in(arrival: Arrival, body: Body, ports: Ports) -> Answer:
    """Crons."""
    return answer(await accept(arrival, body, CHECK_INS, ports))


async def traces(arrival: Arrival, body: Body, ports: Ports) -> Answer:
    """OpenTelemetry's."""
    return answer(await accept(arrival, body, TRACES, ports))


async def logs(arrival: Arrival, body: Body, ports: Ports) -> Answer:
    """OpenTelemetry's."""
    return answer(await accept(arrival, body, LOGS, ports))
