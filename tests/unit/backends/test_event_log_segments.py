"""What is special about a log of SQLite segments: rolling, retention, damage, and disks that refuse."""

import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from seiche.backends.embedded.log import segment, tail
from seiche.backends.embedded.log.folder import Listing, first_offsets, path_of
from seiche.backends.embedded.log.tail import Tail
from seiche.errors import ConfigurationError, InvalidInput, LogUnavailable, OffsetOutOfRange
from tests.unit.backends.event_log import Log, record


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    made = Log(tmp_path / "log", segment_bytes=64 << 10)
    yield made
    made.tail.close()
    made.reader.close()


def test_a_segment_is_rolled_when_it_and_its_wal_are_large_enough(log: Log) -> None:
    for _ in range(40):
        log.append(5)
        log.upkeep()
    starts = first_offsets(log.folder)
    assert len(starts) > 3
    assert all(path_of(log.folder, start).stat().st_size < 2 * log.settings.segment_bytes for start in starts[:-1])
    assert log.numbers(max_records=500) == list(range(200))


def test_commits_of_tiny_records_do_not_make_an_endless_wal(log: Log) -> None:
    row = segment.encode(record(0, size=0))
    for _ in range(60):
        log.tail.append([row], 1_000_000)
        log.upkeep()
        assert segment.wal_bytes(log.tail._path) < 2 * log.settings.segment_bytes
    assert len(first_offsets(log.folder)) > 1


def test_a_segment_is_rolled_when_it_is_old_enough_and_not_empty(tmp_path: Path) -> None:
    log = Log(tmp_path, segment_seconds=0)
    log.upkeep()
    assert first_offsets(tmp_path) == [0], "nothing is in it yet"
    log.append(3)
    log.upkeep()
    log.upkeep()
    assert first_offsets(tmp_path) == [0, 3]
    log.tail.close()


def test_a_sealed_segment_is_one_file_and_is_read_without_making_others(log: Log) -> None:
    log.append(5)
    log.roll()
    sealed = path_of(log.folder, 0)
    assert segment.wal_bytes(sealed) == 0
    beside = sorted(path.name for path in log.folder.iterdir())
    assert log.numbers() == [0, 1, 2, 3, 4]
    assert sorted(path.name for path in log.folder.iterdir() if not path.name.startswith(path_of(log.folder, 5).name)) == [
        name for name in beside if not name.startswith(path_of(log.folder, 5).name)
    ]


def test_a_wal_that_could_not_be_moved_is_readable_and_moved_later(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(connection: sqlite3.Connection) -> None:
        kept.append(connection)  # not closed: closing would move it
        raise sqlite3.OperationalError("disk I/O error")

    kept: list[sqlite3.Connection] = []
    log.append(5)
    with monkeypatch.context() as patched:
        patched.setattr(segment, "seal", fails)
        log.roll()
        assert segment.wal_bytes(path_of(log.folder, 0)) > 0
        assert log.numbers() == [0, 1, 2, 3, 4]
    for connection in kept:
        connection.close()
    log.upkeep()
    assert segment.wal_bytes(path_of(log.folder, 0)) == 0
    assert log.numbers() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("offsets", "kept"),
    [
        ({"alerts": 10, "pipeline": 10}, [10]),
        ({"alerts": 10, "pipeline": 9}, [5, 10]),
        ({"alerts": 4, "pipeline": 10}, [0, 5, 10]),
        ({"alerts": 10}, [0, 5, 10]),
        ({"pipeline": 10}, [0, 5, 10]),
        ({"alerts": 10, "somebody": 10}, [0, 5, 10]),
        ({"alerts": 10, "pipeline": 10, "somebody": 0}, [10]),
        ({}, [0, 5, 10]),
    ],
)
def test_a_segment_goes_when_both_consumers_have_passed_it(log: Log, offsets: dict[str, int], kept: list[int]) -> None:
    for _ in range(2):
        log.append(5)
        log.roll()
    log.acknowledge(**offsets)
    log.upkeep()
    assert first_offsets(log.folder) == kept
    assert log.reader.start_offset(0) == kept[0]
    assert log.reader.end_offset(0) == 10
    leftovers = {path.name.split(".")[0] for path in log.folder.iterdir() if path.name.startswith("0")}
    assert leftovers == {path_of(log.folder, start).stem for start in kept}, "a file beside a segment stayed"


def test_a_segment_stays_while_its_newest_record_is_young(tmp_path: Path) -> None:
    log = Log(tmp_path, retention_seconds=3600)
    now_us = time.time_ns() // 1000
    for age_seconds in (7200, 60, 60):
        log.append(2, at_us=now_us - age_seconds * 1_000_000)
        log.roll()
    log.acknowledge(alerts=6, pipeline=6)
    log.upkeep()
    assert first_offsets(tmp_path) == [2, 4, 6]
    log.tail.close()


def test_offsets_and_times_go_on_after_every_segment_went(log: Log) -> None:
    log.append(5, at_us=77_000_000)
    log.roll()
    log.acknowledge(alerts=5, pipeline=5)
    log.upkeep()
    assert first_offsets(log.folder) == [5]
    assert (log.reader.start_offset(0), log.reader.end_offset(0)) == (5, 5)
    log.restart()
    assert log.tail.next_offset == 5
    assert log.tail.received_at_us == 77_000_000
    with pytest.raises(OffsetOutOfRange) as caught:
        log.reader.read(0, 0)
    assert (caught.value.start, caught.value.end) == (5, 5)
    log.append(1)
    assert log.numbers(5) == [5]


def test_a_crash_while_a_segment_is_made_leaves_nothing_behind(log: Log) -> None:
    log.append(5)
    log.tail.close()
    half = path_of(log.folder, 5).with_name(f"{path_of(log.folder, 5).name}.new")
    half.write_bytes(b"half")
    orphan = path_of(log.folder, 3).with_name(f"{path_of(log.folder, 3).name}-shm")
    orphan.write_bytes(b"")
    assert log.reader.end_offset(0) == 5
    log.restart()
    assert not half.exists()
    assert not orphan.exists()
    log.append(1)
    assert log.numbers() == [0, 1, 2, 3, 4, 5]


def test_a_reader_survives_that_its_segment_goes(log: Log) -> None:
    log.append(5)
    assert log.numbers(0) == [0, 1, 2, 3, 4]  # its connection is open now
    log.roll()
    log.append(2)
    log.acknowledge(alerts=5, pipeline=5)
    log.upkeep()
    with pytest.raises(OffsetOutOfRange):
        log.reader.read(0, 1)
    assert log.numbers(5) == [5, 6]
    assert log.reader._open.keys() == {5}


def test_a_segment_that_goes_between_listing_and_opening_is_out_of_range(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    log.append(5)
    log.roll()
    log.append(2)
    log.acknowledge(alerts=5, pipeline=5)
    real = segment.open_for_reading

    def late(log_dir: Path, first_offset: int, *, is_sealed: bool) -> sqlite3.Connection:
        if first_offset == 0 and path_of(log.folder, 0).exists():
            with monkeypatch.context() as undone:
                undone.setattr(segment, "open_for_reading", real)
                log.upkeep()
        return real(log_dir, first_offset, is_sealed=is_sealed)

    monkeypatch.setattr(segment, "open_for_reading", late)
    with pytest.raises(OffsetOutOfRange) as caught:
        log.reader.read(0, 0)
    assert (caught.value.start, caught.value.end) == (5, 7)


def test_a_hole_is_never_read_over(log: Log) -> None:
    for _ in range(3):
        log.append(5)
        log.roll()
    path_of(log.folder, 5).rename(log.folder / "damaged.away")
    assert log.numbers(0) == [0, 1, 2, 3, 4]
    with pytest.raises(OffsetOutOfRange) as caught:
        log.reader.read(0, 5)
    assert (caught.value.start, caught.value.end) == (10, 15), "a consumer goes on at the next kept record and counts the gap"
    assert log.numbers(10) == [10, 11, 12, 13, 14]


def test_the_folder_is_listed_again_only_after_a_change_but_after_every_change(tmp_path: Path) -> None:
    listing = Listing(tmp_path)
    path_of(tmp_path, 0).touch()
    stamp = time.time_ns() + 600 * 10**9  # ahead, so that it is recent however slow this machine is
    os.utime(tmp_path, ns=(stamp, stamp))
    assert listing() == [0]
    path_of(tmp_path, 5).touch()
    os.utime(tmp_path, ns=(stamp, stamp))  # both within one tick of the file system's clock
    assert listing() == [0, 5]
    hour_ago = time.time_ns() - 3600 * 10**9
    os.utime(tmp_path, ns=(hour_ago, hour_ago))
    assert listing() is listing()
    path_of(tmp_path, 7).touch()
    assert listing() == [0, 5, 7]


def test_few_segments_are_open_at_once(log: Log) -> None:
    for _ in range(12):
        log.append(2)
        log.roll()
    assert log.numbers() == list(range(24))
    assert len(log.reader._open) == 4
    assert log.numbers(3, max_records=4) == [3, 4, 5, 6]


def test_another_version_is_refused_with_what_to_do(log: Log) -> None:
    log.append(1)
    log.tail.close()
    connection = sqlite3.connect(path_of(log.folder, 0))
    connection.execute("PRAGMA user_version = 9")
    connection.close()
    with pytest.raises(ConfigurationError, match=r"format 9.*start the version that wrote it"):
        Tail(log.folder, log.settings)
    with pytest.raises(ConfigurationError, match="format 9"):
        log.reader.read(0, 0)


@pytest.mark.parametrize("at", [0, 100])
def test_a_damaged_segment_is_named_with_what_to_do(log: Log, at: int) -> None:
    log.append(30)
    log.roll()
    with path_of(log.folder, 0).open("r+b") as file:
        file.seek(at)
        file.write(os.urandom(40_000))
    with pytest.raises(ConfigurationError, match=r"is damaged.*backup"):
        log.reader.read(0, 0)
    log.append(1)
    assert log.numbers(30) == [30], "the others are not harmed"


def test_a_damaged_newest_segment_is_said_at_the_start(log: Log) -> None:
    log.append(30)
    log.tail.close()
    path_of(log.folder, 0).write_bytes(os.urandom(40_000))
    with pytest.raises(ConfigurationError, match="is damaged"):
        Tail(log.folder, log.settings)


def test_only_partition_0_is_here(log: Log) -> None:
    for ask in (log.reader.start_offset, log.reader.end_offset, log.reader.acknowledged, lambda partition: log.reader.read(partition, 0)):
        with pytest.raises(InvalidInput, match="partition 0 only"):
            ask(1)


def test_a_full_file_refuses_the_whole_append_and_works_again(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    log.append(3)
    assert log.tail._connection is not None
    pages = log.tail._connection.execute("PRAGMA page_count").fetchone()[0]
    log.tail._connection.execute(f"PRAGMA max_page_count = {pages + 3}")
    with pytest.raises(LogUnavailable, match="full"):
        log.append(50)
    assert log.tail.next_offset == 3
    assert log.numbers() == [0, 1, 2]
    log.append(4)  # there is space again
    assert log.numbers() == list(range(7))


@pytest.mark.parametrize("is_kept", [True, False])
def test_after_a_commit_that_was_cut_off_the_file_says_what_was_kept(log: Log, monkeypatch: pytest.MonkeyPatch, is_kept: bool) -> None:
    @contextmanager
    def cut_off(connection: sqlite3.Connection) -> Iterator[None]:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("COMMIT" if is_kept else "ROLLBACK")
        raise sqlite3.OperationalError("disk I/O error")

    log.append(2)
    with monkeypatch.context() as patched:
        patched.setattr(segment, "transaction", cut_off)
        with pytest.raises(LogUnavailable, match="disk I/O error"):
            log.append(3)
    kept = 5 if is_kept else 2
    assert log.reader.end_offset(0) == kept
    log.tail.append([segment.encode(record(99))], 1_000_000)
    assert log.numbers() == [*range(kept), 99]


def test_low_disk_is_looked_at_once_a_second_and_ends_by_itself(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Path] = []
    usage = shutil.disk_usage(log.folder)

    def low(path: Path) -> object:
        asked.append(path)
        return usage._replace(free=9)

    log.settings.minimum_free_bytes = 10
    monkeypatch.setattr(tail, "DISK_CHECK_SECONDS", 0.0)
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "disk_usage", low)
        with pytest.raises(LogUnavailable, match=r"are free for .*make room"):
            log.append(1)
        patched.setattr(tail, "DISK_CHECK_SECONDS", 3600.0)
        for _ in range(5):
            with pytest.raises(LogUnavailable):
                log.append(1)
    assert asked == [log.folder]
    log.append(1)
    assert log.numbers() == [0]
