"""The look-up of late repeats in the hot tier, against the real engine."""

import pytest

from seiche.backends.clickhouse_schema import migrate
from seiche.backends.clickhouse_seen import stored_before
from seiche.errors import StoreUnavailable
from seiche.testing.olap import OlapProcess

ONE, TWO, OTHER = "a" * 32, "b" * 32, "c" * 32


@pytest.fixture(scope="module")
def olap(tmp_path_factory):
    with OlapProcess(tmp_path_factory.mktemp("seen")) as process:
        yield process


def test_the_first_place_of_each_event_of_the_project(olap) -> None:
    client = olap.client()
    assert stored_before(client, 1, [ONE]) == {}
    migrate(client)
    assert stored_before(client, 1, [ONE]) == {}
    rows = [(1, ONE, 7), (1, ONE, 5), (1, TWO, 6), (2, OTHER, 8)]
    client.insert(
        "events_hot",
        [[project, event, 0, offset] for project, event, offset in rows],
        ["project_id", "event_id", "log_partition", "log_offset"],
    )
    assert stored_before(client, 1, [ONE, TWO, OTHER]) == {ONE: (0, 5), TWO: (0, 6)}
    assert stored_before(client, 2, {ONE: 0, OTHER: 0}) == {OTHER: (0, 8)}
    olap.stop()
    with pytest.raises(StoreUnavailable):
        stored_before(client, 1, [ONE])
    client.close()
