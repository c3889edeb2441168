"""One consumer of Kafka's without a group's part-taking: it is put at an offset, and reads on from there."""

import threading
import time
from collections import deque

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from seiche.backends.production.kafka import topic
from seiche.errors import OffsetOutOfRange, StoreUnavailable
from seiche.model.record import StoredRecord
from seiche.production_settings import KafkaSettings

READ_SECONDS = 15.0
"""A broker that hangs must not hang a reader for ever."""
CHUNK = 64
PREFETCH_KIB = 16 << 10


class Cursor:
    """For threads, one read at a time; stays where the last read ended."""

    def __init__(self, kafka: KafkaSettings, wait_milliseconds: int) -> None:
        self._topic = kafka.topic
        self._lock = threading.Lock()
        self._consumer = Consumer(
            {
                **topic.client_options(kafka),
                "group.id": f"{kafka.topic}-reads",  # librdkafka asks for one; nothing is ever committed to it
                "enable.auto.commit": False,
                "enable.auto.offset.store": False,
                "auto.offset.reset": "error",
                "fetch.wait.max.ms": wait_milliseconds,
                "queued.max.messages.kbytes": PREFETCH_KIB,
                "fetch.message.max.bytes": max(1 << 20, kafka.record_bytes + 4096),
                "allow.auto.create.topics": False,
            }
        )
        self._at: tuple[int, int] | None = None
        """(partition, offset) of what is read next; None: nowhere."""
        self._held: deque[Message] = deque()

    def is_at(self, partition: int, offset: int) -> bool:
        """Whether reading there is reading on."""
        return self._at == (partition, offset)

    def bounds(self, partition: int) -> tuple[int, int]:
        """(oldest offset, end) as the partition's leader says now. Raises `StoreUnavailable`."""
        return topic.bounds(self._consumer, self._topic, partition)

    def read(self, partition: int, offset: int, max_records: int, max_bytes: int, *, ask: "Cursor | None" = None) -> list[StoredRecord]:
        """See `EventLogReader.read`. Who names another to `ask` for the bounds goes on fetching afterwards, else nothing is.

        A broker answers one connection's questions in turn: behind a fetch that waits for records the question would wait as well.
        """
        with self._lock:
            low, high = (ask or self).bounds(partition)
            if not low <= offset <= high:
                raise OffsetOutOfRange(partition, offset, low, high)
            if offset == high:
                return []
            try:
                if self._at != (partition, offset):
                    self._held.clear()
                    self._consumer.assign([TopicPartition(self._topic, partition, offset)])
                found = self._take(partition, offset, min(max_records, high - offset), max_bytes)
                self._at = (partition, offset + len(found))
            except BaseException as error:
                self._at = None
                if isinstance(error, KafkaException):
                    raise topic.translated(error) from error
                raise
            finally:
                if ask is None or self._at is None:
                    self._at = None
                    self._held.clear()
                    self._consumer.unassign()
            return found

    def close(self) -> None:
        """Give its connections back."""
        with self._lock:
            self._consumer.close()

    def _take(self, partition: int, offset: int, count: int, max_bytes: int) -> list[StoredRecord]:
        found: list[StoredRecord] = []
        size, deadline = 0, time.monotonic() + READ_SECONDS
        while len(found) < count:
            if not self._held:
                self._held += self._fetch(partition, offset, min(CHUNK, count - len(found)), deadline)
            message = self._held[0]
            number, value = message.offset() or 0, message.value() or b""
            if number != offset + len(found):
                if found:
                    break
                raise OffsetOutOfRange(partition, offset, number, self.bounds(partition)[1])
            if found and size + len(value) > max_bytes:
                break
            self._held.popleft()
            size += len(value)
            found.append(StoredRecord(partition, number, topic.decode(value)))
        return found

    def _fetch(self, partition: int, offset: int, count: int, deadline: float) -> list[Message]:
        """At least one message."""
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise StoreUnavailable(f"Kafka does not answer: partition {partition} was read in vain", retry_after_seconds=2)
            good = []
            for message in self._consumer.consume(count, timeout=min(left, 1.0)):
                error = message.error()
                if error is None:
                    good.append(message)
                elif error.code() in {KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE}:  # noqa: SLF001 - librdkafka's own names
                    raise OffsetOutOfRange(partition, offset, *self.bounds(partition))
            if good:
                return good
