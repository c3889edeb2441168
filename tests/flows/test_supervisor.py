"""`seiche up` as a whole: restarts, stopping, starting again, the operations pages on demand."""

import json
import os
import signal
import time

import httpx
import psutil
import pytest

from seiche.testing.processes import left
from seiche.testing.product import Product

pytestmark = [pytest.mark.flow, pytest.mark.timeout(300)]

PROGRAM = """
import sys
import sentry_sdk
sentry_sdk.init(sys.argv[1])
for number in range(5):
    sentry_sdk.capture_message(f"wave {number} of five")
sentry_sdk.flush(10)
"""


@pytest.mark.parametrize("name", ["alerts", "pipeline", "olap", "web"])
def test_a_killed_process_comes_back(product, until, name) -> None:
    before = product.processes()[name]
    os.kill(before["pid"], signal.SIGKILL)
    until(lambda: product.processes()[name]["restarts"] == before["restarts"] + 1 and product.processes()[name]["state"] == "running", 30)
    after = product.processes()[name]
    assert after["pid"] != before["pid"]
    assert after["last_exit"].startswith("by SIGKILL")
    assert f"{name} ended by SIGKILL" in product.output()
    told = {process["name"]: process for process in product.command("status", "--json")["processes"]}
    assert told[name]["restarts"] == after["restarts"]


def test_nothing_is_lost_by_that(product, python_program) -> None:
    python_program(PROGRAM, product.dsn())
    assert product.drain()["stored"] >= 5


def test_a_second_up_is_refused(product) -> None:
    done = product.run("up", "--port", "0")
    assert done.returncode == 1
    assert f"pid {product.pid}" in done.stderr
    assert "Traceback" not in done.stderr


CANARY = {"SEICHE_CANARY__ENABLED": "true", "SEICHE_CANARY__EVERY_SECONDS": "1", "SEICHE_CANARY__LATE_SECONDS": "2"}


@pytest.fixture(scope="module")
def product_with_canary(tmp_path_factory, python_program):
    with Product(tmp_path_factory.mktemp("canary") / "data", without=("dagster", "ops"), env=CANARY) as product:
        python_program(PROGRAM, product.dsn())
        yield product


def test_the_canary_tells_where_the_line_stalls(product_with_canary, until) -> None:
    """It passes every hop, is in nobody's sums, and names the hop that holds it; then the line goes on."""
    product = product_with_canary

    def told():
        return product.api.get("/api/v1/status").raise_for_status().json()["canary"]

    def stalled():
        return {hop["name"]: hop["stalled_since"] for hop in told()["hops"] if hop["stalled_since"]}

    until(lambda: told()["last_through_at"])
    assert [hop["name"] for hop in told()["hops"]] == ["accepted", "logged", "decided", "bronze", "silver", "analytics", "searchable"]
    assert [project["slug"] for project in product.api.get("/api/v1/projects").json()] == [product.slug]

    alerts = product.process_pid("alerts")
    os.kill(alerts, signal.SIGSTOP)
    try:
        until(lambda: "waits before decided" in told()["problem"])
        # A slow store may hold bronze for a moment; only what is stopped stays.
        until(lambda: list(stalled()) == ["decided"])
        assert f"decided since {stalled()['decided'][:19]}" in product.run("status").stdout
        until(lambda: 'seiche_canary_stalled{hop="decided"} 1.0' in httpx.get(f"{product.url}/metrics").text, 30)
    finally:
        os.kill(alerts, signal.SIGCONT)
    until(lambda: not told()["problem"])
    assert "seiche_canary_last_success_timestamp_seconds" in httpx.get(f"{product.url}/metrics").text


def test_stop_start_and_everything_is_there(product_with_canary) -> None:
    """Its canaries, before and after, change nothing either."""
    product = product_with_canary
    settled = product.drain()
    assert settled["received"] == 5
    dsn, url, account = product.dsn(), product.url, product.account
    issues = product.api.get(f"/api/v1/projects/{product.slug}/issues").json()["items"]
    below = psutil.Process(product.pid).children(recursive=True)
    began = time.monotonic()
    assert product.stop() == 0
    assert time.monotonic() - began < 10
    assert left(below) == []
    assert "killed" not in product.output()
    product.start()
    assert (product.dsn(), product.url, product.account) == (dsn, url, account)
    assert product.drain() == settled
    assert [issue["id"] for issue in product.api.get(f"/api/v1/projects/{product.slug}/issues").json()["items"]] == [
        issue["id"] for issue in issues
    ]


def test_nothing_outlives_a_killed_supervisor_and_the_next_one_goes_on(tmp_path, python_program) -> None:
    product = Product(tmp_path / "data", without=("dagster", "ops"))
    with product:
        python_program(PROGRAM, product.dsn())
        below = psutil.Process(product.pid).children(recursive=True)
        os.kill(product.pid, signal.SIGKILL)
        _, alive = psutil.wait_procs(below, timeout=12)
        assert alive == []
        product.stop()  # what is left of it: its exit code
        product.start()
        assert product.drain()["stored"] == 5


def test_a_busy_port_is_said_before_anything_starts(product, tmp_path) -> None:
    port = product.url.rsplit(":", 1)[1]
    other = Product(tmp_path / "other")
    done = other.run("up", "--port", port)
    assert done.returncode == 1
    assert f"port {port}" in done.stderr
    assert "--port" in done.stderr


def test_the_operations_pages_start_when_somebody_looks(tmp_path, until) -> None:
    with Product(tmp_path / "data", without=("dagster", "pipeline", "alerts")) as product:
        url = product.endpoints["ops"]
        assert product.processes()["ops"]["state"] == "on demand"
        assert "Starting" in httpx.get(url).text
        until(lambda: product.processes()["ops"]["state"] == "running", 60)
        assert "streamlit" in httpx.get(url).text.lower()


def test_state_is_always_whole(product) -> None:
    path = product.data / "run" / "state.json"
    for _ in range(200):
        assert json.loads(path.read_text())["pid"] == product.pid
