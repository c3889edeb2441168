"""The straight line in one process over every server; whoever starts anew changes no number."""

import asyncio
import json
import threading
import time
import uuid

import pytest

from alerts.consumer import Consumer
from orchestration.line import Line
from seiche import wiring
from seiche.cli.export import rows as exported
from seiche.cli.settle import settle
from seiche.model.record import LogRecord, RecordKind
from seiche.ports.search_index import TextTerm
from seiche.registry.migrate import upgrade
from seiche.registry.projects import ProjectInfo, bootstrap, create_project
from seiche.settings import Settings
from seiche.testing import servers
from seiche.testing.olap import OlapProcess
from seiche.testing.product import settings_from

pytestmark = pytest.mark.timeout(240)
PROJECTS, EVENTS = 4, 25


@pytest.fixture
def settings(tmp_path):
    with OlapProcess(tmp_path) as olap, servers.fresh_database() as url:
        olap.client().close()
        analytics = {"SEICHE_OLAP__PORT": str(olap.port), "SEICHE_OLAP__PASSWORD": olap.password}
        found = settings_from(tmp_path, {**servers.product_environment(url), **analytics})
        upgrade(found.registry_url)
        yield found
        wiring.registry_engine(found.registry_url).dispose()
        wiring.registry_engine.cache_clear()


def record(project: ProjectInfo, number: int, event_id: str = "") -> LogRecord:
    event_id = event_id or uuid.uuid4().hex
    frame = {"module": "shop.cart", "function": f"total_{number % 3}", "filename": "shop/cart.py", "lineno": 7, "in_app": True}
    error = {"type": "KeyError", "value": f"sku {project.slug}", "stacktrace": {"frames": [frame]}}
    body = {"event_id": event_id, "timestamp": time.time(), "platform": "python", "exception": {"values": [error]}}
    return LogRecord(
        kind=RecordKind.EVENT,
        received_at_us=time.time_ns() // 1000,
        project_id=project.id,
        public_key=project.public_key,
        event_id=event_id,
        config_version=1,
        received=1,
        body=json.dumps(body).encode(),
    )


async def send(settings: Settings, records: list[LogRecord]) -> None:
    async with wiring.event_log_writer(settings) as writer:
        await asyncio.gather(*(writer.append([one]) for one in records))


def work(settings: Settings) -> None:
    """What the alerts and the pipeline process do, each started anew."""
    log, engine = wiring.event_log_reader(settings), wiring.registry_engine(settings.registry_url)
    consumer = Consumer(log, engine, settings.alerts, base_url="http://127.0.0.1")
    while any(consumer.step(partition) for partition in log.partitions()):
        pass
    line = Line(settings, log, threading.Event())
    while line.turn():
        pass
    assert [(stage.name, stage.error) for stage in line.failing] == []
    line.close()


def test_what_is_sent_arrives_everywhere_once(settings: Settings) -> None:
    engine = wiring.registry_engine(settings.registry_url)
    bootstrap(engine, admin_email="owner@example.org", admin_password=uuid.uuid4().hex)
    projects = [create_project(engine, f"Shop {number}") for number in range(PROJECTS)]
    first = [record(project, number) for project in projects for number in range(EVENTS)]
    repeats = [record(projects[0], 0, first[0].event_id), record(projects[1], 1, first[EVENTS].event_id)]
    asyncio.run(send(settings, first))
    work(settings)
    asyncio.run(send(settings, [*repeats, record(projects[2], 1)]))
    work(settings)
    work(settings)

    stored = PROJECTS * EVENTS + 1
    settled = settle(settings, timeout_seconds=30)
    assert settled.problems == []
    assert (settled.sums["received"], settled.sums["stored"], settled.sums["duplicates"]) == (stored + 2, stored, 2)
    found = [row for project in projects for row in exported(settings, project.slug)]
    assert len({row["event_id"] for row in found}) == len(found) == stored
    assert len({row["issue_id"] for row in found}) == 3 * PROJECTS
    assert len(list(wiring.event_log_reader(settings).partitions())) == 3

    index = wiring.search_index(settings)
    assert type(index).__name__ == "OpenSearchIndex"
    for project in projects:
        assert len(index.fingerprints(project.id, [TextTerm(("keyerror",))])) == 3
        assert index.fingerprints(project.id, [TextTerm(("shop", project.slug.split("-")[-1], "nowhere"))]) == []
    client = wiring.olap_client(settings)
    assert client.query("SELECT count(), uniqExact(project_id) FROM events_hot").result_rows == [(stored, PROJECTS)]
    client.close()
    index.drop_everything()
