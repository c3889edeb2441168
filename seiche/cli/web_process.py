"""The `web` process: ingest ahead, then the query API, then the built dashboard, as one application on one port."""

import asyncio
import contextlib
import gc
import logging
import resource
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import sqlalchemy as sa
import uvicorn
import uvloop
from fastapi import FastAPI

import seiche
from ingest_api.app import IngestApp
from ingest_api.http import Receive, Scope, Send
from query_api.app import create_app
from seiche import wiring
from seiche.cli import canary_metrics
from seiche.cli.dashboard_files import DashboardFiles
from seiche.cli.web_protocol import BoundedProtocol
from seiche.errors import ConfigurationError, SeicheError
from seiche.ports.event_log import EventLogWriter
from seiche.registry.engine import read
from seiche.registry.limit_counts import LimitCounts
from seiche.registry.migrate import upgrade
from seiche.registry.projects import find_key
from seiche.settings import Settings

DASHBOARD = Path(seiche.__file__).parent.parent / "dashboard" / "web" / "dist"
GRACE_SECONDS = 2
"""For answers that are being made; the live feed would go on for ever."""
KEEP_ALIVE_SECONDS = 75
"""SDKs and proxies keep connections for a minute."""
WATCH_SECONDS = 0.5
OPEN_FILES = 65_536

log = logging.getLogger(__name__)


def run(settings: Settings) -> None:
    """Until SIGTERM or SIGINT. Raises `ConfigurationError` for a port in use or another writer; `SeicheError` if the log's writer dies."""
    upgrade(settings.registry_url)
    raise_open_files()
    listener = listen(settings.host, settings.port)
    # uvicorn raises the signal again when it is done: the second one is to find nothing to end.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(settings, listener))
    finally:
        listener.close()


async def serve(settings: Settings, listener: socket.socket) -> None:
    """Serve on a bound socket until told to stop; every part is closed afterwards, in order."""
    async with web_application(settings) as (application, writer):
        config = uvicorn.Config(
            application,
            http=BoundedProtocol,
            ws="none",
            loop="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        server = uvicorn.Server(config)
        watch = asyncio.create_task(_stop_with_writer(server, writer))
        gc.collect()
        gc.freeze()  # what is loaded lives until the end
        try:
            await server.serve(sockets=[listener])
        finally:
            watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watch
        problem = writer_problem(writer)
    if problem:
        raise SeicheError(f"the event log takes nothing any more ({problem}): the process ends, so that it is started anew")


@asynccontextmanager
async def web_application(settings: Settings) -> AsyncIterator[tuple[IngestApp, EventLogWriter]]:
    """The one application over open ports. Raises `ConfigurationError` where the log has another writer or scrubbing cannot work."""
    engine = wiring.registry_engine(settings.registry_url)
    async with wiring.event_log_writer(settings) as writer:
        ingest = IngestApp(
            writer=writer,
            find_key=lambda public_key: find_key(engine, public_key),
            registry_problem=lambda: registry_problem(engine),
            limits=settings.ingest,
            writer_problem=lambda: writer_problem(writer),
            raw=wiring.raw_store(settings),
            place_of=wiring.geo_lookup(settings),
            counts_url=settings.limits.storage_url,
            shelf=LimitCounts(engine),
            otherwise=with_dashboard(create_app(wiring.query_api_state(settings)), DASHBOARD),
        )
        async with ingest, canary_metrics.shown(ingest.metrics.registry, engine, settings.canary):
            yield ingest, writer


def with_dashboard(api: FastAPI, dist: Path) -> FastAPI:
    """The query API, and the dashboard for every path that is none of its own: so its pages get the API's security headers."""
    not_found, files = api.router.default, DashboardFiles(dist)

    async def otherwise(scope: Scope, receive: Receive, send: Send) -> None:
        is_api = scope["path"] == "/api" or scope["path"].startswith("/api/")
        await (not_found if is_api or scope["type"] != "http" else files)(scope, receive, send)

    api.router.default = otherwise
    return api


def listen(host: str, port: int) -> socket.socket:
    """A bound socket. Raises `ConfigurationError` naming address and port where it cannot be had."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ConfigurationError(f"{host} is no address to listen on ({error}): choose another --host") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise ConfigurationError(
            f"port {port} of {host} cannot be had ({error.strerror}): stop what uses it, or pass another --port"
        ) from error
    listener.setblocking(False)
    return listener


def raise_open_files() -> None:
    """As many connections as the machine allows: shells give 1,024, and clients keep theirs open for a minute."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def writer_problem(writer: EventLogWriter) -> str:
    """Why the log's writer can take nothing any more, whatever is tried; "" while it lives. A writer that cannot die has no `dead`."""
    return getattr(writer, "dead", None) or ""


def registry_problem(engine: sa.Engine) -> str:
    """Why keys cannot be looked up; blocks."""
    try:
        with read(engine) as session:
            session.execute(sa.text("SELECT 1 FROM project_keys LIMIT 1"))
    except (SeicheError, sa.exc.SQLAlchemyError) as error:
        return str(error)
    return ""


async def _stop_with_writer(server: uvicorn.Server, writer: EventLogWriter) -> None:
    while not writer_problem(writer):  # noqa: ASYNC110 - the writer's thread tells nobody
        await asyncio.sleep(WATCH_SECONDS)
    log.error("the event log takes nothing any more: %s", writer_problem(writer))
    server.should_exit = True
