"""Postgres fails over under load: the primary is killed, its synchronous standby promoted. The registry goes on where it was, by itself."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy as sa

from orchestration.instance import prepare
from seiche.errors import StoreUnavailable
from seiche.registry.engine import make_engine, read, write
from seiche.testing.postgres_pair import STANDBY, PostgresPair
from seiche.testing.product import Product
from tests.faults.rounds import DRAIN_SECONDS, History, load_with, prove

pytestmark = [pytest.mark.fault, pytest.mark.timeout(300)]
RATE, SECONDS, AWAY_SECONDS = 40.0, 14.0, 3.0
WITNESS = sa.table("witness", sa.column("number"))


@pytest.fixture(scope="module")
def pair() -> Iterator[PostgresPair]:
    with PostgresPair() as running:
        yield running


@pytest.fixture
def product(pair: PostgresPair, tmp_path: Path) -> Iterator[Product]:
    with Product(tmp_path / "data", without=("dagster", "ops"), profile="production", env={"SEICHE_REGISTRY__URL": pair.url}) as running:
        yield running


class Witness(threading.Thread):
    """Commits a number after the other through an engine like everybody's; keeps those that were answered."""

    def __init__(self, url: str) -> None:
        super().__init__(name="witness")
        self._engine = make_engine(url)
        self.answered: list[int] = []
        self.refused = 0
        self.stopping = threading.Event()
        with write(self._engine) as session:
            session.execute(sa.text("CREATE TABLE witness (number bigint)"))

    def run(self) -> None:
        number = 0
        while not self.stopping.is_set():
            number += 1
            try:
                with write(self._engine) as session:
                    session.execute(sa.insert(WITNESS).values(number=number))
            except StoreUnavailable:
                self.refused += 1
                time.sleep(0.1)
            else:
                self.answered.append(number)
                time.sleep(0.01)

    def found(self) -> set[int]:
        self.stopping.set()
        self.join(30)
        with read(self._engine) as session:
            numbers = set(session.scalars(sa.select(WITNESS.c.number)))
        self._engine.dispose()
        return numbers


def test_a_promoted_standby_is_found_and_nothing_is_lost(product: Product, pair: PostgresPair) -> None:
    witness, history = Witness(pair.url), History()
    witness.start()
    with dg.DagsterInstance.from_config(str(prepare(product.settings()))) as dagster:
        dagster.add_dynamic_partitions("failover", ["before"])

        def fail_over() -> int:
            time.sleep(SECONDS * 0.3)
            pair.kill_primary()
            time.sleep(AWAY_SECONDS)
            before = len(witness.answered)
            pair.promote()
            return before

        report, committed_before = load_with(product, fail_over, rate=RATE, seconds=SECONDS)
        history.add(report)
        assert {item.status for item in report.sent} == {200}, "keys are cached: the registry being away is no reason to refuse"
        settled = product.drain(timeout_seconds=DRAIN_SECONDS)
        prove(product, history, settled)
        assert dagster.get_dynamic_partitions("failover") == ["before"]
        dagster.add_dynamic_partitions("failover", ["after"])
    assert settled["stored"] == len(history.accepted)
    assert pair.ask(STANDBY, "SELECT pg_is_in_recovery()") == [(False,)]
    assert set(witness.answered) <= witness.found(), "what was committed is there"
    assert witness.refused > 0
    assert len(witness.answered) > committed_before > 0
    restarts = {name: process["restarts"] for name, process in product.processes().items()}
    assert restarts == dict.fromkeys(restarts, 0), "whoever loses the registry waits for it"
