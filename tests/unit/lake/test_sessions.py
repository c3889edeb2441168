"""Bronze items -> session_rows -> release health, over the real engine."""

import itertools
import json

import pytest

from lake import bronze, sessions
from lake.store import Lake
from seiche.model.record import LogRecord, RecordKind, StoredRecord
from seiche.protocol.sessions import anonymous
from seiche.query import sessions as sql
from seiche.query.scope import Scope
from tests.unit.lake.conftest import START

START_US = int(START.timestamp() * 1e6)
SCOPE = Scope(project_ids=frozenset({1}))


class Log:
    """Items only, of project 1."""

    def __init__(self, *items):
        self.items = list(items)
        self.consumers = {}

    def partitions(self):
        return [0]

    def start_offset(self, partition):
        return 0

    def end_offset(self, partition):
        return len(self.items)

    def read(self, partition, offset, *, max_records=1000, max_bytes=0):
        found = self.items[offset : offset + max_records]
        return [StoredRecord(0, offset + place, record(kind, tree, offset + place)) for place, (kind, tree) in enumerate(found)]

    def acknowledge(self, consumer, partition, offset):
        self.consumers[consumer] = offset

    def acknowledged(self, partition):
        return self.consumers


def record(kind, tree, number):
    body = anonymous(kind, json.dumps(tree).encode(), project_id=1) if "session" in kind else b"{}"
    at = START_US + number * 1_000_000
    return LogRecord(kind=RecordKind.ITEM, item_type=kind, received_at_us=at, project_id=1, config_version=1, body=body)


def session(sid, status, seq, *, errors=0, did=None, release="shop@1", environment="prod"):
    tree = {"sid": sid, "status": status, "seq": seq, "errors": errors, "did": did, "started": START_US / 1e6}
    return "session", tree | {"attrs": {"release": release, "environment": environment}}


def counts(release="shop@1", environment="prod", **of):
    return "sessions", {"aggregates": [{"started": START_US / 1e6, **of}], "attrs": {"release": release, "environment": environment}}


def fill(lake, client, log):
    while bronze.advance(lake, log, max_records=2).detail["more"]:
        pass
    while sessions.advance(lake, client, max_offsets=2).rows:
        pass


def found(client, environment="", since_us=START_US - 3_600_000_000):
    asked = sql.health(SCOPE, 1, since_us, environment)
    result = client.query(asked.sql, parameters=asked.parameters)
    return {row[0]: dict(zip(result.column_names[1:], row[1:], strict=True)) for row in result.result_rows}


def test_states_fold_and_counts_add_up(lake, client):
    log = Log(
        session("a", "ok", 0, did="ada"),
        ("user_report", {}),
        session("b", "ok", 5, errors=2, did="bob"),
        session("a", "crashed", 1, did="ada"),
        session("a", "exited", 9, did="ada"),  # after its end: it stays crashed
        session("b", "ok", 4, did="bob"),
        counts(exited=10, errored=3, crashed=1, did="eve"),
        counts(exited=5),
        session("c", "abnormal", 0),
        session("d", "exited", 0, release="shop@2", environment="stage"),
    )
    fill(lake, client, log)
    health = found(client)
    assert health["shop@1"] == {"sessions": 22, "crashed": 2, "abnormal": 1, "errored": 4, "users": 3, "crashed_users": 2, "of_all": 23}
    assert health["shop@2"]["sessions"] == 1
    assert list(found(client, "stage")) == ["shop@2"]
    assert found(client, since_us=START_US + 1) == {}
    asked = sql.hourly(SCOPE, 1, START_US - 3_600_000_000)
    assert [row[2:] for row in client.query(asked.sql, parameters=asked.parameters).result_rows] == [(22, 2), (1, 0)]


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::5])
def test_the_order_of_states_does_not_matter(lake, client, order):
    states = [session("a", "ok", 0), session("a", "ok", 1, errors=1), session("a", "ok", 2, errors=1), session("a", "crashed", 3, errors=2)]
    fill(lake, client, Log(*(states[place] for place in order)))
    assert found(client)["shop@1"] == {
        "sessions": 1,
        "crashed": 1,
        "abnormal": 0,
        "errored": 0,
        "users": 0,
        "crashed_users": 0,
        "of_all": 1,
    }


def test_each_item_is_there_once_after_restarts_and_rebuilds(lake, log, client, facts):
    for _ in range(3):
        again = Lake(lake.url)
        for _ in range(2):
            bronze.advance(again, log, max_records=600)
            sessions.advance(again, client, max_offsets=500)
    again = Lake(lake.url)
    while bronze.advance(again, log).rows or sessions.advance(again, client).rows:
        pass
    held = facts()["sessions"]
    assert sum(row[1] for row in held) == sum(row[3] for row in held) == len(log.item_offsets())
    for hour in [row[0] for row in held]:
        assert sessions.rebuild_hour(again, client, hour).rows
    assert facts()["sessions"] == held
