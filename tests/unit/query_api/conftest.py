"""A small real world: SQLite registry, event log, chDB behind HTTP, and the API in front of them by ASGI. Nothing is faked."""

import itertools
import json
import time
import uuid
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import pyarrow as pa
import pytest
import sqlalchemy as sa

from query_api.app import create_app, describe
from query_api.state import ApiState
from seiche.backends.clickhouse_schema import migrate
from seiche.backends.clickhouse_search import ClickHouseSearchIndex
from seiche.errors import StoreUnavailable
from seiche.grouping import group
from seiche.model.project import ProjectConfig
from seiche.model.record import LogRecord, RecordKind
from seiche.normalize import normalise, search_text
from seiche.registry import accounts
from seiche.registry.engine import make_engine, write
from seiche.registry.projects import create_project
from seiche.registry.regroup_tables import TOTALED
from seiche.registry.sightings import add_totals
from seiche.registry.tables import (
    Activity,
    ApiToken,
    FingerprintRow,
    Issue,
    IssueFacet,
    Membership,
    Organization,
    OutcomeCount,
    Project,
    UserAccount,
)
from seiche.settings import load_settings
from seiche.testing.olap import OlapProcess
from seiche.testing.registries import new_registry
from seiche.wiring import event_log_reader, event_log_writer, notification_payload

_bases = itertools.count(1)


@pytest.fixture(scope="session")
def anyio_backend():
    return "asyncio"


@pytest.fixture(scope="session")
def olap(tmp_path_factory):
    with OlapProcess(tmp_path_factory.mktemp("olap")) as process:
        client = process.client()
        migrate(client)
        client.close()
        yield process


class Stoppable:
    """The real thing, until the test stops analytics: then what a refused connection looks like."""

    def __init__(self, world, real):
        vars(self).update(world=world, real=real)

    def __getattr__(self, name):
        if self.world.olap_down:
            raise ConnectionRefusedError("stopped by the test") if name == "query" else StoreUnavailable("stopped by the test")
        return getattr(self.real, name)

    def __setattr__(self, name, value):
        setattr(self.real, name, value)


@dataclass
class World:
    """Makes rows the way the alerts consumer and the pipeline make them."""

    settings: object
    engine: sa.Engine
    writer: object
    make_client: object
    client: object
    search: ClickHouseSearchIndex
    olap_down: bool = False
    map_versions: itertools.count = field(default_factory=lambda: itertools.count(1))

    def client_or_down(self):
        return Stoppable(self, self.make_client())

    def project(self, name, organization_id=None):
        return create_project(self.engine, name, organization_id=organization_id)

    async def event(self, project, *, kind="ValueError", value="bad amount", batched=True, release="shop@1", environment="production",
                    level="error", user="u1", tags=None, at=None, number=0):  # fmt: skip
        """Accept one event, decide its issue as the consumer would, and, if `batched`, bring it to the hot tier."""
        event_id = uuid.uuid4().hex
        at = at or time.time()
        payload = {
            "event_id": event_id, "timestamp": at, "platform": "python", "level": level, "release": release, "environment": environment,
            "user": {"id": user}, "tags": tags or {"browser": "Firefox"},
            "exception": {"values": [{"type": kind, "value": value, "stacktrace": {"frames": [
                {"function": "main", "module": "shop.app", "filename": "shop/app.py", "lineno": 1, "in_app": True},
                {"function": f"checkout_{number}", "module": "shop.cart", "filename": "shop/cart.py", "lineno": 12, "in_app": True,
                 "context_line": "total = price * amount", "pre_context": ["def total():"], "post_context": ["return total"],
                 "vars": {"amount": "-1"}}]}}]},
            "breadcrumbs": {"values": [{"timestamp": at, "category": "query", "message": "SELECT basketrows"}]},
        }  # fmt: skip
        record = LogRecord(
            kind=RecordKind.EVENT, received_at_us=int(at * 1e6), project_id=project.id, public_key=project.public_key,
            event_id=event_id, config_version=1, received=1, body=json.dumps(payload).encode(),
        )  # fmt: skip
        (offset,) = await self.writer.append([record])
        parsed = normalise(record.body, record, ProjectConfig())
        grouping = group(parsed, ProjectConfig())
        issue_id = self._decide(project, parsed, grouping, offset)
        self._count(project, record)
        if batched:
            self._batch(project, parsed, grouping, offset, search_text(parsed, grouping), issue_id)
        return event_id, issue_id

    def _decide(self, project, event, grouping, offset):
        with write(self.engine) as session:
            row = session.get(FingerprintRow, (project.id, grouping.fingerprints[0]))
            at = event.occurred_at_us
            if row is None:
                owner = session.get_one(Project, project.id)
                issue = Issue(
                    project_id=project.id, number=owner.next_issue_number, type=grouping.type, value=grouping.value, title=grouping.title,
                    culprit=grouping.culprit, level=event.level, platform=event.platform, status_changed_at_us=at, first_seen_us=at,
                    last_seen_us=at, first_partition=0, first_offset=offset, first_event_id=event.event_id, last_partition=0,
                    last_offset=offset, last_event_id=event.event_id, first_release=event.release, last_release=event.release,
                    created_at_us=at, count=0,
                )  # fmt: skip
                owner.next_issue_number += 1
                owner.first_event_at_us = owner.first_event_at_us or at
                session.add(issue)
                session.flush()
                row = FingerprintRow(
                    project_id=project.id, fingerprint=grouping.fingerprints[0], issue_id=issue.id, rule="unseen", score=1.0, version=1,
                    components=[[part.name, part.value] for part in grouping.components], map_version=next(self.map_versions),
                    created_at_us=at,
                )  # fmt: skip
                session.add(row)
                session.add(Activity(project_id=project.id, issue_id=issue.id, kind="issue_new", actor="seiche", data={}, at_us=at))
            issue = session.get_one(Issue, row.issue_id)
            issue.count += 1
            issue.last_offset, issue.last_event_id, issue.last_seen_us = offset, event.event_id, max(at, issue.last_seen_us)
            total = {name: getattr(issue, name) for name in TOTALED}
            total |= {"project_id": project.id, "fingerprint": row.fingerprint, "count": 1, "first_seen_us": at, "last_seen_us": at}
            seen_at = {"count": 1, "first_seen_us": at, "last_seen_us": at}
            facets = [
                {"project_id": project.id, "fingerprint": row.fingerprint, "facet": name, "value": getattr(event, name), **seen_at}
                for name in ("release", "environment", "level")
            ]
            add_totals(session, [total], facets)
            for facet in ("release", "environment", "level"):
                seen = session.get(IssueFacet, (issue.id, facet, getattr(event, facet)))
                if seen is None:
                    session.add(
                        IssueFacet(issue_id=issue.id, facet=facet, value=getattr(event, facet), count=1, first_seen_us=at, last_seen_us=at)
                    )
            return issue.id

    def _count(self, project, record):
        with write(self.engine) as session:
            key = (project.id, record.received_at_us // 60_000_000, project.public_key, "error", "received", "")
            row = session.get(OutcomeCount, key)
            if row is None:
                names = ("project_id", "minute", "public_key", "category", "outcome", "reason")
                session.add(OutcomeCount(**dict(zip(names, key, strict=True)), quantity=1))
            else:
                row.quantity += 1

    def _batch(self, project, event, grouping, offset, text, issue_id):
        received = datetime.fromtimestamp(event.received_at_us / 1e6, UTC)
        micro = pa.timestamp("us", tz="UTC")
        hour = pa.array([int(received.timestamp()) // 3600 * 3600], pa.int64()).cast(pa.timestamp("s", tz="UTC"))
        scalars = {
            "log_partition": pa.array([0], pa.int32()), "log_offset": [offset], "silver_version": [1],
            "received_at": pa.array([event.received_at_us], pa.int64()).cast(micro),
            "occurred_at": pa.array([event.occurred_at_us], pa.int64()).cast(micro),
            "project_id": [project.id], "event_id": [event.event_id], "fingerprint": [grouping.fingerprints[0]],
        }  # fmt: skip
        texts = {
            name: [getattr(event, name)] for name in ("platform", "level", "logger", "transaction", "release", "environment", "message")
        }
        texts |= {"type": [grouping.type], "value": [grouping.value], "culprit": [grouping.culprit], "title": [grouping.title]}
        texts |= {"user_key": [event.user.key]}
        tags = pa.array([list(event.tags)], pa.map_(pa.string(), pa.string()))
        client = self.client
        client.insert_arrow("events_hot", pa.table({"received_hour": hour, **scalars, **texts, "tags": tags}))
        with write(self.engine) as session:
            version = session.get_one(FingerprintRow, (project.id, grouping.fingerprints[0])).map_version
        entry = {"project_id": [project.id], "fingerprint": [grouping.fingerprints[0]], "issue_id": [issue_id], "map_version": [version]}
        client.insert_arrow("fingerprint_map", pa.table(entry))
        names = ("log_partition", "log_offset", "received_at", "project_id", "event_id", "fingerprint")
        rows = pa.table({**{name: scalars[name] for name in names}, "search_text": [text]})
        self.search.index(rows, version=event.event_id)


@asynccontextmanager
async def made(folder, olap):
    settings = load_settings(data=folder)
    engine = make_engine(new_registry(folder / "registry.sqlite"))
    # chDB is shared by the session: project ids must not repeat across tests, so autoincrement starts elsewhere each time.
    with write(engine) as session:
        organization_id = session.scalar(sa.select(Organization.id))
        session.add(Project(id=next(_bases) * 1000, organization_id=organization_id, slug="taken", name="Taken", created_at_us=1))
    async with event_log_writer(settings) as writer:
        client = olap.client()
        search = ClickHouseSearchIndex(lambda: client)
        yield World(settings=settings, engine=engine, writer=writer, make_client=olap.client, client=client, search=search)
        client.close()
    engine.dispose()


@pytest.fixture
async def world(tmp_path, olap):
    async with made(tmp_path, olap) as world:
        yield world


def state_over(world):
    return ApiState(
        settings=world.settings,
        engine=world.engine,
        log=event_log_reader(world.settings),
        make_olap_client=world.client_or_down,
        search=Stoppable(world, world.search),
        notification_payload=notification_payload(world.settings),
    )


@pytest.fixture
def state(world):
    return state_over(world)


@pytest.fixture(scope="session")
def routes():
    """The application without its ports, which keeps nothing between tests: making it takes a third of a second."""
    return describe()


@pytest.fixture
def app(routes, state):
    routes.state.api = state
    return routes


def client_of(app):
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000/api/v1")


@pytest.fixture
async def anonymous(app):
    async with client_of(app) as client:
        yield client


@pytest.fixture
def organization(world):
    """Make an organization with a member of a role; returns (organization id, token secret)."""

    def make(slug, role="owner"):
        secret = f"secret-of-{slug}"
        with write(world.engine) as session:
            made = Organization(slug=slug, name=slug, created_at_us=1)
            password_hash = session.scalar(sa.select(UserAccount.password_hash))  # the owner's: hashing is slow on purpose
            user = UserAccount(email=f"{role}@{slug}.example.org", password_hash=password_hash, created_at_us=1)
            session.add_all([made, user])
            session.flush()
            session.add(Membership(organization_id=made.id, user_id=user.id, role=role))
            session.add(ApiToken(organization_id=made.id, token_hash=accounts.digest(secret), label=slug, created_at_us=1))
            return made.id, secret

    return make


def sign_in(client, world):
    """By cookie (test_auth.py goes through the login itself, whose hash is slow on purpose)."""
    secret, now_us = accounts.new_secret(), int(time.time() * 1e6)
    found = accounts.password_hash_of(world.engine, "owner@example.org")
    accounts.open_session(world.engine, found[0], secret, now_us=now_us, expires_at_us=now_us + 3_600_000_000)
    client.cookies.set("seiche_session", secret)


@pytest.fixture
def owner(anonymous, world):
    sign_in(anonymous, world)
    return anonymous


@pytest.fixture(scope="module")
async def lasting(tmp_path_factory, olap):
    """(world, its owner's client) for a whole module: for tests that only read what a fixture of their module put there."""
    async with made(tmp_path_factory.mktemp("lasting"), olap) as world, client_of(create_app(state_over(world))) as client:
        sign_in(client, world)
        yield world, client
