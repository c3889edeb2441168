"""Several pipelines on one machine: each its partitions, and one of them what only one may do."""

import threading
import time
from datetime import UTC, datetime

import pytest

from orchestration import part
from orchestration.line import OF_ONE, Line
from orchestration.part import Part
from seiche.registry.engine import write
from seiche.registry.projects import create_project
from seiche.registry.tables import ConsumerOffset
from seiche.testing.generated_log import GeneratedLog
from seiche.testing.registries import new_registry
from seiche.wiring import registry_engine

PARTITIONS = 3


@pytest.fixture
def engine(settings):
    engine = registry_engine(new_registry(settings.data / "registry.sqlite"))
    for number in range(PARTITIONS):
        create_project(engine, f"Shop {number}")
    yield engine
    engine.dispose()


@pytest.fixture
def log(engine):
    log = GeneratedLog(datetime(2026, 11, 20, 8, tzinfo=UTC), 200, partitions=PARTITIONS)
    with write(engine) as session:
        for partition in range(PARTITIONS):
            session.add(ConsumerOffset(consumer="alerts", partition=partition, offset=log.length, updated_at_us=time.time_ns() // 1000))
    return log


@pytest.fixture
def line_of(settings, log):
    made = []

    def line_of(share):
        pipeline = settings.pipeline.model_copy(update={"share": share})
        made.append(Line(settings.model_copy(update={"pipeline": pipeline}), log, threading.Event()))
        return made[-1]

    yield line_of
    for line in made:
        line.close()


def test_one_has_the_upkeep_until_it_leaves(engine, monkeypatch):
    now = 100.0
    monkeypatch.setattr(part.time, "monotonic", lambda: now)
    one, other = Part(engine, "1/2"), Part(engine, "2/2")
    assert (one.look(), other.look()) == (True, False)
    assert (one.does_upkeep, other.does_upkeep) == (True, False)
    one.leave()
    assert other.look() is False, "not asked at every turn"
    now += part.LOOK_SECONDS
    assert other.look() is True
    assert other.does_upkeep
    other.leave()


def test_each_line_brings_its_partitions_and_one_does_the_rest(line_of, log):
    one, other = line_of("1/2"), line_of("2/2")
    for _ in range(2):
        one.turn()
        other.turn()
    assert (one.partitions, other.partitions) == ([0, 2], [1])
    assert one.failing == other.failing == []
    rows = [line.stages["silver_events"].total_rows for line in (one, other)]
    assert rows == [2 * len(log.event_offsets()), len(log.event_offsets())]
    counted = one.lake.dataset("silver_events").to_table(columns=["log_partition", "log_offset"]).group_by(["log_partition", "log_offset"])
    assert counted.aggregate([]).num_rows == sum(rows) == one.lake.dataset("silver_events").count_rows()
    worked = [{name for name in OF_ONE & line.stages.keys() if line.stages[name].at} for line in (one, other)]
    assert worked == [OF_ONE & one.stages.keys(), set()]


def test_the_other_takes_over_upkeep_when_the_first_goes(line_of):
    one, other = line_of("1/2"), line_of("2/2")
    one.turn()
    other.turn()
    one.close()
    other.part._asked_at = float("-inf")
    other.turn()
    assert other.part.does_upkeep
    assert other.stages["gold"].at
