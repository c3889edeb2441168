"""A real registry and a real event log below ingest as an ASGI application. Nothing is faked but time, where a test says so."""

import json
import uuid
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import msgspec
import sqlalchemy as sa

from ingest_api.app import IngestApp
from seiche.errors import StoreUnavailable
from seiche.model.outcome import Tally
from seiche.model.record import RecordKind
from seiche.protocol.codec import decode_body
from seiche.protocol.items import category
from seiche.registry.projects import ProjectInfo, find_key
from seiche.settings import Settings
from seiche.wiring import event_log_reader, event_log_writer, geo_lookup, raw_store


def event(**fields: Any) -> dict[str, Any]:
    return {"event_id": uuid.uuid4().hex, "platform": "python", "message": "it broke", **fields}


def envelope(*payloads: Any, header: dict[str, Any] | None = None, kind: str = "event") -> bytes:
    lines = [json.dumps(header or {}).encode()]
    for payload in payloads:
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        lines += [json.dumps({"type": kind, "length": len(body)}).encode(), body]
    return b"\n".join(lines) + b"\n"


async def otherwise(scope, receive, send):
    await send({"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"9")]})
    await send({"type": "http.response.body", "body": b"elsewhere"})


@dataclass
class World:
    settings: Settings
    engine: sa.Engine
    project: ProjectInfo
    writer: Any
    ingest: IngestApp
    client: httpx.AsyncClient
    registry_down: list[str] = field(default_factory=list)

    def auth(self, project=None):
        return {"X-Sentry-Auth": f"Sentry sentry_version=7, sentry_client=test/1, sentry_key={(project or self.project).public_key}"}

    async def envelope(self, body, *, headers=None, project_id=None, auth=True, **more):
        given = {**(self.auth() if auth else {}), "Content-Type": "application/x-sentry-envelope", **(headers or {})}
        return await self.client.post(f"/api/{project_id or self.project.id}/envelope/", content=body, headers=given, **more)

    async def store(self, body, *, headers=None):
        return await self.client.post(f"/api/{self.project.id}/store/", content=body, headers={**self.auth(), **(headers or {})})

    async def batch(self, events, *, headers=None):
        body = events if isinstance(events, bytes) else json.dumps({"events": events}).encode()
        return await self.client.post(
            "/api/v1/events", content=body, headers={**self.auth(), "Content-Type": "application/json", **(headers or {})}
        )

    def records(self, kind=RecordKind.EVENT):
        return [one.record for one in self.everything() if one.record.kind == kind]

    def everything(self):
        reader = event_log_reader(self.settings)
        try:
            found = []
            while batch := reader.read(0, len(found)):
                found += batch
            return found
        finally:
            reader.close()

    def bodies(self):
        return [json.loads(decode_body(record)) for record in self.records()]

    async def sums(self):
        """What the alerts consumer and silver would count: (category, outcome) -> quantity."""
        await self.ingest.outcomes.flush()
        return counted(self.everything())

    def metric(self, name, **labels):
        return self.ingest.metrics.registry.get_sample_value(name, labels) or 0


def counted(stored):
    found = Counter()
    for one in stored:
        if one.record.kind == RecordKind.EVENT:
            found["error", "received"] += one.record.received
            found["error", "stored"] += 1
        elif one.record.kind == RecordKind.ITEM:
            kind = category(one.record.item_type)
            found[kind, "received"] += 1
            found[kind, "stored"] += 1
        else:
            for tally in msgspec.json.decode(decode_body(one.record), type=list[Tally]):
                found[tally.category, tally.outcome.value] += tally.quantity
    return dict(found)


@asynccontextmanager
async def running(settings, engine, project, writer=None):
    down: list[str] = []

    def find(public_key):
        if down:
            raise StoreUnavailable(down[0])
        return find_key(engine, public_key)

    async with event_log_writer(settings) as log:
        ingest = IngestApp(
            writer=writer or log,
            find_key=find,
            registry_problem=lambda: down[0] if down else "",
            limits=settings.ingest,
            writer_problem=lambda: log.dead or "",
            raw=raw_store(settings),
            otherwise=otherwise,
            place_of=geo_lookup(settings),
            counts_url=settings.limits.storage_url,
        )
        transport = httpx.ASGITransport(app=ingest, client=("198.51.100.7", 4711))
        async with ingest, httpx.AsyncClient(transport=transport, base_url="http://ingest") as client:
            yield World(settings, engine, project, log, ingest, client, down)
