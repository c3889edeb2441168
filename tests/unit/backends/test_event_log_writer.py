"""The log's writer: one a folder, a thread that may die or hang, bounds on what waits for it; and many who say how far they are."""

import asyncio
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from seiche.backends.embedded.event_log import SqliteEventLogReader, SqliteEventLogWriter
from seiche.backends.embedded.log import writer
from seiche.backends.embedded.log.positions import Positions
from seiche.backends.embedded.log.tail import Tail
from seiche.errors import ConfigurationError, InvalidInput, LogUnavailable, StoreUnavailable
from seiche.model.record import LogRecord, RecordKind
from tests.unit.backends.event_log import record, settings


@contextmanager
def writing(folder: Path, **given: int) -> Iterator[tuple[SqliteEventLogWriter, asyncio.Runner]]:
    with asyncio.Runner() as runner:
        made = SqliteEventLogWriter(folder, settings(**given))
        runner.run(made.__aenter__())
        try:
            yield made, runner
        finally:
            runner.run(made.__aexit__(None, None, None))


def test_a_second_writer_is_told_who_holds_the_log(tmp_path: Path) -> None:
    with writing(tmp_path), pytest.raises(ConfigurationError, match=f"process {os.getpid()} writes"), writing(tmp_path):
        pass
    with writing(tmp_path):
        pass


def test_the_lock_goes_with_its_process(tmp_path: Path) -> None:
    code = """
import os, pathlib, signal, sys
from seiche.backends.embedded.log.lock import WriterLock
held = WriterLock(pathlib.Path(sys.argv[1]))
print("held", flush=True)
signal.pause()
"""
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "held\n"
            with pytest.raises(ConfigurationError, match=f"process {child.pid} writes"), writing(tmp_path):
                pass
        finally:
            child.kill()
    with writing(tmp_path) as (made, runner):
        assert list(runner.run(made.append([record(0)]))) == [0]


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="cannot be written"), writing(tmp_path / "file" / "log"):
        pass


def test_a_dead_writer_fails_those_who_wait_and_all_who_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(*_: object) -> int:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(Tail, "append", dies)
    monkeypatch.setattr(writer, "COMMIT_RECORDS", 1)  # the others are still waiting when it dies

    async def all_of(made: SqliteEventLogWriter) -> list[object]:
        answers = await asyncio.gather(*(made.append([record(number)]) for number in range(50)), return_exceptions=True)
        with pytest.raises(LogUnavailable, match=r"died.*a bug.*restart"):
            await made.append([record(0)])
        return list(answers)

    with writing(tmp_path) as (made, runner):
        answers = runner.run(asyncio.wait_for(all_of(made), 30))
        assert made.dead is not None
        assert made.queued == 0
    assert {type(answer) for answer in answers} == {LogUnavailable}
    with writing(tmp_path):  # its lock is not left behind
        pass


def test_a_disk_that_hangs_does_not_hang_its_callers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    began, moves = threading.Event(), threading.Event()
    real = Tail.append
    written: list[int] = []

    def hangs(self: Tail, rows: list[bytes], at_us: int) -> int:
        began.set()
        moves.wait(60)
        written.append(len(rows))
        return real(self, rows, at_us)

    monkeypatch.setattr(Tail, "append", hangs)
    monkeypatch.setattr(writer, "ANSWER_SECONDS", 0.05)

    async def all_of(made: SqliteEventLogWriter) -> None:
        first = asyncio.create_task(made.append([record(0)]))
        await asyncio.to_thread(began.wait, 30)
        with pytest.raises(LogUnavailable, match="not known"):
            await made.append([record(1)] * 7)
        with pytest.raises(LogUnavailable, match="not known"):
            await first
        moves.set()

    with writing(tmp_path) as (made, runner):
        runner.run(asyncio.wait_for(all_of(made), 30))
    assert written == [1], "who was refused before the commit began is not written after all"


def test_a_record_that_cannot_be_written_harms_nobody_else(tmp_path: Path) -> None:
    bad = LogRecord(kind=RecordKind.EVENT, received_at_us=1, user_agent="\ud800")
    huge = LogRecord(kind=RecordKind.EVENT, received_at_us=1, project_id=2**70)

    async def all_of(made: SqliteEventLogWriter) -> list[object]:
        appends = (made.append([record(0)]), made.append([record(1), bad]), made.append([huge]), made.append([record(2)]))
        return list(await asyncio.gather(*appends, return_exceptions=True))

    with writing(tmp_path) as (made, runner):
        answers = runner.run(asyncio.wait_for(all_of(made), 30))
        assert [type(answer) for answer in answers] == [list, InvalidInput, InvalidInput, list]
        assert made.queued == 0
    found = SqliteEventLogReader(tmp_path).read(0, 0)
    assert [int(stored.record.event_id, 16) for stored in found] == [0, 2]


def test_waiting_is_bounded_in_bytes_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "QUEUE_BYTES", 10_000)

    async def all_of(made: SqliteEventLogWriter) -> list[object]:
        appends = (made.append([record(number, size=4000)]) for number in range(10))
        return list(await asyncio.gather(*appends, return_exceptions=True))

    with writing(tmp_path) as (made, runner):
        answers = runner.run(asyncio.wait_for(all_of(made), 30))
        assert [type(answer) for answer in answers] == [list] * 3 + [LogUnavailable] * 7
        # Larger than the bound, and alone: it can be kept, so it is.
        assert list(runner.run(made.append([record(3, size=50_000)]))) == [3]


def test_commits_are_bounded_and_appends_stay_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    groups: list[int] = []
    real = Tail.append

    def noted(self: Tail, rows: list[bytes], at_us: int) -> int:
        groups.append(len(rows))
        return real(self, rows, at_us)

    monkeypatch.setattr(Tail, "append", noted)
    monkeypatch.setattr(writer, "COMMIT_RECORDS", 10)

    async def all_of(made: SqliteEventLogWriter) -> None:
        await asyncio.gather(*(made.append([record(number)] * size) for number, size in enumerate([3, 3, 3, 3, 25, 1])))

    with writing(tmp_path) as (made, runner):
        runner.run(asyncio.wait_for(all_of(made), 30))
    assert sum(groups) == 38
    assert set(groups) - {25} <= set(range(11))
    assert SqliteEventLogReader(tmp_path).end_offset(0) == 38


def test_a_caller_that_goes_away_disturbs_nobody(tmp_path: Path) -> None:
    async def all_of(made: SqliteEventLogWriter) -> None:
        tasks = [asyncio.create_task(made.append([record(number)])) for number in range(20)]
        await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        kept = [answer[0] for answer in answers[1::2] if isinstance(answer, list)]
        assert len(kept) == 10
        assert kept == sorted(set(kept))

    with writing(tmp_path) as (made, runner):
        runner.run(asyncio.wait_for(all_of(made), 30))
        assert made.queued == 0


def test_a_positions_file_that_others_are_making_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Switching on WAL does not wait for a lock, whatever the timeout.
    real = Positions._open
    locked = iter([True, True, False])

    def busy(self: Positions) -> sqlite3.Connection:
        if next(locked):
            raise sqlite3.OperationalError("database is locked")
        return real(self)

    monkeypatch.setattr(Positions, "_open", busy)
    positions = Positions(tmp_path)
    positions.set("alerts", 0, 4)
    assert positions.get(0) == {"alerts": 4}
    positions.close()


def test_a_positions_file_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    (tmp_path / "consumers.sqlite").write_bytes(os.urandom(5000))
    positions = Positions(tmp_path)
    with pytest.raises(StoreUnavailable, match=r"consumers\.sqlite cannot be used"):
        positions.set("alerts", 0, 4)


def test_many_processes_make_the_positions_file_at_once(tmp_path: Path) -> None:
    code = """
import pathlib, sys
from seiche.backends.embedded.log.positions import Positions
sys.stdin.readline()
positions = Positions(pathlib.Path(sys.argv[1]) / "log")
for offset in range(30):
    positions.set(sys.argv[2], 0, offset)
"""
    names = [f"consumer-{index}" for index in range(6)]
    children = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), name], stdin=subprocess.PIPE, text=True) for name in names]
    try:
        for child in children:
            assert child.stdin is not None
            child.stdin.write("go\n")
            child.stdin.close()
        assert [child.wait(60) for child in children] == [0] * len(children)
    finally:
        for child in children:
            child.kill()
            child.wait()
    assert Positions(tmp_path / "log").get(0) == dict.fromkeys(names, 29)
