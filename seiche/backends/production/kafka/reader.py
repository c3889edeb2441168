"""Reading any partition at any offset, and consumers' positions as committed offsets of consumer groups."""

import threading
from collections.abc import Mapping, Sequence

from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from seiche.backends.production.kafka import topic
from seiche.backends.production.kafka.cursor import READ_SECONDS, Cursor
from seiche.errors import InvalidInput, OffsetOutOfRange, StoreUnavailable
from seiche.model.record import StoredRecord
from seiche.production_settings import KafkaSettings
from seiche.settings import LogSettings

FOLLOWING_MILLISECONDS, LOOKING_MILLISECONDS = 250, 5
"""How long a fetch at the end waits for a record. A reader that follows is woken by the next record and asks seldom; one that looks
here and there waits for the fetch under way before each look. (Pausing in between costs a second at each resume: measured.)"""


class KafkaEventLogReader:
    """See `seiche.ports.event_log.EventLogReader`; for many threads, one read of a partition at a time.

    Each partition that is read through has a consumer of its own, which stays where the last read ended: reading on costs one
    question for the end and what was fetched ahead. Looks at single places share one consumer, which fetches nothing in between.
    """

    def __init__(self, kafka: KafkaSettings, settings: LogSettings) -> None:
        self._kafka, self._settings = kafka, settings
        self._lock = threading.Lock()
        self._following: dict[int, Cursor] = {}
        self._looking = Cursor(kafka, LOOKING_MILLISECONDS)
        self._looked_to: dict[int, int] = {}
        """Where the last look of each partition ended: going on from there is following."""
        self._positions: dict[str, Consumer] = {}
        self._admin = AdminClient(topic.client_options(kafka))
        self._count = 0

    def partitions(self) -> Sequence[int]:
        if not self._count:
            self._count = topic.count_partitions(self._admin, self._kafka.topic)
        return tuple(range(self._count or 1))

    def start_offset(self, partition: int) -> int:
        return self._bounds(partition)[0]

    def end_offset(self, partition: int) -> int:
        return self._bounds(partition)[1]

    def end_offsets(self) -> Mapping[int, int]:
        count = len(self.partitions())
        return topic.ends(self._admin, self._kafka.topic, count) if self._count else dict.fromkeys(range(count), 0)

    def read(self, partition: int, offset: int, *, max_records: int = 1000, max_bytes: int = 8 << 20) -> Sequence[StoredRecord]:
        if not self._known(partition):
            if offset:
                raise OffsetOutOfRange(partition, offset, 0, 0)
            return []
        follower = self._following.get(partition)
        if follower is None and offset == self._looked_to.get(partition):
            follower = self._follow(partition)
        if follower is not None and (follower.is_at(partition, offset) or offset == self._looked_to.get(partition)):
            return follower.read(partition, offset, max(1, max_records), max_bytes, ask=self._looking)
        found = self._looking.read(partition, offset, max(1, max_records), max_bytes)
        self._looked_to[partition] = offset + len(found)
        return found

    def acknowledge(self, consumer: str, partition: int, offset: int) -> None:
        if not self._known(partition):
            self._count = topic.ensure_topic(self._kafka, self._settings)
        place = TopicPartition(self._kafka.topic, partition, offset)
        with self._lock:
            group = self._positions.get(consumer)
            if group is None:
                options = {**topic.client_options(self._kafka), "group.id": self._group(consumer), "enable.auto.commit": False}
                group = self._positions[consumer] = Consumer(options)
            try:
                done = group.commit(offsets=[place], asynchronous=False)
            except KafkaException as error:
                raise topic.translated(error) from error
        if done and done[0].error is not None:
            raise topic.translated(KafkaException(done[0].error))

    def acknowledged(self, partition: int) -> dict[str, int]:
        if not self._known(partition):
            return {}
        prefix, place, found = self._group(""), TopicPartition(self._kafka.topic, partition), {}
        try:
            groups = self._admin.list_consumer_groups(request_timeout=topic.ASK_SECONDS).result(READ_SECONDS)
            for listed in groups.valid:
                if not listed.group_id.startswith(prefix):
                    continue
                asked = ConsumerGroupTopicPartitions(listed.group_id, [place])
                answer = self._admin.list_consumer_group_offsets([asked])[listed.group_id].result(READ_SECONDS)
                for held in answer.topic_partitions:
                    if held.offset >= 0:
                        found[listed.group_id.removeprefix(prefix)] = held.offset
        except KafkaException as error:
            raise topic.translated(error) from error
        except TimeoutError as error:
            raise StoreUnavailable("Kafka does not answer: consumers' positions were asked for in vain") from error
        return found

    def close(self) -> None:
        """Give connections back."""
        with self._lock:
            for cursor in (self._looking, *self._following.values()):
                cursor.close()
            for group in self._positions.values():
                group.close()
            self._following.clear()
            self._positions.clear()

    def _group(self, consumer: str) -> str:
        """Kafka's own tools show the lag of these groups."""
        return f"{self._kafka.topic}.{consumer}"

    def _known(self, partition: int) -> bool:
        count = len(self.partitions())
        if not 0 <= partition < count:
            raise InvalidInput(f"the event log has no partition {partition}, it has {count}")
        return self._count > 0

    def _bounds(self, partition: int) -> tuple[int, int]:
        return self._looking.bounds(partition) if self._known(partition) else (0, 0)

    def _follow(self, partition: int) -> Cursor:
        with self._lock:
            found = self._following.get(partition)
            if found is None:
                found = self._following[partition] = Cursor(self._kafka, FOLLOWING_MILLISECONDS)
            return found
