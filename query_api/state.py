"""What the query API is given at start: its ports, and the bounded threads that all blocking work runs in."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ParamSpec, TypeVar

import anyio
import anyio.to_thread
import sqlalchemy as sa

from seiche.ports.event_log import EventLogReader
from seiche.ports.search_index import SearchIndex
from seiche.settings import Settings

P = ParamSpec("P")
T = TypeVar("T")

MAX_THREADS = 4
"""Blocking queries at a time: ingest shares the process and the loop."""


@dataclass(frozen=True)
class ApiState:
    """Ports of one running API; `seiche.cli.web_process` builds it."""

    settings: Settings
    engine: sa.Engine
    log: EventLogReader
    make_olap_client: Callable[[], Any]
    """A new clickhouse-connect client, or `StoreUnavailable`; called once a thread."""
    search: SearchIndex
    threads: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(MAX_THREADS))

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run blocking work in one of the few threads; waits for one where all are busy."""
        return await anyio.to_thread.run_sync(partial(function, *args, **kwargs), limiter=self.threads)
