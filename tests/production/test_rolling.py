"""A newer version is rolled out process by process, under load and behind a balancer: nothing is refused, lost or doubled."""

import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from lake.reader import LakeReader
from seiche.registry.migrate import versions
from seiche.testing import servers
from seiche.testing.machines import Machines
from seiche.testing.olap import OlapProcess, free_port
from tests.faults.newer import REVISION, newer_version
from tests.faults.rounds import History, prove
from tests.production.balancer import Balancer

pytestmark = [pytest.mark.fault, pytest.mark.timeout(480)]
CUSTOMERS, PAUSE_SECONDS = 4, 0.1


class Customer(threading.Thread):
    """Sends an event after the other; what was never answered again, as SDKs' queues do."""

    def __init__(self, number: int, url: str, key: str) -> None:
        super().__init__(name=f"customer-{number}")
        self.statuses: dict[str, int] = {}
        self.stopping = threading.Event()
        self._number, self._client = number, httpx.Client(base_url=url, params={"sentry_key": key}, timeout=30)

    def run(self) -> None:
        with self._client as client:
            while not self.stopping.wait(PAUSE_SECONDS):
                event_id = uuid.uuid4().hex
                event = {"event_id": event_id, "message": f"tide {self._number} of {len(self.statuses) % 3}", "platform": "python"}
                self.statuses[event_id] = 0
                while self.statuses[event_id] == 0:
                    try:
                        self.statuses[event_id] = client.post("/store/", json=event).status_code
                    except httpx.TransportError:
                        time.sleep(PAUSE_SECONDS)


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Machines]:
    with OlapProcess(tmp_path / "clickhouse") as olap, servers.fresh_database() as url:
        olap.client().close()
        analytics = {"SEICHE_OLAP__PORT": str(olap.port), "SEICHE_OLAP__PASSWORD": olap.password, "SEICHE_CANARY__ENABLED": "false"}
        started = Machines(tmp_path, {**servers.product_environment(url), **analytics})
        try:
            yield started
        finally:
            started.stop()


def test_a_newer_version_is_rolled_out_under_load(machines: Machines, tmp_path: Path) -> None:
    machines.command("init", "--json")
    project = machines.command("project", "create", "Shop", "--json")
    webs = {f"web-{number}": free_port() for number in range(2)}
    for name, port in webs.items():
        machines.start(name, "web", "--port", str(port))
    machines.start("alerts", "alerts")
    machines.start("pipeline", "pipeline")
    for port in webs.values():
        machines.wait_until_ready(f"http://127.0.0.1:{port}")
    newer, key = newer_version(tmp_path / "newer"), project["dsn"].split("://")[1].split("@")[0]
    with Balancer(*webs.values()) as front:
        customers = [Customer(number, f"http://127.0.0.1:{front.port}/api/{project['id']}", key) for number in range(CUSTOMERS)]
        for customer in customers:
            customer.start()
        try:
            time.sleep(2)
            for name, port in webs.items():
                front.ports.remove(port)
                assert machines.stop(name) == {name: 0}, machines.said()
                machines.start(name, "web", "--port", str(port), code=newer)
                machines.wait_until_ready(f"http://127.0.0.1:{port}")
                front.ports.append(port)
            # Old consumers read what the new webs write, over tables that have grown.
            time.sleep(2)
            for name in ("alerts", "pipeline"):
                assert machines.stop(name) == {name: 0}, machines.said()
                machines.start(name, name, code=newer)
            time.sleep(2)
        finally:
            for customer in customers:
                customer.stopping.set()
            for customer in customers:
                customer.join(60)
    history = History()
    for customer in customers:
        history.sent |= customer.statuses.keys()
        history.accepted |= {event_id for event_id, status in customer.statuses.items() if status == 200}
    assert {status for customer in customers for status in customer.statuses.values()} == {200}, "one web or the other takes it"
    settled = machines.command("drain", "--timeout", "120", "--json", code=newer)
    prove(machines, history, settled)
    settings = machines.settings()
    assert versions(settings.registry_url)[0] == REVISION
    silver = LakeReader(settings.lake_url, settings.lake_options).table("silver_events").select("written_by").collect()["written_by"]
    assert 0 < silver.null_count() < len(silver), "rows of both versions"
    late = machines.run("project", "create", "Too late")
    assert late.returncode != 0
    assert "written by a newer Seiche" in late.stderr
    assert set(machines.stop().values()) == {0}, machines.said()
