"""The live feed: server-sent events that tail the registry's activity.

Each listener asks for its own project's newer entries once a second (an indexed read of some 0.1 ms), so that there is no shared
state to get wrong, a slow reader slows only itself, and Last-Event-ID misses nothing.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import sqlalchemy as sa
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from query_api.schemas import ActivityEntry
from query_api.times import moment
from seiche.errors import StoreUnavailable
from seiche.registry import issue_queries
from seiche.registry.engine import read
from seiche.registry.tables import Activity

MAX_LISTENERS = 50
POLL_SECONDS = 1.0
HEARTBEAT_SECONDS = 15.0
MOST_SECONDS = 600.0
"""Then the browser comes back by itself, and is asked again who it is."""

Run = Callable[..., Awaitable[Any]]


class LiveFeed:
    """Counts the listeners and reads for them."""

    def __init__(self, engine: sa.Engine, run: Run) -> None:
        self._engine = engine
        self._run = run
        self.listeners = 0

    def answer(self, project_id: int, after_id: int | None) -> "LiveResponse":
        """A stream. Raises `StoreUnavailable` where all places are taken."""
        if self.listeners >= MAX_LISTENERS:
            raise StoreUnavailable(f"all {MAX_LISTENERS} live feeds are taken: close a tab", retry_after_seconds=30)
        return LiveResponse(self, self._frames(project_id, after_id))

    async def _frames(self, project_id: int, after_id: int | None) -> AsyncIterator[bytes]:
        """First what came after `after_id` (None: nothing old), then live."""
        yield b"retry: 2000\n\n"
        started = spoken = time.monotonic()
        last_id = await self._run(self._last_id) if after_id is None else after_id
        while time.monotonic() - started < MOST_SECONDS:
            entries = await self._run(self._since, last_id, project_id)
            for entry in entries:
                yield _frame(entry)
                last_id = entry.id
            now = time.monotonic()
            if entries:
                spoken = now
                continue
            if now - spoken >= HEARTBEAT_SECONDS:
                yield b": heartbeat\n\n"
                spoken = now
            await asyncio.sleep(POLL_SECONDS)

    def _last_id(self) -> int:
        with read(self._engine) as session:
            return issue_queries.last_activity_id(session)

    def _since(self, last_id: int, project_id: int) -> list[ActivityEntry]:
        with read(self._engine) as session:
            return [entry_of(row) for row in issue_queries.activity_after(session, project_id, last_id)]


class LiveResponse(StreamingResponse):
    """Holds its place for exactly as long as it is being sent."""

    def __init__(self, feed: LiveFeed, frames: AsyncIterator[bytes]) -> None:
        super().__init__(frames, media_type="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        self._feed = feed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._feed.listeners += 1
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._feed.listeners -= 1


def entry_of(row: Activity) -> ActivityEntry:
    """An activity row as the API shows it."""
    return ActivityEntry(
        id=row.id,
        kind=row.kind,
        actor=row.actor,
        reason=row.reason,
        data=row.data,
        at=moment(row.at_us),
        issue_id=str(row.issue_id) if row.issue_id is not None else None,
    )


def _frame(entry: ActivityEntry) -> bytes:
    return f"id: {entry.id}\nevent: activity\ndata: {entry.model_dump_json()}\n\n".encode()
