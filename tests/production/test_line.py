"""The straight line in one process over every server; whoever starts anew changes no number."""

import asyncio
import json
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import pytest
import sqlalchemy as sa
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from alerts.consumer import Consumer
from lake import hot
from orchestration.line import Line
from seiche import wiring
from seiche.cli.export import rows as exported
from seiche.cli.settle import settle
from seiche.model.record import LogRecord, RecordKind
from seiche.ports.search_index import TextTerm
from seiche.registry import sightings
from seiche.registry.engine import read
from seiche.registry.migrate import upgrade
from seiche.registry.projects import ProjectInfo, bootstrap, create_project
from seiche.registry.tables import Activity, Issue
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


def decide_side_by_side(settings: Settings, consumers: int) -> list[float]:
    """Several consumers, each with its share; returns how long each worked."""
    seconds: list[float] = []

    def run(number: int) -> None:
        log, engine = wiring.event_log_reader(settings), wiring.registry_engine(settings.registry_url)
        share = settings.alerts.model_copy(update={"share": f"{number}/{consumers}"})
        consumer = Consumer(log, engine, share, base_url="http://127.0.0.1")
        stop, began = threading.Event(), time.monotonic()
        ends = {partition: log.end_offset(partition) for partition in consumer.share.of(log.partitions())}
        thread = threading.Thread(target=consumer.run, args=(stop,))
        thread.start()
        deadline = time.monotonic() + 60
        while any(_position(settings, partition) < end for partition, end in ends.items()) and time.monotonic() < deadline:
            time.sleep(0.05)
        seconds.append(time.monotonic() - began)
        stop.set()
        thread.join(20)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(1, consumers + 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    return seconds


def _position(settings: Settings, partition: int) -> int:
    with read(wiring.registry_engine(settings.registry_url)) as session:
        return sightings.position(session, partition)


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


def test_several_consumers_share_the_partitions_and_agree(settings: Settings) -> None:
    engine = wiring.registry_engine(settings.registry_url)
    bootstrap(engine, admin_email="owner@example.org", admin_password=uuid.uuid4().hex)
    projects = [create_project(engine, f"Shop {number}") for number in range(6)]
    asyncio.run(send(settings, [record(project, number) for number in range(EVENTS) for project in projects]))
    assert len(decide_side_by_side(settings, 3)) == 3
    work(settings)
    settled = settle(settings, timeout_seconds=30)
    assert settled.problems == []
    assert settled.sums["stored"] == EVENTS * len(projects)
    with read(engine) as session:
        counts = session.execute(sa.select(Issue.project_id, sa.func.sum(Issue.count), sa.func.count()).group_by(Issue.project_id)).all()
    assert sorted(tuple(row) for row in counts) == sorted((project.id, EVENTS, 3) for project in projects)
    index = wiring.search_index(settings)
    index.drop_everything()


def test_two_pipelines_by_mistake_double_nothing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """One has looked how far the hot tier is and dawdles; another comes, sees more of silver and the same place to go on from."""
    engine, log = wiring.registry_engine(settings.registry_url), wiring.event_log_reader(settings)
    bootstrap(engine, admin_email="owner@example.org", admin_password=uuid.uuid4().hex)
    project = create_project(engine, "Shop")
    consumer = Consumer(log, engine, settings.alerts, base_url="http://127.0.0.1")
    one, other = Line(settings, log, threading.Event()), Line(settings, log, threading.Event())

    def more_silver() -> None:
        asyncio.run(send(settings, [record(project, number) for number in range(EVENTS)]))
        while any(consumer.step(partition) for partition in log.partitions()):
            pass
        for stage in ("bronze_events", "silver_events"):
            other.run(stage)

    look, looked, go_on = hot.next_offset, threading.Event(), threading.Event()

    def look_and_dawdle(*asked: Any) -> int:
        found = look(*asked)
        if not looked.is_set():
            looked.set()
            assert go_on.wait(60)
        return found

    monkeypatch.setattr(hot, "next_offset", look_and_dawdle)
    more_silver()
    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(one.run, "events_hot")
        assert looked.wait(60)
        more_silver()
        quick = pool.submit(other.run, "events_hot")
        wait([quick], timeout=3)
        assert not quick.done(), "it must wait for its turn"
        go_on.set()
        assert (slow.result(60).rows, quick.result(60).rows) == (EVENTS, EVENTS)
    work(settings)
    counted = "SELECT count(), uniqExact(log_partition, log_offset) FROM events_hot"
    assert one.client.query(counted).result_rows == [(2 * EVENTS, 2 * EVENTS)]
    assert one.client.query("SELECT sum(count) FROM issue_rollups").result_rows == [(2 * EVENTS,)]
    for line in (one, other):
        line.close()
    wiring.search_index(settings).drop_everything()


def test_what_retention_took_is_read_again_from_the_lake(settings: Settings) -> None:
    """Alerts stood still while the broker dropped records: bronze has some of them, the others are counted as lost."""
    engine, log = wiring.registry_engine(settings.registry_url), wiring.event_log_reader(settings)
    bootstrap(engine, admin_email="owner@example.org", admin_password=uuid.uuid4().hex)
    project = create_project(engine, "Shop")
    asyncio.run(send(settings, [record(project, number) for number in range(EVENTS)]))
    line = Line(settings, log, threading.Event())
    line.run("bronze_events")
    line.close()
    asyncio.run(send(settings, [record(project, number) for number in range(EVENTS)]))
    partition = next(one for one in log.partitions() if log.end_offset(one))
    admin, dropped = AdminClient({"bootstrap.servers": settings.kafka.servers}), EVENTS + 4
    admin.delete_records([TopicPartition(settings.kafka.topic, partition, dropped)])[
        TopicPartition(settings.kafka.topic, partition)
    ].result(60)

    consumer = Consumer(log, engine, settings.alerts, base_url="http://127.0.0.1", refill=wiring.refill(settings, log))
    while consumer.step(partition):
        pass
    counts = consumer.progress.report()["counts"]
    assert (counts["refilled"], counts["lost"], counts["events"]) == (EVENTS, 4, 2 * EVENTS - 4)
    work(settings)
    settled = settle(settings, timeout_seconds=30)
    assert settled.problems == []
    assert (settled.sums["received"], settled.sums["stored"]) == (2 * EVENTS - 4, 2 * EVENTS - 4)
    with read(engine) as session:
        told = session.execute(sa.select(Activity.kind, Activity.data).where(Activity.issue_id.is_(None))).all()
    gaps = {kind: data for kind, data in told if kind.startswith("log_")}
    assert (gaps["log_refilled"]["events"], gaps["log_gap"]["lost"]) == (EVENTS, 4)
    wiring.search_index(settings).drop_everything()
