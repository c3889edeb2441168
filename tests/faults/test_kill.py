"""`kill -9` of each process under load: one seeded round each, or SEICHE_FAULT_ROUNDS of them (`make test-faults ROUNDS=N`)."""

from collections.abc import Callable, Iterator

import pytest

from seiche.testing.product import Product
from tests.faults.rounds import FIRST_SEED, PROCESSES, ROUNDS, History, Proven, line, play

ATTEMPTS = 3
pytestmark = [pytest.mark.fault, pytest.mark.timeout(480)]


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with Product(tmp_path_factory.mktemp("faults"), without=("dagster", "ops")) as running:
        yield running


@pytest.fixture(scope="module")
def history() -> History:
    return History()


@pytest.mark.parametrize("number", range(ROUNDS))
@pytest.mark.parametrize("process", PROCESSES)
def test_nothing_is_lost_or_doubled(
    product: Product, history: History, proven: Proven, record_property: Callable[[str, str], None], process: str, number: int
) -> None:
    for attempt in range(ATTEMPTS):
        played, report = play(product, process, FIRST_SEED + number + 1000 * attempt)
        record_property("round", line(played))
        proven(f"kill -9 {process}", product, history, report)
        if played.counts:
            return
    pytest.fail(f"no round of {ATTEMPTS} met work in flight: {played}")
