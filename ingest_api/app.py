"""Ingest as an ASGI application. Its few paths are matched here, ahead of any router: FastAPI's costs 70 us, half of all the rest."""

import logging
import re
import time
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

import anyio
import msgspec

from ingest_api.attachments import Attachments
from ingest_api.counters import Counters
from ingest_api.endpoints import health
from ingest_api.endpoints.envelope import envelope
from ingest_api.endpoints.events import events
from ingest_api.endpoints.security import reports
from ingest_api.endpoints.store import store
from ingest_api.endpoints.unsupported import check_in, logs, traces
from ingest_api.endpoints.uploads import attachments, minidump
from ingest_api.http import PREFLIGHT, Answer, Body, Buffers, ClientGone, Receive, Refused, Scope, Send, refusal, reply
from ingest_api.idempotency import Remembered, usable
from ingest_api.keys import KeyCache
from ingest_api.ledger import Ledger, Shelf
from ingest_api.limiter import Limiter
from ingest_api.log import Appender
from ingest_api.metrics import Metrics
from ingest_api.openapi import OPENAPI_PATH, document
from ingest_api.outcomes import Outcomes
from ingest_api.pipeline import Arrival, Ports
from ingest_api.spikes import Spikes
from seiche.backends.raw_store import RawStore
from seiche.errors import InvalidInput, SeicheError
from seiche.model.project import ProjectConfig, ProjectKey
from seiche.normalize.scrub import Scrubber
from seiche.ports.event_log import EventLogWriter
from seiche.protocol.auth import credentials
from seiche.settings import IngestSettings

Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Endpoint = Callable[[Arrival, Body, Ports], Awaitable[Answer]]
ENDPOINTS: dict[str, Endpoint] = {
    "envelope": envelope,
    "store": store,
    "security": reports,
    "csp-report": reports,
    "nel": reports,
    "minidump": minidump,
    "attachments": attachments,
    "cron": check_in,
    "traces": traces,
    "logs": logs,
}
"""By the word of the path; docs/ingest.md has the table."""
UPLOADS = frozenset({"minidump", "attachments"})
PROJECT_PATH = re.compile(
    r"(?:/.*)?/api/(?:(?P<project>[^/]+)/)?(?:"
    r"(?P<endpoint>envelope|store|security|csp-report|nel|minidump)"
    r"|(?(project)events/(?P<event_id>[^/]+)/(?P<attachments>attachments)|(?!))"
    r"|(?P<cron>cron)/[^/]+(?:/[^/]+)?"
    r"|(?:integration/)?otlp/v1/(?P<otlp>traces|logs)"
    r")/?"
)
"""A DSN may have a path: `http://KEY@HOST/PREFIX/1` leads to `/PREFIX/api/1/envelope/`."""
EVENTS_PATH = "/api/v1/events"
PLAIN_PATHS = frozenset({"/health/live", "/health/ready", "/metrics", OPENAPI_PATH})
BODY_IS_HERE = "seiche.body_is_here"
"""Of the scope: a function that says whether the request's whole body is in memory; where the server tells."""
INFLATING_THREADS = 2
PROJECT_DIGITS = 18
USER_AGENT_BYTES = 512
UNKEYED = frozenset({"no_key", "unknown_key", "invalid_auth", "conflicting_keys"})
"""Why a request has no valid key: in nobody's accounts, and counted apart."""

log = logging.getLogger(__name__)


class IngestApp:
    """Use as an async context manager inside the log writer's: leaving it flushes the refusals that are not in the log yet.

    `counts_url` is where limits are counted (`limits.storage_url`), `shelf` what keeps long ones over a restart.
    `writer_problem` says why the writer can take nothing any more; empty while it lives.
    Entering raises `ConfigurationError` where the scrubbing engine cannot be loaded: nothing is ever stored unscrubbed.
    """

    def __init__(
        self,
        *,
        writer: EventLogWriter,
        find_key: Callable[[str], ProjectKey | None],
        registry_problem: Callable[[], str],
        limits: IngestSettings,
        writer_problem: Callable[[], str],
        raw: RawStore,
        otherwise: Application,
        place_of: Callable[[str], str] | None = None,
        counts_url: str = "",
        shelf: Shelf | None = None,
        now_us: Callable[[], int] = lambda: time.time_ns() // 1000,
    ) -> None:
        self.metrics = Metrics()
        self.outcomes = Outcomes(writer)
        self.keys = KeyCache(find_key, cache_seconds=limits.key_cache_seconds)
        self._writer_problem, self._registry_problem = writer_problem, registry_problem
        self.ports = Ports(
            appender=Appender(writer, self.metrics),
            attachments=Attachments(raw, limits),
            remembered=Remembered(),
            keys=self.keys,
            outcomes=self.outcomes,
            metrics=self.metrics,
            limiter=Limiter(Counters(counts_url)),
            spikes=Spikes(),
            limits=limits,
            buffers=Buffers(),
            now_us=now_us,
            threads=anyio.CapacityLimiter(INFLATING_THREADS),
            place_of=place_of,
        )
        self._ledger = Ledger(self.ports.limiter, shelf)
        self._scrubber: Scrubber | None = None
        self._otherwise = otherwise

    async def __aenter__(self) -> Self:
        self._scrubber = Scrubber(ProjectConfig())
        await self._ledger.__aenter__()
        await self.outcomes.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.outcomes.__aexit__(kind, error, trace)
        await self._ledger.__aexit__(kind, error, trace)
        self.keys.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; what is not for ingest goes to `otherwise`."""
        path: str = scope.get("path", "")
        found = PROJECT_PATH.fullmatch(path) if path != EVENTS_PATH else None
        if found is None and path != EVENTS_PATH:
            if path in PLAIN_PATHS:
                await reply(send, await self._plain(path, scope["method"]))
            else:
                await self._otherwise(scope, receive, send)
            return
        name = (found["endpoint"] or found["attachments"] or found["cron"] or found["otlp"]) if found else "events"
        headers: dict[bytes, bytes] = dict(scope["headers"])
        limits = self.ports.limits
        most = limits.upload_bytes if name in UPLOADS else limits.compressed_bytes
        # Taken out: it leads back to the request, and a ring of them is freed by no count (80 ms of collecting every 2,000 events).
        body = Body(receive, headers, most, self.ports.buffers, scope.pop(BODY_IS_HERE, None))
        try:
            answer = await self._answer(scope, headers, name, found, body)
        except ClientGone:
            self.metrics.request(name, 499, body.received_bytes)
            return
        finally:
            body.release()
        self.metrics.request(name, answer.status, body.received_bytes)
        await reply(send, answer, body)

    async def _answer(self, scope: Scope, headers: dict[bytes, bytes], name: str, path: re.Match[str] | None, body: Body) -> Answer:
        try:
            if scope["method"] == "OPTIONS":
                return Answer(204, headers=PREFLIGHT)
            if scope["method"] != "POST":
                return not_allowed(scope["method"], b"POST, OPTIONS")
            client = scope.get("client")
            arrival = Arrival(
                credentials=credentials(scope["headers"], scope["query_string"]),
                project_id=project_id(path["project"] if path else None),
                content_encoding=headers.get(b"content-encoding", b"").decode("latin-1"),
                content_type=headers.get(b"content-type", b"").decode("latin-1"),
                client_ip=client[0] if client else "",
                user_agent=headers.get(b"user-agent", b"")[:USER_AGENT_BYTES].decode("latin-1"),
                event_id=(path["event_id"] or "") if path else "",
                query=scope["query_string"].decode("latin-1"),
                idempotency_key=usable(headers.get(b"idempotency-key", b"").decode("latin-1")) if name == "events" else "",
            )
            return await (events if name == "events" else ENDPOINTS[name])(arrival, body, self.ports)
        except ClientGone:
            raise
        except SeicheError as error:
            why = error.why if isinstance(error, Refused) else error.reason if isinstance(error, InvalidInput) else ""
            if why in UNKEYED:
                self.metrics.unkeyed(why)
            return refusal(error)
        except Exception:
            log.exception("%s %s failed", scope["method"], scope["path"])
            return refusal(Refused(500, "the server failed on this request; its log says why", why="internal_error"))

    async def _plain(self, path: str, method: str) -> Answer:
        if method not in {"GET", "HEAD"}:
            return not_allowed(method, b"GET, HEAD")
        match path:
            case "/health/live":
                return health.live()
            case "/health/ready":
                checks = {"event_log": self._log_check, "registry": self._registry_check, "scrubber": self._scrubber_check}
                return await health.ready(checks, degraded={"limits": self.ports.limiter.counters.problem})
            case "/metrics":
                self.metrics.buffered.set(self.ports.buffers.held_bytes)
                self.metrics.unflushed.set(len(self.outcomes))
                self.metrics.limits_degraded.set(bool(self.ports.limiter.counters.problem))
                return health.metrics(self.metrics)
            case _:
                return Answer(200, msgspec.json.encode(document()))

    async def _log_check(self) -> str:
        return self._writer_problem()

    async def _registry_check(self) -> str:
        return await anyio.to_thread.run_sync(self._registry_problem)

    async def _scrubber_check(self) -> str:
        return "" if self._scrubber is not None else "the scrubbing engine is not loaded"


def not_allowed(method: str, allowed: bytes) -> Answer:
    """405."""
    return refusal(Refused(405, f"{method} is not allowed here, only {allowed.decode()}", why="method", headers=((b"allow", allowed),)))


def project_id(text: str | None) -> int | None:
    """Of a path. Raises `Refused` (404) for what is no number."""
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= PROJECT_DIGITS):
        raise Refused(404, "there is no such project: a project's id is a number", why="no_project")
    return int(text)
