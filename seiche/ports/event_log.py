"""The event log: where 2xx becomes true.

Offsets are 64-bit, start at 0, grow by one a record in a partition and are never used twice, not even after a crash or
after every segment is gone. An offset always names the NEXT record to be read or written.
"""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Protocol, Self

from seiche.model.record import LogRecord, StoredRecord


class EventLogWriter(Protocol):
    """The only writer of its partitions."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None: ...

    async def append(self, records: Sequence[LogRecord]) -> Sequence[int]:
        """Make all of `records` durable, or none, and return their offsets.

        Callers that wait at the same time share one commit (group commit). Returns after the commit is on stable
        storage (power loss included). Raises `LogUnavailable`, in bounded time, where the disk is low or full, the
        queue is full, or the writer has died; after it nothing of `records` will appear in the log, except where the
        commit itself was cut off (a caller must then treat the outcome as unknown and answer 5xx).
        """
        ...


class EventLogReader(Protocol):
    """Reads any partition from any process; holds no transaction between calls."""

    def partitions(self) -> Sequence[int]:
        """The partitions that exist, ascending. An empty log has partition 0."""
        ...

    def start_offset(self, partition: int) -> int:
        """The oldest offset kept."""
        ...

    def end_offset(self, partition: int) -> int:
        """The offset that the next record will get."""
        ...

    def end_offsets(self) -> Mapping[int, int]:
        """`end_offset` of every partition, asked at once."""
        ...

    def read(self, partition: int, offset: int, *, max_records: int = 1000, max_bytes: int = 8 << 20) -> Sequence[StoredRecord]:
        """Records from `offset` on, in order, without gaps; empty at the end. At least one where one is there.

        Raises `OffsetOutOfRange` below `start_offset` or above `end_offset`.
        """
        ...

    def acknowledge(self, consumer: str, partition: int, offset: int) -> None:
        """Tell the log that `consumer` needs nothing below `offset`: for retention and lag only.

        A consumer's true position lives with its work, in the same transaction; this may lag behind it.
        """
        ...

    def acknowledged(self, partition: int) -> dict[str, int]:
        """Every known consumer's last `acknowledge`."""
        ...
