"""The seconds path without Dagster and without ClickHouse: what fails waits, the rest goes on, and people are told."""

import json
import threading
import time
from datetime import UTC, datetime

import pytest

from lake import accounting
from orchestration import progress
from orchestration.line import Line
from orchestration.worker import Worker
from seiche.errors import StoreUnavailable
from seiche.registry.engine import write
from seiche.registry.projects import create_project
from seiche.registry.tables import ConsumerOffset
from seiche.testing.generated_log import GeneratedLog
from seiche.testing.registries import new_registry
from seiche.wiring import registry_engine

WITHOUT_CLICKHOUSE = ("bronze_events", "watermark", "silver_events", "gold", "regroup", "erasures", "maintenance", "memory")


@pytest.fixture
def log():
    return GeneratedLog(datetime(2026, 11, 20, 8, tzinfo=UTC), 300)


@pytest.fixture
def decide(settings):
    engine = registry_engine(new_registry(settings.data / "registry.sqlite"))
    create_project(engine, "Shop")

    def decide(offset):
        with write(engine) as session:
            session.merge(ConsumerOffset(consumer="alerts", partition=0, offset=offset, updated_at_us=0))

    yield decide
    engine.dispose()


@pytest.fixture
def line(settings, log, decide):
    decide(log.length)
    return Line(settings, log, threading.Event())


def failing(error):
    def fail(*_):
        raise error

    return fail


def stored(line, log):
    counts = accounting.silver_counts(line.lake, {0: log.length})
    return counts[1].stored if counts else 0


def test_a_turn_brings_every_stage_up_to_date_and_the_next_has_nothing_to_do(line, log, monkeypatch):
    assert set(line.stages) == set(WITHOUT_CLICKHOUSE)
    assert line.turn() is False
    assert stored(line, log) == len(log.event_offsets())
    monkeypatch.setattr(line, "_turn", failing(AssertionError("nothing grew")))
    assert line.turn() is False
    assert line.failing == []


def test_it_looks_again_when_the_log_or_the_decisions_grew(line, log, decide):
    line.turn()
    log.length += 40
    line.turn()
    assert line.stages["bronze_events"].total_rows == len(log.event_offsets())
    assert stored(line, log) < len(log.event_offsets())
    decide(log.length)
    line.turn()
    assert stored(line, log) == len(log.event_offsets())


def test_more_than_a_batch_is_said_and_done_at_once(settings, log, decide):
    decide(log.length)
    small = settings.model_copy(update={"pipeline": settings.pipeline.model_copy(update={"batch_records": 100})})
    line = Line(small, log, threading.Event())
    assert [line.turn() for _ in range(4)] == [True, True, False, False]
    assert stored(line, log) == len(log.event_offsets())


@pytest.mark.parametrize("error", [StoreUnavailable("the disk is full", retry_after_seconds=0.01), ValueError("a fault of ours")])
def test_a_stage_that_fails_waits_and_the_others_go_on(line, log, error, monkeypatch, tmp_path):
    silver = line.stages["silver_events"]
    works = silver.advance
    monkeypatch.setattr(silver, "advance", failing(error))
    begun = time.monotonic()
    line.turn()
    assert [stage.name for stage in line.failing] == ["silver_events"]
    assert line.stages["bronze_events"].total_rows == len(log.event_offsets())
    progress.write(tmp_path / "pipeline.json", line, turns=1)
    told = json.loads((tmp_path / "pipeline.json").read_text())
    assert told["error"] == f"silver_events: {error}"
    assert told["stages"]["silver_events"]["failures"] == 1
    assert told["stages"]["bronze_events"]["position"] == {"0": log.length}
    assert silver.not_before > begun, "it waits before the next attempt"
    silver.not_before += 60  # longer than this test's machine may be busy
    line.turn()
    assert silver.failures == 1
    monkeypatch.setattr(silver, "advance", works)
    silver.not_before = 0.0
    line.turn()
    assert line.failing == []
    assert stored(line, log) == len(log.event_offsets())
    assert progress.told(line, turns=3)["error"] == ""


def test_pauses_grow_up_to_half_a_minute(line, monkeypatch):
    silver = line.stages["silver_events"]
    monkeypatch.setattr(silver, "advance", failing(StoreUnavailable("away", retry_after_seconds=0.1)))
    pauses = []
    for _ in range(9):
        silver.not_before = 0.0
        line.turn()
        pauses.append(round(silver.not_before - time.monotonic()))
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (1, 30)


def test_nothing_is_started_once_it_is_told_to_stop(settings, log, decide):
    decide(log.length)
    stop = threading.Event()
    line = Line(settings, log, stop)
    works = line.stages["bronze_events"].advance

    def bronze_then_stop():
        stop.set()
        return works()

    line.stages["bronze_events"].advance = bronze_then_stop
    line.turn()
    assert line.stages["bronze_events"].total_rows == len(log.event_offsets())
    assert line.stages["silver_events"].at == 0.0


def test_the_worker_ends_between_turns_and_has_told_how_far_it_is(settings, log, decide):
    decide(log.length)
    stop = threading.Event()
    worker = Worker(settings, log, stop, with_dagster=False)
    thread = threading.Thread(target=worker.run)
    thread.start()
    path = settings.run_dir / "pipeline.json"
    for _ in range(200):
        if path.exists() and json.loads(path.read_text())["stages"]["silver_events"]["rows_since_start"] == len(log.event_offsets()):
            break
        stop.wait(0.05)
    stop.set()
    thread.join(5)
    assert not thread.is_alive()
    assert worker.fault is None
    assert json.loads(path.read_text())["stages"]["silver_events"]["position"] == {"0": log.length}


def test_a_fault_of_the_loop_itself_ends_the_process(settings, log, decide, monkeypatch):
    monkeypatch.setattr(Line, "turn", failing(RuntimeError("not a stage's")))
    worker = Worker(settings, log, threading.Event(), with_dagster=False)
    worker.run()
    assert isinstance(worker.fault, RuntimeError)


def test_a_log_that_is_away_ends_nothing(line, log, monkeypatch):
    line.turn()
    monkeypatch.setattr(log, "end_offset", failing(StoreUnavailable("the brokers are away")))
    log.length += 1
    line._looked_at = 0.0
    line.turn()
    assert line.stages["bronze_events"].error == "the brokers are away"
    monkeypatch.undo()
    for stage in line.stages.values():
        stage.not_before = 0.0
    line.turn()
    assert line.failing == []
