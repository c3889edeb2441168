"""The door to analytics: fails fast while they are down, comes back by itself, reuses answers within bounds."""

import pytest

from query_api import remembered
from query_api.gateway import SHUT_SECONDS, Gateway
from query_api.remembered import Remembered
from seiche.backends.clickhouse_schema import migrate
from seiche.backends.clickhouse_search import ClickHouseSearchIndex
from seiche.errors import StoreUnavailable
from seiche.ports.search_index import TextTerm
from seiche.query.scope import Scope
from seiche.testing.olap import OlapProcess

SCOPE = Scope(frozenset({1}))


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_death_and_return_of_the_real_process(tmp_path):
    clock, made = Clock(), []
    with OlapProcess(tmp_path) as olap:

        def make():
            made.append(1)
            return olap.client()

        migrate(olap.client())
        gateway = Gateway(make, ClickHouseSearchIndex(olap.client), clock)
        assert gateway.as_of(SCOPE, 1) is None
        assert gateway.users(SCOPE, 1) == {}
        olap.kill()
        with pytest.raises(StoreUnavailable):
            gateway.as_of(SCOPE, 1)
        olap.start()
        olap.client().close()
        clients = len(made)
        with pytest.raises(StoreUnavailable, match="down or starting"):
            gateway.as_of(SCOPE, 1)
        assert len(made) == clients, "nobody knocks while the door is shut"
        clock.now += SHUT_SECONDS + 0.1
        assert gateway.as_of(SCOPE, 1) is None
        assert gateway.matching_fingerprints(SCOPE, 1, [TextTerm(("x",))]) == []


def test_remembered_is_bounded_and_forgets(monkeypatch):
    monkeypatch.setattr(remembered, "MAX_KEYS", 3)
    clock, asked = Clock(), []
    memory = Remembered(2.0, clock)

    def ask():
        asked.append(1)
        return len(asked)

    assert [memory.get("a", ask), memory.get("a", ask)] == [1, 1]
    clock.now = 2.0
    assert memory.get("a", ask) == 2
    for number in range(10):
        memory.get(number, ask)
    assert len(memory._answers) == 3

    def fail():
        raise StoreUnavailable("down")

    with pytest.raises(StoreUnavailable):
        memory.get("b", fail)
    assert memory.get("b", lambda: "fine") == "fine", "an error is not remembered"
