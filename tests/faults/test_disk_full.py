"""A disk that fills up: ingest says 503 and takes nothing it cannot keep, and goes on by itself when there is room again."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.load import LoadProcess
from seiche.testing.product import Product
from tests.faults.rounds import DRAIN_SECONDS, History, prove

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
    with Product(folder / "data", without=("dagster", "ops"), env={"SEICHE_LOG__MINIMUM_FREE_BYTES": str(minimum)}) as running:
        yield running


def send(product: Product, folder: Path, history: History, count: int) -> list[int]:
    """Statuses in the order of the answers."""
    process = LoadProcess(product.dsn(), folder / "report.json", count=count, rate=50, seconds=20, connections=4, distinct=100)
    process.start()
    report = process.finish(timeout_seconds=60)
    history.add(report)
    return [item.status for item in sorted(report.sent, key=lambda item: item.answered)]


def test_low_disk_is_503_and_nothing_accepted_is_lost(product: Product, folder: Path) -> None:
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

    settled = product.drain(timeout_seconds=DRAIN_SECONDS)
    prove(product, history, settled)
