"""Every process by itself, as on machines of its own: nothing in common but the configuration and the servers."""

import json
from typing import Any

import httpx
import pytest
import sentry_sdk
from sentry_sdk.transport import HttpTransport

from seiche.testing import servers
from seiche.testing.machines import Machines
from seiche.testing.olap import OlapProcess, free_port

pytestmark = pytest.mark.timeout(480)
EVENTS = 20


@pytest.fixture
def machines(tmp_path):
    with OlapProcess(tmp_path / "clickhouse") as olap, servers.fresh_database() as url:
        olap.client().close()
        analytics = {"SEICHE_OLAP__PORT": str(olap.port), "SEICHE_OLAP__PASSWORD": olap.password}
        started = Machines(tmp_path, {**servers.product_environment(url), **analytics})
        yield started
        started.stop()


def busy_alerts(machines: Machines) -> str:
    """Which of the two has decided the project's events."""
    reports = {name: json.loads((machines.folder / name / "run" / "alerts.json").read_text()) for name in ("alerts-0", "alerts-1")}
    return max(reports, key=lambda name: reports[name]["counts"]["events"])


def test_two_webs_two_alerts_and_a_pipeline_are_one_product(machines: Machines) -> None:
    account = machines.command("init", "--json")
    assert machines.command("init", "--json") == account
    ports = [free_port(), free_port()]
    project = machines.command("project", "create", "Shop", "--platform", "python", "--json")
    token = machines.command("token", "create", "--json")["token"]
    for number, port in enumerate(ports):
        machines.start(f"web-{number}", "web", "--port", str(port))
        machines.start(f"alerts-{number}", "alerts", SEICHE_ALERTS__SHARE="auto")
    canary = {"SEICHE_CANARY__URL": f"http://127.0.0.1:{ports[0]}", "SEICHE_CANARY__EVERY_SECONDS": "5"}
    machines.start("pipeline", "pipeline", **canary)
    urls = [f"http://127.0.0.1:{port}" for port in ports]
    for url in urls:
        machines.wait_until_ready(url)

    key = project["dsn"].split("://")[1].split("@")[0]
    sent = []
    for turn in (1, 2):
        for number in range(EVENTS):
            dsn = f"http://{key}@127.0.0.1:{ports[number % 2]}/{project['id']}"
            client = sentry_sdk.Client(dsn=dsn, transport=HttpTransport, default_integrations=False)
            sent.append(client.capture_event({"message": f"tide {'low' if number % 4 else 'high'}", "level": "error"}))
            client.close(timeout=10)
        sums = machines.command("drain", "--timeout", "120", "--json")
        assert (sums["received"], sums["stored"]) == (turn * EVENTS, turn * EVENTS), machines.said()
        if turn == 1:
            machines.kill(busy_alerts(machines))  # the other one takes its partitions over

    for url in urls:
        with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=30) as api:
            issues = api.get(f"/api/v1/projects/{project['slug']}/issues").raise_for_status().json()["items"]
            assert sum(issue["count"] for issue in issues) == 2 * EVENTS
            found = api.get(f"/api/v1/projects/{project['slug']}/issues", params={"query": "high"}).raise_for_status().json()["items"]
            assert [issue["title"] for issue in found] == ["tide high"]
            event = api.get(f"/api/v1/projects/{project['slug']}/events/{sent[0]}").raise_for_status().json()
            assert "tide high" in json.dumps(event)
    checks = {check["name"]: check["verdict"] for check in _doctor(machines)}
    assert (checks["kafka"], checks["object store"], checks["opensearch"]) == ("warn", "ok", "ok")
    assert checks["registry"] == checks["lake"] == checks["olap"] == "ok"
    with httpx.Client(base_url=urls[1], headers={"Authorization": f"Bearer {token}"}, timeout=30) as api:
        told = api.get("/api/v1/status").raise_for_status().json()["canary"]
    assert told["last_through_at"], (told, machines.said())  # through Kafka, S3, ClickHouse and OpenSearch, in no sum above
    assert set(machines.stop().values()) == {0}, machines.said()


def _doctor(machines: Machines) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(machines.run("doctor", "--json").stdout)["checks"]
    return found
