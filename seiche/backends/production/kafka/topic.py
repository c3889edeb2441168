"""The topic: made once, with what durability needs; what every client is configured with; errors in our words."""

import logging
import time
from concurrent.futures import Future
from typing import Any

import msgspec
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, OffsetSpec, ResourceType

from seiche.errors import ConfigurationError, InvalidInput, LogUnavailable, SeicheError, StoreUnavailable
from seiche.model.record import LogRecord
from seiche.production_settings import KafkaSettings
from seiche.settings import LogSettings

ASK_SECONDS = 10.0
CREATE_SECONDS = 20.0
LEADER_SECONDS = 5.0
encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(LogRecord).decode

log = logging.getLogger("seiche.kafka")
_AUTHENTICATION = frozenset({KafkaError.SASL_AUTHENTICATION_FAILED, KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError._AUTHENTICATION})  # noqa: SLF001 - librdkafka's own names
TOO_LARGE = frozenset({KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.INVALID_MSG_SIZE})
UNKNOWN = frozenset({KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError._UNKNOWN_PARTITION})  # noqa: SLF001
LEADERLESS = UNKNOWN | {KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE, KafkaError.FENCED_LEADER_EPOCH}
_quiet = logging.getLogger("seiche.kafka.client")


def client_options(kafka: KafkaSettings) -> dict[str, Any]:
    """What producer, consumer and admin client share. Raises `ConfigurationError` where no broker is named."""
    if not kafka.servers:
        raise ConfigurationError("profile=production needs kafka.servers: HOST:PORT of a broker, several with commas")
    return {
        "bootstrap.servers": kafka.servers,
        "client.id": "seiche",
        "socket.keepalive.enable": True,
        # A broker that is back is to be found within a second, not ten.
        "reconnect.backoff.ms": 100,
        "reconnect.backoff.max.ms": 1000,
        "logger": _quiet,
        **kafka.options,
    }


def partition_of(project_id: int, partitions: int) -> int:
    """Where a project's records are: its key is its id. One project is in one partition, so it has one consumer."""
    return project_id % partitions


def count_partitions(admin: Any, topic: str) -> int:
    """0 where there is no such topic. Raises `StoreUnavailable`, `ConfigurationError`."""
    try:
        found = admin.list_topics(topic, timeout=ASK_SECONDS).topics.get(topic)
    except KafkaException as error:
        raise translated(error) from error
    if found is None or (found.error is not None and found.error.code() in UNKNOWN):
        return 0
    if found.error is not None and found.error.code() != KafkaError.LEADER_NOT_AVAILABLE:
        raise translated(KafkaException(found.error))
    return len(found.partitions)


def ensure_topic(kafka: KafkaSettings, log_settings: LogSettings) -> int:
    """Make the topic unless it is there; returns how many partitions it has. Several processes may do this at once."""
    admin = AdminClient(client_options(kafka))
    if found := count_partitions(admin, kafka.topic):
        return found
    wanted = NewTopic(
        kafka.topic,
        num_partitions=kafka.partitions,
        replication_factor=kafka.replication_factor,
        config={
            "min.insync.replicas": str(kafka.min_insync_replicas),
            "retention.ms": str(log_settings.retention_seconds * 1000),
            "retention.bytes": "-1",
            "segment.ms": str(log_settings.segment_seconds * 1000),
            "max.message.bytes": str(kafka.record_bytes + 4096),
            "cleanup.policy": "delete",
            "unclean.leader.election.enable": "false",
            "message.timestamp.type": "CreateTime",
        },
    )
    made: Future[None] = admin.create_topics([wanted], operation_timeout=CREATE_SECONDS, request_timeout=CREATE_SECONDS)[kafka.topic]
    try:
        made.result(CREATE_SECONDS + 5)
    except KafkaException as error:
        if error_of(error).code() != KafkaError.TOPIC_ALREADY_EXISTS:
            raise translated(error) from error
    deadline = time.monotonic() + CREATE_SECONDS
    while not (found := count_partitions(admin, kafka.topic)):
        if time.monotonic() > deadline:
            raise StoreUnavailable(f"the topic {kafka.topic} was made and is not seen yet", retry_after_seconds=2)
        time.sleep(0.1)
    return found


def bounds(consumer: Consumer, topic: str, partition: int) -> tuple[int, int]:
    """(oldest offset, end) as the partition's leader says now; waits while a new topic, or a broker that went, leaves it without one.

    Raises `StoreUnavailable`.
    """
    deadline = time.monotonic() + LEADER_SECONDS
    while True:
        try:
            low, high = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=ASK_SECONDS)
        except KafkaException as error:
            if error_of(error).code() not in LEADERLESS or time.monotonic() > deadline:
                raise translated(error) from error
            time.sleep(0.1)
        else:
            return low, high


def ends(admin: Any, topic: str, partitions: int) -> dict[int, int]:
    """Where each partition ends, in one question to each leader; waits as `bounds` does. Raises `StoreUnavailable`."""
    asked = {TopicPartition(topic, partition): OffsetSpec.latest() for partition in range(partitions)}
    deadline = time.monotonic() + LEADER_SECONDS
    while True:
        try:
            answers = admin.list_offsets(asked, request_timeout=ASK_SECONDS)
            return {place.partition: answer.result(ASK_SECONDS).offset for place, answer in answers.items()}
        except TimeoutError as error:
            raise StoreUnavailable("Kafka does not answer: where the log ends was asked in vain", retry_after_seconds=2) from error
        except KafkaException as error:
            if error_of(error).code() not in LEADERLESS or time.monotonic() > deadline:
                raise translated(error) from error
            time.sleep(0.1)


class Durability(msgspec.Struct, frozen=True):
    """What the topic promises, as the brokers say."""

    brokers: int
    partitions: int
    replication: int
    """Of the partition with the fewest copies."""
    insync: int
    unclean: bool


def durability(kafka: KafkaSettings) -> Durability | None:
    """None where the topic is not there. Raises `StoreUnavailable`, `ConfigurationError`."""
    admin = AdminClient(client_options(kafka))
    try:
        listed = admin.list_topics(kafka.topic, timeout=ASK_SECONDS)
        found = listed.topics.get(kafka.topic)
        if found is None or not found.partitions:
            return None
        resource = ConfigResource(ResourceType.TOPIC, kafka.topic)
        held = admin.describe_configs([resource])[resource].result(ASK_SECONDS)
    except KafkaException as error:
        raise translated(error) from error
    return Durability(
        brokers=len(listed.brokers),
        partitions=len(found.partitions),
        replication=min(len(partition.replicas) for partition in found.partitions.values()),
        insync=int(held["min.insync.replicas"].value),
        unclean=held["unclean.leader.election.enable"].value == "true",
    )


def translated(error: KafkaException) -> SeicheError:
    """A refused password or an impossible topic is for a person; all else may pass."""
    cause = error_of(error)
    if cause.code() in _AUTHENTICATION:
        return ConfigurationError(f"Kafka refuses this client ({cause.str()}): look at kafka.options and the topic's permissions")
    if cause.code() == KafkaError.INVALID_REPLICATION_FACTOR:
        return ConfigurationError(f"the topic cannot be made ({cause.str()}): kafka.replication_factor is more than there are brokers")
    return StoreUnavailable(f"Kafka does not answer: {cause.str()}", retry_after_seconds=2)


def refusal(error: KafkaError) -> SeicheError:
    """What a record's delivery report says, for whoever waits for it."""
    if error.code() in TOO_LARGE:
        return InvalidInput(f"the record is larger than the topic's max.message.bytes ({error.str()})", reason="too_large")
    return LogUnavailable(f"the event log takes nothing now, whether it has kept the records is not known: {error.str()}", 2.0)


def error_of(error: KafkaException) -> KafkaError:
    found = error.args[0]
    return found if isinstance(found, KafkaError) else KafkaError(KafkaError._FAIL, str(error))  # noqa: SLF001
