"""Several processes at the same Delta tables, each with its share of the log's partitions: nothing lost, nothing doubled."""

import threading
import time
from collections import Counter

import pytest

from lake import bronze, maintenance, silver, watermark
from lake import store as stores
from lake.bronze import to_table
from lake.store import Lake, from_us
from lake.watermark import note_idle
from seiche.errors import StoreUnavailable
from seiche.registry.engine import write
from seiche.registry.projects import create_project
from seiche.registry.share import Share
from seiche.registry.tables import ConsumerOffset
from seiche.testing.generated_log import GeneratedLog
from tests.unit.lake.conftest import START

PARTITIONS = 4
TABLES = ("bronze_events", "silver_events")


@pytest.fixture
def log():
    return GeneratedLog(START, 400, gap_seconds=9.0, partitions=PARTITIONS)


@pytest.fixture
def decided(engine, log):
    for number in range(1, PARTITIONS):
        create_project(engine, f"Shop {number}")
    decide(engine, log.length)


def decide(engine, offset):
    with write(engine) as session:
        for partition in range(PARTITIONS):
            session.merge(ConsumerOffset(consumer="alerts", partition=partition, offset=offset, updated_at_us=time.time_ns() // 1000))


def work(lake, log, engine, partitions, faults, every_commits=10_000):
    try:
        more = 1
        while more:
            try:
                first = bronze.advance(lake, log, partitions=partitions, max_records=40)
                second = silver.advance(lake, engine, partitions=partitions, max_rows=40)
                more = first.detail["more"] + second.detail["more"]
                maintenance.maintain(lake, every_commits=every_commits)
            except StoreUnavailable:
                continue  # as the line does: another process was first, several times
    except BaseException as error:
        faults.append(error)
        raise


def together(*works):
    threads = [threading.Thread(target=work, args=args) for args in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not any(thread.is_alive() for thread in threads)


def held(lake, name):
    rows = lake.dataset(name).to_table(columns=["log_partition", "log_offset"]).to_pylist()
    return Counter((row["log_partition"], row["log_offset"]) for row in rows)


def wanted(log):
    return Counter((partition, offset) for partition in range(PARTITIONS) for offset in log.event_offsets())


def test_each_brings_its_partitions_while_one_of_them_compacts(lake, log, engine, decided):
    faults = []
    shares = [Share(1, 2).of(range(PARTITIONS)), Share(2, 2).of(range(PARTITIONS))]
    together((lake, log, engine, shares[0], faults, 8), (Lake(lake.url), log, engine, shares[1], faults))
    assert faults == []
    for name in TABLES:
        assert held(lake, name) == wanted(log)
    kinds = Counter(entry.get("seiche.kind") for entry in lake.table("silver_events").history())
    assert kinds["compact"], "beside appends of another process"
    ends = dict.fromkeys(range(PARTITIONS), log.length)
    assert lake.cursors("bronze_events", "bronze", ends) == lake.cursors("silver_events", "silver", ends) == ends


def test_two_for_the_same_partitions_bring_each_row_once(lake, log, engine, decided):
    faults = []
    everything = range(PARTITIONS)
    together((lake, log, engine, everything, faults), (Lake(lake.url), log, engine, everything, faults))
    assert faults == []
    for name in TABLES:
        assert held(lake, name) == wanted(log)


def test_a_commit_of_other_partitions_costs_no_second_writing(lake, log, engine, decided, monkeypatch):
    other = Lake(lake.url)
    bronze.advance(lake, log, partitions=[0], max_records=40)
    written, write_rows = [], stores.write_deltalake

    def beside(handle, rows, **options):
        if not written:
            written.append(rows.num_rows)
            bronze.advance(other, log, partitions=[1], max_records=40)
        written.append(rows.num_rows)
        write_rows(handle, rows, **options)

    monkeypatch.setattr(stores, "write_deltalake", beside)
    bronze.advance(lake, log, partitions=[0], max_records=40)
    assert written.count(38) == 2, "one of each"
    assert Counter(partition for partition, _ in held(lake, "bronze_events").elements()) == {0: 76, 1: 38}


def test_a_rebuild_that_was_ahead_leaves_nothing_to_bring_twice(lake, log, engine, decided, monkeypatch):
    """The hour is made again while another process has rows of it ready to append: one of the two starts over."""
    other = Lake(lake.url)
    while bronze.advance(lake, log).detail["more"]:
        pass
    note_idle(lake, int((START.timestamp() + 7 * 3600) * 1e6))
    silver.advance(other, engine, partitions=[0], max_rows=40)
    hour = watermark.hours_with_rows(lake)[0]
    made, rebuilt = silver.make_rows, []

    def rebuild_first(*asked):
        rows = made(*asked)
        if not rebuilt:
            rebuilt.append(True)
            silver.rebuild_hour(lake, engine, hour)
        return rows

    monkeypatch.setattr(silver, "make_rows", rebuild_first)
    while silver.advance(other, engine, max_rows=40).detail["more"]:
        pass
    assert rebuilt
    assert held(lake, "silver_events") == wanted(log)


def test_nothing_comes_in_while_an_open_hour_is_made_again(lake, log, engine, decided):
    bronze.advance(lake, log)
    other, done = Lake(lake.url), []
    with lake.exclusive("silver"):
        thread = threading.Thread(target=lambda: done.append(silver.advance(other, engine).rows))
        thread.start()
        thread.join(0.3)
        assert not done
    thread.join(60)
    assert done[0]


def test_different_partitions_of_one_store_are_worked_on_at_the_same_time(lake):
    other = Lake(lake.url)
    with lake.beside("hot", [0, 2]), other.beside("hot", [1, 3]):
        waiting = threading.Thread(target=lambda: other.exclusive("hot").__enter__(), daemon=True)
        waiting.start()
        waiting.join(0.2)
        assert waiting.is_alive(), "whoever wants the store alone waits for both"
    waiting.join(60)
    assert not waiting.is_alive()


def test_what_others_brought_closes_no_hour_while_a_partition_lags(lake, log, engine, decided, monkeypatch):
    now = int(START.timestamp()) * 1_000_000_000
    monkeypatch.setattr(watermark.clock, "time_ns", lambda: now)
    watermark.advance(lake, log)
    while bronze.advance(lake, log, partitions=[0, 1, 2]).detail["more"]:
        pass
    assert watermark.advance(lake, log).detail["behind"] == [3]
    newest = from_us(log._record(log.length - 1).received_at_us)
    assert watermark.watermark(lake) == newest, "it has only been a moment"
    now += 61_000_000_000
    watermark.advance(lake, log)
    assert watermark.watermark(lake) is None
    while bronze.advance(lake, log, partitions=[3]).detail["more"]:
        pass
    assert watermark.advance(lake, log).detail["behind"] == []
    assert watermark.watermark(lake) == newest


def test_a_batch_that_one_partition_fills_leaves_the_next_to_another(lake, log):
    first, second = (bronze.advance(lake, log, max_records=50).detail["positions"] for _ in range(2))
    assert [partition for partition, end in first.items() if end] == [0]
    assert second[1] == 50


def test_rows_of_bronze_know_their_partition(log):
    stored = log.read(2, 1, max_records=3)
    assert to_table(stored)["log_partition"].to_pylist() == [2, 2, 2]
