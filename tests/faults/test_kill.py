"""`kill -9` of each process under load: one seeded round each, or SEICHE_FAULT_ROUNDS of them (`make test-faults ROUNDS=N`)."""

import os
from collections.abc import Iterator

import pytest

from seiche.testing import servers
from seiche.testing.product import Product
from tests.faults.rounds import HEAD, PROCESSES, History, Round, line, play, prove

ROUNDS = int(os.environ.get("SEICHE_FAULT_ROUNDS", "1"))
FIRST_SEED = int(os.environ.get("SEICHE_FAULT_SEED", "1"))
ATTEMPTS = 3
pytestmark = [pytest.mark.fault, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with Product(tmp_path_factory.mktemp("faults"), without=("dagster", "ops"), profile=servers.profile()) as running:
        yield running


@pytest.fixture(scope="module")
def history() -> History:
    return History()


@pytest.fixture(scope="module", autouse=True)
def table(request: pytest.FixtureRequest) -> Iterator[list[Round]]:
    played: list[Round] = []
    yield played
    reporter = request.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        reporter.write_line("")
        for text in (HEAD, *map(line, played)):
            reporter.write_line(text)


@pytest.mark.parametrize("number", range(ROUNDS))
@pytest.mark.parametrize("process", PROCESSES)
def test_nothing_is_lost_or_doubled(product: Product, history: History, table: list[Round], process: str, number: int) -> None:
    for attempt in range(ATTEMPTS):
        played = play(product, process, FIRST_SEED + number + 1000 * attempt, history)
        table.append(played)
        prove(product, history, played.settled)
        if played.counts:
            return
    pytest.fail(f"no round of {ATTEMPTS} met work in flight: {played}")
