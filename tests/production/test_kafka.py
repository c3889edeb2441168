"""The event log on a real broker: what it does when the broker is gone, slow to answer or has dropped records."""

import asyncio
import time
from collections.abc import Sequence

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from seiche.errors import ConfigurationError, InvalidInput, LogUnavailable, OffsetOutOfRange, StoreUnavailable
from seiche.model.record import LogRecord, RecordKind
from seiche.production_settings import KafkaSettings
from seiche.settings import LogSettings, Settings
from seiche.testing import servers
from seiche.testing.olap import free_port
from seiche.wiring import event_log_reader, event_log_writer


def settings(**kafka: object) -> Settings:
    given = {
        "servers": servers.kafka(),
        "topic": servers.fresh_name("log-"),
        "partitions": 1,
        "replication_factor": 1,
        "min_insync_replicas": 1,
    }
    return Settings(profile="production", kafka=KafkaSettings(**{**given, **kafka}), log=LogSettings())


def event(number: int, *, project: int = 7, body: bytes = b"{}") -> LogRecord:
    return LogRecord(kind=RecordKind.EVENT, received_at_us=1_000_000, project_id=project, event_id=f"{number:032x}", received=1, body=body)


def appended(where: Settings, *appends: Sequence[LogRecord]) -> list[Sequence[int]]:
    async def work() -> list[Sequence[int]]:
        async with event_log_writer(where) as writer:
            return [await writer.append(records) for records in appends]

    return asyncio.run(asyncio.wait_for(work(), 60))


def test_a_project_lives_in_one_partition() -> None:
    where = settings(partitions=3)
    appended(where, *([event(number, project=number % 5)] for number in range(20)))
    reader = event_log_reader(where)
    assert list(reader.partitions()) == [0, 1, 2]
    homes: dict[int, set[int]] = {}
    for partition in reader.partitions():
        found = reader.read(partition, 0)
        assert [stored.offset for stored in found] == list(range(len(found)))
        for stored in found:
            homes.setdefault(stored.record.project_id, set()).add(partition)
    assert sum(reader.end_offset(partition) for partition in reader.partitions()) == 20
    assert {project: len(partitions) for project, partitions in homes.items()} == dict.fromkeys(range(5), 1)


def test_a_record_that_is_too_large_fails_its_own_caller_alone() -> None:
    where = settings(record_bytes=10_000)

    bodies = (b"{}", b"x" * 20_000, b"{}")

    async def work() -> list[object]:
        async with event_log_writer(where) as writer:
            appends = [writer.append([event(number, body=body)]) for number, body in enumerate(bodies)]
            return list(await asyncio.gather(*appends, return_exceptions=True))

    first, second, third = asyncio.run(work())
    assert (first, third) == ([0], [1])
    assert isinstance(second, InvalidInput)
    assert second.reason == "too_large"


def test_a_record_near_the_bound_is_taken() -> None:
    where = settings()
    appended(where, [event(0, body=b"x" * ((8 << 20) - 1000))])
    assert len(event_log_reader(where).read(0, 0)[0].record.body) == (8 << 20) - 1000


def test_two_writers_keep_every_record() -> None:
    where = settings()

    async def work() -> None:
        async with event_log_writer(where) as one, event_log_writer(where) as other:
            await asyncio.gather(*((one, other)[number % 2].append([event(number)]) for number in range(200)))

    asyncio.run(work())
    found = event_log_reader(where).read(0, 0)
    assert sorted(int(stored.record.event_id, 16) for stored in found) == list(range(200))


def test_retention_leaves_a_gap_that_readers_are_told_of() -> None:
    where = settings()
    appended(where, *([event(number, body=b"x" * 1000)] for number in range(10)))
    admin = AdminClient({"bootstrap.servers": where.kafka.servers})
    admin.delete_records([TopicPartition(where.kafka.topic, 0, 6)])
    reader = event_log_reader(where)
    deadline = time.monotonic() + 20
    while reader.start_offset(0) != 6:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    with pytest.raises(OffsetOutOfRange) as caught:
        reader.read(0, 3)
    assert (caught.value.start, caught.value.end) == (6, 10)
    assert [stored.offset for stored in reader.read(0, 6)] == [6, 7, 8, 9]


def test_the_topic_keeps_what_durability_needs() -> None:
    where = settings()
    appended(where)
    admin = AdminClient({"bootstrap.servers": where.kafka.servers})
    resource = ConfigResource(ResourceType.TOPIC, where.kafka.topic)
    held = admin.describe_configs([resource])[resource].result(20)
    assert held["unclean.leader.election.enable"].value == "false"
    assert held["min.insync.replicas"].value == "1"
    assert int(held["retention.ms"].value) == where.log.retention_seconds * 1000


def test_more_replicas_than_brokers_is_said_to_be_a_setting() -> None:
    with pytest.raises(ConfigurationError, match="replication_factor"):
        appended(settings(replication_factor=3))


def test_a_broker_that_is_not_there_is_transient() -> None:
    where = settings(servers=f"127.0.0.1:{free_port()}")
    with pytest.raises(StoreUnavailable):
        appended(where, [event(0)])
    with pytest.raises(StoreUnavailable):
        event_log_reader(where).partitions()


def test_a_topic_that_takes_smaller_records_than_we_think_refuses() -> None:
    where = settings()
    appended(where, [event(0)])
    admin = AdminClient({"bootstrap.servers": where.kafka.servers})
    entry = ConfigEntry("max.message.bytes", "20000", incremental_operation=AlterConfigOpType.SET)
    change = ConfigResource(ResourceType.TOPIC, where.kafka.topic, incremental_configs=[entry])
    admin.incremental_alter_configs([change])[change].result(20)
    with pytest.raises(InvalidInput, match="larger than the topic"):
        appended(where, [event(1, body=b"x" * 100_000)])
    assert appended(where, [event(2)]) == [[1]]


def test_a_broker_killed_for_a_while_refuses_in_time_and_loses_nothing() -> None:
    where = settings(answer_seconds=4.0)
    kept: set[int] = set()
    slowest = 0.0

    async def work() -> None:
        nonlocal slowest
        async with event_log_writer(where) as writer:

            async def send(number: int) -> None:
                nonlocal slowest
                began = time.monotonic()
                try:
                    await writer.append([event(number)])
                    kept.add(number)
                except LogUnavailable:
                    pass
                slowest = max(slowest, time.monotonic() - began)

            async def sending() -> None:
                for number in range(600):
                    tasks.append(asyncio.create_task(send(number)))
                    await asyncio.sleep(0.03)

            tasks: list[asyncio.Task[None]] = []
            load = asyncio.create_task(sending())
            await asyncio.sleep(2)
            before = len(kept)
            await asyncio.to_thread(servers.kill, "kafka")
            await asyncio.sleep(3)
            await asyncio.to_thread(servers.call, "kafka", "start")
            await load
            await asyncio.gather(*tasks)
            assert 0 < before < len(kept), (before, len(kept))
            deadline = time.monotonic() + 30
            while True:  # it takes records again by itself
                try:
                    await writer.append([event(1_000_000)])
                    break
                except LogUnavailable:
                    assert time.monotonic() < deadline
                    await asyncio.sleep(0.5)

    asyncio.run(work())
    assert slowest < 30.0, "a caller of a dead broker is answered, and not only when the broker is back"
    reader = event_log_reader(where)
    found: list[int] = []
    while len(found) < reader.end_offset(0):
        found += [int(stored.record.event_id, 16) for stored in reader.read(0, len(found))]
    assert len(found) == len(set(found)), "a record is in the log twice"
    assert kept <= set(found), "a record was answered and is not in the log"
