"""Every server goes away for a while under load, some by `kill -9`: nothing that was answered 2xx is lost, nothing is doubled.

One product, one load; outages that do not depend on each other overlap. The seed says when.
"""

import os
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bench.load import LoadProcess
from seiche.testing import servers
from seiche.testing.product import Product
from tests.faults.rounds import History, prove

SEED = int(os.environ.get("SEICHE_FAULT_SEED", "1"))
AWAY_SECONDS = float(os.environ.get("SEICHE_AWAY_SECONDS", "30"))
RATE = 30.0
OUTAGES = ((("s3", False), ("opensearch", True), ("redis", False)), (("kafka", True),), (("postgres", True),))
"""Each row at once; (server, by kill -9)."""
pytestmark = [pytest.mark.fault, pytest.mark.timeout(560)]


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    limits = {"SEICHE_LIMITS__STORAGE_URL": servers.redis()}
    with Product(tmp_path / "data", without=("dagster", "ops"), profile="production", env=limits) as running:
        yield running


def test_outages_lose_and_double_nothing(product: Product, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    choose, history = random.Random(SEED), History()
    seconds = len(OUTAGES) * (AWAY_SECONDS + 20) + 10
    count = int(RATE * seconds)
    report_path = tmp_path / "report.json"
    options: dict[str, float | bool] = {"count": count, "rate": RATE, "seconds": seconds + 120, "connections": 16, "distinct": 200}
    load = LoadProcess(product.dsn(), report_path, **options, seed=SEED, repeat_broken=True)
    gone: dict[str, tuple[float, float]] = {}
    try:
        load.start()
        time.sleep(choose.uniform(3, 8))
        for together in OUTAGES:
            with ThreadPoolExecutor(len(together)) as pool:
                gone |= dict(pool.map(lambda outage: _away(*outage), together))
            time.sleep(choose.uniform(2, 6))
        report = load.finish()
    except BaseException:
        load.kill()
        raise
    history.add(report)
    settled = product.drain(timeout_seconds=150)
    prove(product, history, settled)
    statuses = [item.status for item in report.sent]
    refused = sum(status == 503 for status in statuses)
    lines = [f"{len(statuses)} sent, {len(history.accepted)} answered 2xx, {refused} answered 503, {statuses.count(0)} unknown; {settled}"]
    for server, (left, back) in gone.items():
        during = [item.status for item in report.sent if left <= item.due <= back]
        answered = sum(200 <= status < 300 for status in during)
        lines.append(f"{server:10} away {back - left:3.0f} s: {len(during):4} sent, {answered:4} answered 2xx, {during.count(503):4} 503")
    with capfd.disabled():
        print("\n".join(["", f"seed {SEED}", *lines]))
    restarts = {name: process["restarts"] for name, process in product.processes().items()}
    assert restarts == dict.fromkeys(restarts, 0), "whoever loses a server waits for it"
    assert {server for together in OUTAGES for server, _ in together} == set(gone)
    s3 = [item.status for item in report.sent if gone["s3"][0] <= item.due <= gone["s3"][1]]
    assert set(s3) <= {200, 202}, "the lake and search being away is no reason to refuse an event"
    assert refused > 0, "a log that is gone must refuse"
    alive = [item.status for item in report.sent if item.due > max(back for _, back in gone.values()) + 5]
    assert not alive or alive[-1] < 300, "it takes events again by itself"


def _away(server: str, killed: bool) -> tuple[str, tuple[float, float]]:
    left = time.time()
    with servers.away(server, AWAY_SECONDS, killed=killed):
        pass
    return server, (left, time.time())
