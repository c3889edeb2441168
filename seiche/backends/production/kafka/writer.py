"""Appending: an idempotent producer with acks=all, whose delivery reports wake those who wait."""

import asyncio
import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import msgspec
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition

from seiche.backends.production.kafka import topic
from seiche.errors import InvalidInput, LogUnavailable, SeicheError
from seiche.model.record import LogRecord
from seiche.production_settings import KafkaSettings
from seiche.settings import LogSettings

LINGER_MILLISECONDS = 2
"""How long a record waits for others to share its request: the group commit."""
QUEUE_BYTES = 128 << 20
POLL_SECONDS = 0.2
SILENT_SECONDS = 3.0
"""With a record waiting for longer nothing more is taken: everybody is told at once, and not after `answer_seconds`."""
CLOSE_SECONDS = 15.0

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Waiting:
    """One append."""

    future: "asyncio.Future[Sequence[int]]"
    loop: asyncio.AbstractEventLoop
    missing: int
    since: float
    offsets: list[int] = field(default_factory=list)
    error: SeicheError | None = None


class KafkaEventLogWriter:
    """See `seiche.ports.event_log.EventLogWriter`. Several processes may write: each keeps the order of its own appends.

    The records of one append go to one request where they fit; if brokers die between two of its requests, the caller is told
    that the outcome is unknown. `append` raises `InvalidInput` for a record that is larger than `kafka.record_bytes`.
    """

    def __init__(self, kafka: KafkaSettings, settings: LogSettings) -> None:
        self._kafka, self._settings = kafka, settings
        self._lock = threading.Lock()
        self._producer: Producer | None = None
        self._partitions = 0
        self._newest_us: dict[int, int] = {}
        self._pending: dict[int, _Waiting] = {}
        """In the order of arrival."""
        self._numbers = 0
        self._queued = self._queued_bytes = 0
        self._done: list[_Waiting] = []
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._dead: str | None = "it has not been started"

    @property
    def dead(self) -> str | None:
        """Why nothing can be appended any more, whatever is tried; None while all is well."""
        return self._dead

    @property
    def queued(self) -> int:
        """Records that wait for their delivery report."""
        return self._queued

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self._start)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await asyncio.to_thread(self._stop)

    async def append(self, records: Sequence[LogRecord]) -> Sequence[int]:
        if not records:
            return []
        loop = asyncio.get_running_loop()
        now = time.monotonic()
        with self._lock:
            self._check_room(len(records), now)
            rows = self._encode(records)
            waiting = _Waiting(loop.create_future(), loop, len(rows), now)
            self._numbers += 1
            number = self._numbers
            self._pending[number] = waiting
            self._queued += len(rows)
            for partition, key, row in rows:
                self._queued_bytes += len(row)
                self._produce(number, partition, key, row)
        return await waiting.future

    def _check_room(self, count: int, now: float) -> None:
        if self._dead is not None or self._stopping.is_set():
            raise LogUnavailable(f"the event log takes nothing: {self._dead or 'it is being closed'}", retry_after_seconds=5)
        if self._queued + count > self._settings.queue_records or self._queued_bytes > QUEUE_BYTES:
            raise LogUnavailable(f"{self._queued} records ({self._queued_bytes >> 20} MB) wait for Kafka, {count} more are not taken")
        oldest = next(iter(self._pending.values()), None)
        if oldest is not None and now - oldest.since > SILENT_SECONDS:
            raise LogUnavailable(f"Kafka has not answered for {now - oldest.since:.0f} s, nothing more is taken", retry_after_seconds=5)

    def _encode(self, records: Sequence[LogRecord]) -> list[tuple[int, bytes, bytes]]:
        """(partition, key, value) each. Raises `InvalidInput`, and then nothing has changed."""
        newest, rows = dict(self._newest_us), []
        for given in records:
            record, partition = given, topic.partition_of(given.project_id, self._partitions)
            least_us = newest.get(partition, 0)
            if record.received_at_us < least_us:
                # Windows and retention go by this time; the clock of a machine may step back, the log's may not.
                record = msgspec.structs.replace(given, received_at_us=least_us)
            newest[partition] = record.received_at_us
            try:
                row = topic.encode(record)
            except (TypeError, ValueError, OverflowError) as error:
                raise InvalidInput(f"the record cannot be written to the event log: {error}", reason="invalid_record") from error
            if len(row) > self._kafka.record_bytes:
                text = (
                    f"a record of {len(row):,} bytes is too large for the event log, kafka.record_bytes allows {self._kafka.record_bytes:,}"
                )
                raise InvalidInput(text, reason="too_large")
            rows.append((partition, str(record.project_id).encode(), row))
        self._newest_us = newest
        return rows

    def _produce(self, number: int, partition: int, key: bytes, row: bytes) -> None:
        assert self._producer is not None  # noqa: S101 - it is not dead
        size = len(row)

        def delivered(error: KafkaError | None, message: Message) -> None:
            self._delivered(number, size, error, message)

        try:
            self._producer.produce(self._kafka.topic, value=row, key=key, partition=partition, on_delivery=delivered)
        except (BufferError, KafkaException) as error:
            # The producer's own queue is larger than ours: this is a producer that has met its end.
            cause = topic.error_of(error) if isinstance(error, KafkaException) else KafkaError(KafkaError._QUEUE_FULL)  # noqa: SLF001
            self._settle(number, size, topic.refusal(cause), None)

    def _delivered(self, number: int, size: int, error: KafkaError | None, message: Message) -> None:
        """In the polling thread."""
        with self._lock:
            self._settle(number, size, None if error is None else topic.refusal(error), message.offset())

    def _settle(self, number: int, size: int, error: SeicheError | None, offset: int | None) -> None:
        waiting = self._pending[number]
        waiting.missing -= 1
        self._queued -= 1
        self._queued_bytes -= size
        if error is not None:
            waiting.error = error
        elif offset is not None:
            waiting.offsets.append(offset)
        if waiting.missing == 0:
            del self._pending[number]
            self._done.append(waiting)

    def _start(self) -> None:
        self._partitions = topic.ensure_topic(self._kafka, self._settings)
        self._newest_us = self._newest_times()
        answer_ms = int(self._kafka.answer_seconds * 1000)
        self._producer = Producer(
            {
                **topic.client_options(self._kafka),
                "enable.idempotence": True,
                "acks": "all",
                "linger.ms": LINGER_MILLISECONDS,
                "delivery.timeout.ms": answer_ms,
                "request.timeout.ms": min(5000, answer_ms),
                "message.max.bytes": self._kafka.record_bytes + 4096,
                "queue.buffering.max.messages": 4 * self._settings.queue_records + 1000,
                "queue.buffering.max.kbytes": (2 * QUEUE_BYTES) >> 10,
                "error_cb": self._on_error,
            }
        )
        self._dead = None
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="kafka-writer", daemon=True)
        self._thread.start()

    def _newest_times(self) -> dict[int, int]:
        """The received time of each partition's last record: a clock put back while nobody wrote must not be seen in the log."""
        found: dict[int, int] = {}
        consumer = Consumer({**topic.client_options(self._kafka), "group.id": "seiche-start", "enable.auto.commit": False})
        try:
            for partition in range(self._partitions):
                low, high = topic.bounds(consumer, self._kafka.topic, partition)
                if high <= low:
                    continue
                consumer.assign([TopicPartition(self._kafka.topic, partition, high - 1)])
                messages = consumer.consume(1, timeout=topic.ASK_SECONDS)
                if messages and messages[0].error() is None:
                    found[partition] = topic.decode(messages[0].value() or b"").received_at_us
        except KafkaException as error:
            raise topic.translated(error) from error
        finally:
            consumer.close()
        return found

    def _on_error(self, error: Any) -> None:
        if error.fatal():
            self._dead = f"Kafka refuses this producer for good ({error.str()}); restart the web process"
            log.error("the event log's producer has met its end: %s", error.str())
        else:
            log.warning("Kafka: %s", error.str())

    def _run(self) -> None:
        producer = self._producer
        assert producer is not None  # noqa: S101 - `_start` has made it
        while not self._stopping.is_set():
            producer.poll(POLL_SECONDS)
            self._wake()
        producer.flush(CLOSE_SECONDS)
        self._wake()

    def _wake(self) -> None:
        """Answer those whose records are settled: each event loop is woken once."""
        with self._lock:
            done, self._done = self._done, []
        by_loop: dict[asyncio.AbstractEventLoop, list[_Waiting]] = {}
        for waiting in done:
            by_loop.setdefault(waiting.loop, []).append(waiting)
        for loop, its in by_loop.items():
            try:
                loop.call_soon_threadsafe(_answer, its)
            except RuntimeError:
                log.warning("%s callers of the event log went away before their answer", len(its))

    def _stop(self) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self._dead = "it has been closed"
        with self._lock:
            left, self._pending = list(self._pending.values()), {}
            for waiting in left:
                waiting.error = LogUnavailable("the event log was closed before Kafka answered", retry_after_seconds=5)
            self._done += left
        self._wake()
        self._producer = None


def _answer(done: Sequence[_Waiting]) -> None:
    for waiting in done:
        if waiting.future.done():
            continue
        if waiting.error is not None:
            waiting.future.set_exception(waiting.error)
        else:
            waiting.future.set_result(sorted(waiting.offsets))
