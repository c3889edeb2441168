"""Clocks that jump an hour ahead and back under load, of one process or of all: nothing is lost, doubled or out of order."""

import os
import random
import struct
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from lake.reader import LakeReader
from seiche.testing.product import Product
from tests.faults.rounds import FIRST_SEED, PROCESSES, ROUNDS, History, Proven, load_with

pytestmark = [pytest.mark.fault, pytest.mark.timeout(240)]
HOUR_NS = 3_600_000_000_000
JUMPS = (("web",), ("alerts",), ("pipeline",), PROCESSES)


class Clocks:
    """How far each process's wall clock is ahead of the machine's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        for name in PROCESSES:
            (folder / name).write_bytes(bytes(8))

    def jump(self, names: tuple[str, ...], by_ns: int) -> None:
        for name in names:
            with (self.folder / name).open("r+b") as file:
                file.write(struct.pack("<q", by_ns))

    @property
    def env(self) -> dict[str, str]:
        path = [str(Path(__file__).parent / "clock"), os.environ.get("PYTHONPATH", "")]
        return {"TEST_CLOCKS": str(self.folder), "PYTHONPATH": os.pathsep.join(filter(None, path))}


@pytest.fixture(scope="module")
def clocks(tmp_path_factory: pytest.TempPathFactory) -> Clocks:
    return Clocks(tmp_path_factory.mktemp("clocks") / "clocks")


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory, clocks: Clocks) -> Iterator[Product]:
    with Product(tmp_path_factory.mktemp("clock"), without=("dagster", "ops"), env=clocks.env) as running:
        yield running


@pytest.fixture(scope="module")
def history() -> History:
    return History()


@pytest.mark.parametrize("number", range(ROUNDS))
def test_clocks_that_jump_lose_double_and_disorder_nothing(
    product: Product, clocks: Clocks, history: History, proven: Proven, number: int
) -> None:
    choose = random.Random(f"clock-{FIRST_SEED + number}")

    def jumps() -> None:
        time.sleep(1)
        for names in JUMPS:
            for by_ns in choose.sample([HOUR_NS, -HOUR_NS, 0], 3):
                clocks.jump(names, by_ns)
                time.sleep(choose.uniform(0.2, 0.7))
            clocks.jump(names, choose.choice([HOUR_NS, -HOUR_NS]) if number % 2 == 0 else 0)

    report, _ = load_with(product, jumps, rate=100, seconds=10)
    assert {item.status for item in report.sent} == {200}
    proven("clocks jump an hour", product, history, report)
    settings = product.settings()
    rows = LakeReader(settings.lake_url, settings.lake_options).table("silver_events").select("log_offset", "received_at").collect()
    received = rows.sort("log_offset")["received_at"]
    assert received.is_sorted(), "received_at must not decrease from one offset to the next"
    assert received.max() - received.min() > timedelta(minutes=50), "no clock has jumped"
