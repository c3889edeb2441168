"""`/health/live`, `/health/ready`, `/metrics`: for supervisors, load balancers and Prometheus."""

from collections.abc import Awaitable, Callable, Mapping

import msgspec

from ingest_api.http import JSON, Answer
from ingest_api.metrics import CONTENT_TYPE, Metrics

Check = Callable[[], Awaitable[str]]
"""What is wrong, or ""."""


def live() -> Answer:
    """200 while the process answers at all."""
    return Answer(200, b'{"status":"live"}', (JSON,))


async def ready(checks: Mapping[str, Check], degraded: Mapping[str, str]) -> Answer:
    """200 where events can be taken; else 503, and what is wrong by check. `degraded`: what works worse than it should, or ""."""
    found = {name: await check() for name, check in checks.items()}
    wrong = {name: problem for name, problem in found.items() if problem}
    body: dict[str, object] = {"status": "not ready" if wrong else "ready", "problems": wrong}
    if worse := {name: problem for name, problem in degraded.items() if problem}:
        body["degraded"] = worse
    return Answer(503 if wrong else 200, msgspec.json.encode(body), (JSON, (b"cache-control", b"no-store")))


def metrics(of: Metrics) -> Answer:
    """Prometheus's text format."""
    return Answer(200, of.text(), ((b"content-type", CONTENT_TYPE.encode()), (b"cache-control", b"no-store")))
