"""What the query API is given at start: its ports, and the bounded threads that all blocking work runs in."""

from collections.abc import Callable
from dataclasses import InitVar, dataclass, field
from functools import partial
from typing import Any, ParamSpec, TypeVar

import anyio
import anyio.to_thread
import sqlalchemy as sa

from lake.payloads import PayloadReader
from query_api.auth.attempts import Attempts
from query_api.gateway import Gateway
from query_api.live import LiveFeed
from seiche.artifacts.assemble import Assembler
from seiche.artifacts.finder import ArtifactFinder
from seiche.backends.raw_store import RawStore
from seiche.model.alert import AlertRule, Trigger
from seiche.model.event import Event
from seiche.model.issue import Grouping
from seiche.model.record import StoredRecord
from seiche.ports.event_log import EventLogReader
from seiche.ports.search_index import SearchIndex
from seiche.registry.tables import Issue, Project
from seiche.settings import Settings

P = ParamSpec("P")
T = TypeVar("T")

NotificationPayload = Callable[[AlertRule, Issue, Project, StoredRecord, Event, Grouping, int, tuple[Trigger, str]], dict[str, Any]]
"""(rule, issue, project, record, event, grouping, now_us, (what happened, why)) -> the payload."""

MAX_THREADS = 4
"""Blocking queries at a time: ingest shares the process and the loop."""


@dataclass
class ApiState:
    """Ports of one running API; `seiche.cli.web_process` builds it."""

    settings: Settings
    engine: sa.Engine
    log: EventLogReader
    make_olap_client: InitVar[Callable[[], Any]]
    """A new clickhouse-connect client, or `StoreUnavailable`; called once a thread. Only the gateway gets it."""
    search: InitVar[SearchIndex]
    """Only the gateway gets it."""
    notification_payload: NotificationPayload
    """What a notification says: the same words for a test as for the real thing."""
    gateway: Gateway = field(init=False)
    payloads: PayloadReader = field(init=False)
    artifacts: ArtifactFinder = field(init=False)
    uploads: Assembler = field(init=False)
    raw: RawStore = field(init=False)
    live: LiveFeed = field(init=False)
    attempts: Attempts = field(init=False, default_factory=Attempts)
    threads: anyio.CapacityLimiter = field(init=False)

    def __post_init__(self, make_olap_client: Callable[[], Any], search: SearchIndex) -> None:
        self.gateway = Gateway(make_olap_client, search)
        self.payloads = PayloadReader(self.settings.lake_url, self.settings.lake_options)
        self.raw = RawStore(self.settings.raw_url, self.settings.raw.options, minimum_free_bytes=self.settings.log.minimum_free_bytes)
        self.artifacts = ArtifactFinder(self.engine, self.raw, self.settings.artifacts)
        self.uploads = Assembler(self.engine, self.raw, self.settings.artifacts)
        self.threads = anyio.CapacityLimiter(MAX_THREADS)
        self.live = LiveFeed(self.engine, self.run)

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run blocking work in one of the few threads; waits for one where all are busy."""
        return await anyio.to_thread.run_sync(partial(function, *args, **kwargs), limiter=self.threads)
