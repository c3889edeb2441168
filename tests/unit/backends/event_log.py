"""A log whose upkeep happens when the test wants it."""

from pathlib import Path

from seiche.backends.embedded.event_log import SqliteEventLogReader
from seiche.backends.embedded.log import segment
from seiche.backends.embedded.log.tail import Tail
from seiche.model.record import LogRecord, RecordKind
from seiche.settings import LogSettings

YEAR_SECONDS = 365 * 24 * 3600


def record(number: int, *, at_us: int = 1_000_000, size: int = 1000) -> LogRecord:
    return LogRecord(kind=RecordKind.EVENT, received_at_us=at_us, event_id=f"{number:032x}", body=b"x" * size)


def settings(**given: int) -> LogSettings:
    return LogSettings(**({"minimum_free_bytes": 0, "retention_seconds": 0, "segment_seconds": YEAR_SECONDS} | given))


class Log:
    """A tail with upkeep whenever the test wants it."""

    def __init__(self, folder: Path, **given: int) -> None:
        self.folder, self.settings = folder, settings(**given)
        self.tail = Tail(folder, self.settings)
        self.reader = SqliteEventLogReader(folder)

    def append(self, count: int, *, at_us: int = 1_000_000) -> None:
        first = self.tail.next_offset
        at_us = max(at_us, self.tail.received_at_us)
        rows = [segment.encode(record(first + index, at_us=at_us)) for index in range(count)]
        assert self.tail.append(rows, at_us) == first

    def upkeep(self) -> None:
        for _ in range(2):  # the first may roll, and retention waits for its sealing
            self.tail._upkeep_at = self.tail._retention_at = 0.0
            self.tail.upkeep()
            if self.tail._sealing is not None:
                self.tail._sealing.join()

    def roll(self) -> None:
        self.tail._opened = -YEAR_SECONDS
        self.upkeep()

    def acknowledge(self, **offsets: int) -> None:
        for consumer, offset in offsets.items():
            self.reader.acknowledge(consumer, 0, offset)

    def restart(self) -> None:
        self.tail.close()
        self.tail = Tail(self.folder, self.settings)

    def numbers(self, offset: int = 0, **bounds: int) -> list[int]:
        return [int(stored.record.event_id, 16) for stored in self.reader.read(0, offset, **bounds)]
