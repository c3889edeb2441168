"""Every process by itself, as on machines of its own: nothing in common but the configuration and the servers."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
import sentry_sdk
from sentry_sdk.transport import HttpTransport

from seiche.testing import servers
from seiche.testing.olap import OlapProcess, free_port

pytestmark = pytest.mark.timeout(480)
EVENTS = 20


class Processes:
    """`seiche NAME` with a data directory of its own each."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        outside = {name: value for name, value in os.environ.items() if not name.startswith("SEICHE_")}
        self._environment = {**outside, **environment}
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def argv(self, machine: str, *words: str) -> list[str]:
        return [sys.executable, "-m", "seiche.cli.main", *words, "--data", str(self.folder / machine)]

    def start(self, machine: str, *words: str, **environment: str) -> None:
        with (self.folder / f"{machine}.out").open("ab") as output:
            self._running[machine] = subprocess.Popen(
                self.argv(machine, *words),
                env={**self._environment, **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    def command(self, *words: str) -> Any:
        done = subprocess.run(
            self.argv("operator", *words), env=self._environment, capture_output=True, text=True, timeout=200, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr + self.said()
        return json.loads(done.stdout)

    def said(self) -> str:
        return "\n".join(f"---- {path.name}\n{path.read_text()[-2500:]}" for path in sorted(self.folder.glob("*.out")))

    def kill(self, machine: str) -> None:
        process = self._running.pop(machine)
        process.kill()
        process.wait()

    def stop(self) -> dict[str, int]:
        for process in self._running.values():
            process.send_signal(signal.SIGTERM)
        ended = {}
        for machine, process in self._running.items():
            try:
                ended[machine] = process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                ended[machine] = process.wait()
        self._running.clear()
        return ended


@pytest.fixture
def processes(tmp_path):
    with OlapProcess(tmp_path / "clickhouse") as olap, servers.fresh_database() as url:
        olap.client().close()
        analytics = {"SEICHE_OLAP__PORT": str(olap.port), "SEICHE_OLAP__PASSWORD": olap.password}
        started = Processes(tmp_path, {**servers.product_environment(url), **analytics})
        yield started
        started.stop()


def ready(url: str, processes: Processes) -> None:
    deadline = time.monotonic() + 150
    while True:
        try:
            if httpx.get(f"{url}/health/ready", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        assert time.monotonic() < deadline, processes.said()
        time.sleep(0.2)


def busy_alerts(processes: Processes) -> str:
    """Which of the two has decided the project's events."""
    reports = {name: json.loads((processes.folder / name / "run" / "alerts.json").read_text()) for name in ("alerts-0", "alerts-1")}
    return max(reports, key=lambda name: reports[name]["counts"]["events"])


def test_two_webs_two_alerts_and_a_pipeline_are_one_product(processes: Processes) -> None:
    account = processes.command("init", "--json")
    assert processes.command("init", "--json") == account
    ports = [free_port(), free_port()]
    project = processes.command("project", "create", "Shop", "--platform", "python", "--json")
    token = processes.command("token", "create", "--json")["token"]
    for number, port in enumerate(ports):
        processes.start(f"web-{number}", "web", "--port", str(port))
        processes.start(f"alerts-{number}", "alerts", SEICHE_ALERTS__SHARE="auto")
    canary = {"SEICHE_CANARY__URL": f"http://127.0.0.1:{ports[0]}", "SEICHE_CANARY__EVERY_SECONDS": "5"}
    processes.start("pipeline", "pipeline", **canary)
    urls = [f"http://127.0.0.1:{port}" for port in ports]
    for url in urls:
        ready(url, processes)

    key = project["dsn"].split("://")[1].split("@")[0]
    sent = []
    for turn in (1, 2):
        for number in range(EVENTS):
            dsn = f"http://{key}@127.0.0.1:{ports[number % 2]}/{project['id']}"
            client = sentry_sdk.Client(dsn=dsn, transport=HttpTransport, default_integrations=False)
            sent.append(client.capture_event({"message": f"tide {'low' if number % 4 else 'high'}", "level": "error"}))
            client.close(timeout=10)
        sums = processes.command("drain", "--timeout", "120", "--json")
        assert (sums["received"], sums["stored"]) == (turn * EVENTS, turn * EVENTS), processes.said()
        if turn == 1:
            processes.kill(busy_alerts(processes))  # the other one takes its partitions over

    for url in urls:
        with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=30) as api:
            issues = api.get(f"/api/v1/projects/{project['slug']}/issues").raise_for_status().json()["items"]
            assert sum(issue["count"] for issue in issues) == 2 * EVENTS
            found = api.get(f"/api/v1/projects/{project['slug']}/issues", params={"query": "high"}).raise_for_status().json()["items"]
            assert [issue["title"] for issue in found] == ["tide high"]
            event = api.get(f"/api/v1/projects/{project['slug']}/events/{sent[0]}").raise_for_status().json()
            assert "tide high" in json.dumps(event)
    checks = {check["name"]: check["verdict"] for check in _doctor(processes)}
    assert (checks["kafka"], checks["object store"], checks["opensearch"]) == ("warn", "ok", "ok")
    assert checks["registry"] == checks["lake"] == checks["olap"] == "ok"
    with httpx.Client(base_url=urls[1], headers={"Authorization": f"Bearer {token}"}, timeout=30) as api:
        told = api.get("/api/v1/status").raise_for_status().json()["canary"]
    assert told["last_through_at"], (told, processes.said())  # through Kafka, S3, ClickHouse and OpenSearch, in no sum above
    assert set(processes.stop().values()) == {0}, processes.said()


def _doctor(processes: Processes) -> list[dict[str, Any]]:
    argv = processes.argv("operator", "doctor", "--json")
    done = subprocess.run(argv, env=processes._environment, capture_output=True, text=True, timeout=100, check=False)
    found: list[dict[str, Any]] = json.loads(done.stdout)["checks"]
    return found
