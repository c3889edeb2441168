"""The event log's promises (`seiche/ports/event_log.py`), over every implementation."""

import asyncio
import random
import threading
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

import pytest

from seiche.errors import LogUnavailable, OffsetOutOfRange
from seiche.model.record import LogRecord, RecordKind, StoredRecord
from seiche.ports.event_log import EventLogReader, EventLogWriter
from seiche.production_settings import KafkaSettings
from seiche.settings import LogSettings, Settings
from seiche.testing import servers
from seiche.wiring import event_log_reader, event_log_writer

IMPLEMENTATIONS = ("embedded", *servers.parameters("production"))


class World:
    """One log: any number of writers after one another, any number of readers."""

    def __init__(self, profile: str, folder: Path) -> None:
        kafka = KafkaSettings()
        if profile == "production":
            kafka = KafkaSettings(
                servers=servers.kafka(), topic=servers.fresh_name("log-"), partitions=1, replication_factor=1, min_insync_replicas=1
            )
        self.settings = Settings(data=folder, profile=profile, log=LogSettings(minimum_free_bytes=0), kafka=kafka)

    def writer(self, **log: Any) -> EventLogWriter:
        return event_log_writer(self.settings.model_copy(update={"log": self.settings.log.model_copy(update=log)}))

    def reader(self) -> EventLogReader:
        return event_log_reader(self.settings)

    def append(self, *appends: Sequence[LogRecord]) -> list[Sequence[int]]:
        async def all_of() -> list[Sequence[int]]:
            async with self.writer() as writer:
                return [await writer.append(records) for records in appends]

        return run(all_of())


@pytest.fixture(params=IMPLEMENTATIONS)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    return World(request.param, tmp_path / "data")


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asyncio.wait_for(work, 60))


def event(number: int, *, at_us: int = 1_000_000, body: bytes = b"{}") -> LogRecord:
    return LogRecord(kind=RecordKind.EVENT, received_at_us=at_us, project_id=7, event_id=f"{number:032x}", received=1, body=body)


def numbers(found: Sequence[StoredRecord]) -> list[int]:
    return [int(stored.record.event_id, 16) for stored in found]


def test_a_record_is_read_back_as_it_was(world: World) -> None:
    full = LogRecord(
        kind=RecordKind.OUTCOMES,
        received_at_us=1_700_000_000_000_001,
        project_id=2**63 - 1,
        public_key="k" * 32,
        event_id="f" * 32,
        sent_at_us=-5,
        client_ip="2001:db8::1",
        user_agent="sentry.python/2.75 ☃",
        config_version=3,
        scrub_version=4,
        item_type="transaction",
        received=9,
        codec="gzip",
        body=bytes(range(256)) * 40,
    )
    world.append([full])
    assert world.reader().read(0, 0) == [StoredRecord(0, 0, full)]


def test_offsets_start_at_0_and_grow_by_one_over_appends_and_writers(world: World) -> None:
    assert world.append([event(0)], [event(1), event(2)]) == [[0], [1, 2]]
    assert world.append([event(3)]) == [[3]]
    found = world.reader().read(0, 0)
    assert [stored.offset for stored in found] == [0, 1, 2, 3]
    assert numbers(found) == [0, 1, 2, 3]


def test_an_append_of_nothing_is_no_record(world: World) -> None:
    assert world.append([], [event(0)], []) == [[], [0], []]
    assert world.reader().end_offset(0) == 1


def test_a_log_that_nobody_has_written_has_partition_0(world: World) -> None:
    assert list(world.reader().partitions()) == [0]
    assert (world.reader().start_offset(0), world.reader().end_offset(0)) == (0, 0)


def test_an_empty_log_has_partition_0(world: World) -> None:
    before = world.reader()
    world.append()
    for reader in (before, world.reader()):
        assert list(reader.partitions()) == [0]
        assert (reader.start_offset(0), reader.end_offset(0)) == (0, 0)
        assert list(reader.read(0, 0)) == []
        assert reader.acknowledged(0) == {}
        with pytest.raises(OffsetOutOfRange):
            reader.read(0, 1)


def test_every_partitions_end_is_told_at_once(world: World) -> None:
    before = world.reader()
    assert before.end_offsets() == {0: 0}
    world.append([event(0), event(1)], [event(2)])
    assert before.end_offsets() == world.reader().end_offsets() == {0: 3}


def test_concurrent_appends_are_each_whole_and_in_order(world: World) -> None:
    choose = random.Random(1)
    sizes = [choose.randint(1, 30) for _ in range(200)]
    starts = [sum(sizes[:index]) for index in range(len(sizes))]

    async def all_of() -> list[Sequence[int]]:
        async with world.writer() as writer:
            return await asyncio.gather(
                *(writer.append([event(start + index) for index in range(size)]) for start, size in zip(starts, sizes, strict=True))
            )

    offsets = run(all_of())
    assert sorted(offset for given in offsets for offset in given) == list(range(sum(sizes)))
    kept = {stored.offset: int(stored.record.event_id, 16) for stored in world.reader().read(0, 0, max_records=10_000)}
    for start, given in zip(starts, offsets, strict=True):
        assert list(given) == list(range(given[0], given[0] + len(given))), "an append is torn apart"
        assert [kept[offset] for offset in given] == list(range(start, start + len(given)))


def test_what_is_answered_can_be_read_at_once(world: World) -> None:
    async def all_of() -> None:
        reader = world.reader()
        async with world.writer() as writer:
            for number in range(50):
                (offset,) = await writer.append([event(number)])
                assert reader.end_offset(0) == offset + 1
                assert numbers(reader.read(0, offset)) == [number]

    run(all_of())


def test_received_at_never_decreases(world: World) -> None:
    world.append([event(0, at_us=500)], [event(1, at_us=400), event(2, at_us=600), event(3, at_us=10)])
    world.append([event(4, at_us=1)])  # a clock that was put back while the server was down
    found = world.reader().read(0, 0)
    assert [stored.record.received_at_us for stored in found] == [500, 500, 600, 600, 600]


def test_received_at_never_decreases_among_concurrent_appends(world: World) -> None:
    times = list(range(1, 300))
    random.Random(2).shuffle(times)

    async def all_of() -> None:
        async with world.writer() as writer:
            await asyncio.gather(*(writer.append([event(at, at_us=at)]) for at in times))

    run(all_of())
    found = [stored.record for stored in world.reader().read(0, 0)]
    kept = [record.received_at_us for record in found]
    assert kept == sorted(kept)
    assert all(record.received_at_us >= int(record.event_id, 16) for record in found)


def test_read_is_bounded_by_records(world: World) -> None:
    world.append([event(number) for number in range(10)])
    reader = world.reader()
    assert numbers(reader.read(0, 0, max_records=3)) == [0, 1, 2]
    assert numbers(reader.read(0, 8, max_records=3)) == [8, 9]


def test_read_is_bounded_by_bytes_with_at_least_one_record(world: World) -> None:
    world.append([event(number, body=b"x" * 1000) for number in range(10)])
    reader = world.reader()
    assert numbers(reader.read(0, 0, max_bytes=4500)) in ([0, 1, 2], [0, 1, 2, 3])  # headers count or not
    assert numbers(reader.read(0, 4, max_bytes=1)) == [4]
    assert numbers(reader.read(0, 0)) == list(range(10))


def test_offsets_outside_the_log_are_said_to_be(world: World) -> None:
    world.append([event(0), event(1)])
    reader = world.reader()
    assert list(reader.read(0, 2)) == []
    for outside in (3, 2**62, -1):
        with pytest.raises(OffsetOutOfRange) as caught:
            reader.read(0, outside)
        assert (caught.value.partition, caught.value.offset, caught.value.start, caught.value.end) == (0, outside, 0, 2)


def test_acknowledge_is_each_consumers_last_word(world: World) -> None:
    world.append([event(0), event(1)])
    one, other = world.reader(), world.reader()
    one.acknowledge("alerts", 0, 1)
    other.acknowledge("pipeline", 0, 2)
    one.acknowledge("alerts", 0, 2)
    assert one.acknowledged(0) == other.acknowledged(0) == world.reader().acknowledged(0) == {"alerts": 2, "pipeline": 2}


def test_a_consumer_may_start_before_the_writer(world: World) -> None:
    reader = world.reader()
    reader.acknowledge("alerts", 0, 0)
    world.append([event(0)])
    assert reader.acknowledged(0) == {"alerts": 0}
    assert numbers(reader.read(0, 0)) == [0]


def in_threads(count: int, work: Callable[[int], None]) -> None:
    failures: list[BaseException] = []

    def guarded(index: int) -> None:
        try:
            work(index)
        except BaseException as error:  # noqa: BLE001 - an assertion's, to be seen by the test
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []


def test_one_reader_serves_many_threads_while_records_arrive(world: World) -> None:
    reader = world.reader()
    done = threading.Event()

    def work(index: int) -> None:
        if index == 0:
            try:
                world.append(*([event(number)] for number in range(300)))
            finally:
                done.set()
            return
        offset = 0
        while not done.is_set() or offset < reader.end_offset(0):
            found = reader.read(0, offset, max_records=index * 3)
            assert [stored.offset for stored in found] == list(range(offset, offset + len(found)))
            assert numbers(found) == [stored.offset for stored in found]
            offset += len(found)
        reader.acknowledge(f"consumer-{index}", 0, offset)

    in_threads(6, work)
    assert reader.acknowledged(0) == {f"consumer-{index}": 300 for index in range(1, 6)}


@pytest.mark.parametrize("world", ["embedded"], indirect=True)  # Kafka's disk is its brokers' affair
def test_low_disk_refuses_and_keeps_nothing_of_it(world: World) -> None:
    async def all_of() -> None:
        async with world.writer(minimum_free_bytes=1 << 62) as writer:
            for _ in range(3):
                with pytest.raises(LogUnavailable, match="free"):
                    await writer.append([event(9)])

    world.append([event(0)])
    run(all_of())
    world.append([event(1)])
    assert numbers(world.reader().read(0, 0)) == [0, 1]


def test_a_full_queue_refuses_at_once_and_the_rest_is_kept(world: World) -> None:
    async def all_of() -> tuple[list[int], int]:
        async with world.writer(queue_records=20) as writer:
            answers = await asyncio.gather(*(writer.append([event(number)] * 4) for number in range(30)), return_exceptions=True)
        kept = [number for number, answer in enumerate(answers) if not isinstance(answer, BaseException)]
        refused = [answer for answer in answers if isinstance(answer, LogUnavailable)]
        assert len(kept) + len(refused) == 30
        return kept, len(refused)

    kept, refused = run(all_of())
    assert len(kept) >= 5
    assert refused > 0
    assert sorted(numbers(world.reader().read(0, 0))) == sorted(kept * 4)


def test_a_closed_writer_refuses(world: World) -> None:
    async def all_of() -> None:
        writer = world.writer()
        with pytest.raises(LogUnavailable):
            await writer.append([event(0)])
        async with writer:
            await writer.append([event(1)])
        with pytest.raises(LogUnavailable):
            await writer.append([event(2)])

    run(all_of())
    assert numbers(world.reader().read(0, 0)) == [1]


def test_leaving_waits_for_what_was_taken(world: World) -> None:
    async def all_of() -> list[Sequence[int]]:
        async with world.writer() as writer:
            waiting = [asyncio.create_task(writer.append([event(number)])) for number in range(50)]
            await asyncio.sleep(0)
        return await asyncio.gather(*waiting)

    offsets = run(all_of())
    assert [list(given) for given in offsets] == [[number] for number in range(50)]
    assert world.reader().end_offset(0) == 50
