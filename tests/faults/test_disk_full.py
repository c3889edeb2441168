"""Our own disk fills up: ingest says 503 and takes nothing that it cannot keep, the lake waits, and both go on when there is room."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from bench.load import LoadProcess
from seiche.testing.product import Product
from tests.faults.rounds import History, Proven, load_with

pytestmark = [pytest.mark.fault, pytest.mark.timeout(180)]
MARGIN_BYTES = 2 << 30
"""How far the disk is from low when the test starts: other programs on this disk must not fill it meanwhile."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def product(folder: Path) -> Iterator[Product]:
    minimum = shutil.disk_usage(folder).free - MARGIN_BYTES
    assert minimum > MARGIN_BYTES, f"this test needs {3 * MARGIN_BYTES >> 30} GiB of free disk"
    env = {"SEICHE_LOG__MINIMUM_FREE_BYTES": str(minimum)}
    with Product(folder / "data", without=("dagster", "ops"), env=env, profile="embedded") as running:
        yield running


@pytest.fixture
def roomy(folder: Path) -> Iterator[Product]:
    with Product(folder / "roomy", without=("dagster", "ops"), profile="embedded") as running:
        yield running


def send(product: Product, folder: Path, history: History, count: int) -> list[int]:
    """Statuses in the order of the answers."""
    process = LoadProcess(product.dsn(), folder / "report.json", count=count, rate=50, seconds=20, connections=4, distinct=100)
    process.start()
    report = process.finish(timeout_seconds=60)
    history.add(report)
    return [item.status for item in sorted(report.sent, key=lambda item: item.answered)]


def test_low_disk_is_503_and_nothing_accepted_is_lost(product: Product, folder: Path, proven: Proven) -> None:
    history = History()
    assert set(send(product, folder, history, 50)) == {200}

    ballast = folder / "ballast"
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, 2 * MARGIN_BYTES)
    low = send(product, folder, history, 150)
    # The log looks at the disk once in a while: the first may still pass, and are then kept.
    assert set(low) <= {200, 503}
    assert set(low[100:]) == {503}

    ballast.unlink()
    recovering = send(product, folder, history, 150)
    assert set(recovering[100:]) == {200}

    proven("disk low", product, history)


@contextmanager
def full_for(product: Product, process: str) -> Iterator[Callable[[], None]]:
    """The process can make no file longer, as on a full disk (the errno is another): also the ones that follow it, while one looks.

    Its sockets and pipes go on: a full disk does not close them.
    """
    limited: dict[int, tuple[int, int]] = {}

    def look() -> None:
        pid = product.process_pid(process)
        with suppress(psutil.NoSuchProcess):
            if pid not in limited:
                limited[pid] = psutil.Process(pid).rlimit(psutil.RLIMIT_FSIZE)
                psutil.Process(pid).rlimit(psutil.RLIMIT_FSIZE, (0, limited[pid][1]))

    look()
    yield look
    for pid, before in limited.items():
        with suppress(psutil.NoSuchProcess):
            psutil.Process(pid).rlimit(psutil.RLIMIT_FSIZE, before)


def look_for(seconds: float, look: Callable[[], None]) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        look()
        time.sleep(0.05)


def test_the_log_and_then_the_lake_find_no_room(roomy: Product, proven: Proven) -> None:
    history = History()

    def strike_web() -> None:
        time.sleep(1)
        with full_for(roomy, "web") as look:
            look_for(2, look)

    report, _ = load_with(roomy, strike_web, rate=50, seconds=6)
    statuses = {item.status for item in report.sent}
    assert 200 in statuses
    assert statuses & {0, 503}, "the log was never full"
    assert statuses <= {0, 200, 503}
    roomy.wait_until_ready()
    proven("disk full: log", roomy, history, report)

    def strike_pipeline() -> None:
        time.sleep(1)
        with full_for(roomy, "pipeline") as look:
            look_for(4, look)

    report, _ = load_with(roomy, strike_pipeline, rate=50, seconds=5)
    assert {item.status for item in report.sent} == {200}, "a full lake is no reason to refuse: the log has room"
    proven("disk full: lake", roomy, history, report)
