"""Several pipelines as processes of their own: each brings its partitions, one does the upkeep, and a killed one's work is taken over."""

import asyncio
import json
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from lake.store import Lake
from seiche import wiring
from seiche.cli.settle import settle
from seiche.model.record import LogRecord, RecordKind
from seiche.registry.migrate import upgrade
from seiche.registry.projects import ProjectInfo, bootstrap, create_project
from seiche.settings import Settings
from seiche.testing import servers
from seiche.testing.machines import Machines
from seiche.testing.olap import OlapProcess
from seiche.testing.product import settings_from

pytestmark = pytest.mark.timeout(240)
PARTITIONS, PROJECTS, PIPELINES = 6, 6, 3
ROUNDS, A_ROUND = 24, 3
"""So many times each project sends so many events; half of them before the kill."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[tuple[Settings, Machines]]:
    with OlapProcess(tmp_path / "clickhouse") as olap, servers.fresh_database() as url:
        olap.client().close()
        environment = {
            **servers.product_environment(url),
            "SEICHE_OLAP__PORT": str(olap.port),
            "SEICHE_OLAP__PASSWORD": olap.password,
            "SEICHE_KAFKA__PARTITIONS": str(PARTITIONS),
            "SEICHE_CANARY__ENABLED": "false",
            "SEICHE_ALERTS__SHARE": "auto",
            "SEICHE_PIPELINE__SHARE": "auto",
            "SEICHE_PIPELINE__POLL_SECONDS": "0.2",
            "SEICHE_PIPELINE__COMPACT_EVERY_COMMITS": "4",
        }
        settings = settings_from(tmp_path / "operator", environment)
        upgrade(settings.registry_url)
        processes = Machines(tmp_path, environment)
        yield settings, processes
        processes.stop()
        wiring.search_index(settings).drop_everything()
        wiring.registry_engine(settings.registry_url).dispose()
        wiring.registry_engine.cache_clear()


def record(project: ProjectInfo, number: int) -> LogRecord:
    event_id = uuid.uuid4().hex
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


def send(settings: Settings, projects: list[ProjectInfo], half: threading.Event) -> None:
    """All rounds, a quarter of a second apart; `half` once the first half is in the log."""

    async def rounds() -> None:
        async with wiring.event_log_writer(settings) as writer:
            for number in range(ROUNDS):
                records = [record(project, number) for project in projects for _ in range(A_ROUND)]
                await asyncio.gather(*(writer.append([one]) for one in records))
                if number == ROUNDS // 2:
                    half.set()
                await asyncio.sleep(0.25)

    asyncio.run(rounds())


def told(processes: Machines, machine: str) -> dict[str, object]:
    found: dict[str, object] = wiring.read_run_file(processes.folder / machine / "run" / "pipeline.json")
    return found


def until(wanted: object, processes: Machines, machines: list[str]) -> None:
    """Wait until these pipelines have such shares, and one of them the upkeep."""
    deadline = time.monotonic() + 120
    while True:
        shares = sorted(str(told(processes, machine).get("share")) for machine in machines)
        upkeep = sum(bool(told(processes, machine).get("does_upkeep")) for machine in machines)
        if (shares, upkeep) == (wanted, 1):
            return
        assert time.monotonic() < deadline, (shares, upkeep, processes.said())
        time.sleep(0.1)


def test_a_killed_pipelines_partitions_and_upkeep_are_taken_over(world: tuple[Settings, Machines]) -> None:
    settings, processes = world
    engine = wiring.registry_engine(settings.registry_url)
    bootstrap(engine, admin_email="owner@example.org", admin_password=uuid.uuid4().hex)
    projects = [create_project(engine, f"Shop {number}") for number in range(PROJECTS)]
    half, log = threading.Event(), wiring.event_log_reader(settings)
    machines = [f"pipeline-{number}" for number in range(PIPELINES)]
    for machine in machines:
        processes.start(machine, "pipeline")
    for number in range(2):
        processes.start(f"alerts-{number}", "alerts")
    until(["1/3", "2/3", "3/3"], processes, machines)
    sending = threading.Thread(target=send, args=(settings, projects, half))
    sending.start()
    assert half.wait(60)
    lake = wiring.lake(settings)
    deadline = time.monotonic() + 60
    while not lake.dataset("silver_events").count_rows():
        assert time.monotonic() < deadline, processes.said()
        time.sleep(0.1)
    victim = next(machine for machine in machines if told(processes, machine)["does_upkeep"])
    processes.kill(victim)
    machines.remove(victim)
    sending.join(60)
    behind = {partition: log.end_offset(partition) for partition in log.partitions()}
    assert any(lake.cursors("silver_events", "silver", behind)[partition] < end for partition, end in behind.items()), "killed under load"
    until(["1/2", "2/2"], processes, machines)

    settled = settle(settings, timeout_seconds=60)
    assert settled.problems == [], processes.said()
    count = ROUNDS * PROJECTS * A_ROUND
    assert (settled.sums["received"], settled.sums["stored"], settled.sums["duplicates"]) == (count, count, 0)
    assert offsets(lake, "bronze_events") == offsets(lake, "silver_events")
    assert set(offsets(lake, "silver_events").values()) == {1}
    assert sum(log.end_offset(partition) > 0 for partition in log.partitions()) == PARTITIONS
    client = wiring.olap_client(settings)
    try:
        counted = "SELECT count(), uniqExact(log_partition, log_offset) FROM events_hot"
        assert client.query(counted).result_rows == [(count, count)]
        rolled = dict(client.query("SELECT fingerprint, sum(count) FROM issue_rollups GROUP BY fingerprint").result_rows)
    finally:
        client.close()
    fingerprints = lake.dataset("silver_events").to_table(columns=["fingerprint"])["fingerprint"].to_pylist()
    assert rolled == Counter(fingerprints), "rollups are silver's counts"
    index = wiring.search_index(settings)
    hours = {moment.replace(minute=0, second=0, microsecond=0) for moment in received(lake)}
    assert sum(index.hour_rows(hour) for hour in hours) == count
    assert set(processes.stop().values()) == {0}, processes.said()


def offsets(lake: Lake, name: str) -> Counter[tuple[int, int]]:
    rows = lake.dataset(name).to_table(columns=["log_partition", "log_offset"]).to_pylist()
    return Counter((row["log_partition"], row["log_offset"]) for row in rows)


def received(lake: Lake) -> list:  # type: ignore[type-arg] # of datetimes
    return list(lake.dataset("silver_events").to_table(columns=["received_at"])["received_at"].to_pylist())
