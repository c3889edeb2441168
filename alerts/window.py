"""Which events of the last hour have been seen: repeats are told by (project, event id); the lowest offset wins."""

from collections import OrderedDict
from collections.abc import Callable, Iterable

from seiche.model.record import RecordKind, StoredRecord
from seiche.ports.event_log import EventLogReader


class Window:
    """Ids by received time, in memory, rebuilt from the log at start. One for each partition."""

    def __init__(self, seconds: int) -> None:
        self.length_us = seconds * 1_000_000
        self._seen: OrderedDict[bytes, int] = OrderedDict()

    def __len__(self) -> int:
        return len(self._seen)

    def seen(self, key: bytes, at_us: int) -> bool:
        """Whether `key` was remembered within the window before `at_us`."""
        found = self._seen.get(key)
        return found is not None and at_us - found <= self.length_us

    def remember(self, keys: Iterable[tuple[bytes, int]]) -> None:
        """Add keys with their received time, ascending, and forget what has left the window."""
        last = None
        for key, at_us in keys:
            if not self.seen(key, at_us):
                self._seen.pop(key, None)
                self._seen[key] = at_us
            last = at_us
        while last is not None and self._seen:
            key, at_us = next(iter(self._seen.items()))
            if last - at_us <= self.length_us:
                break
            self._seen.popitem(last=False)


def key_of(project_id: int, event_id: str) -> bytes:
    """24 bytes, where a tuple of int and text would take 150."""
    return project_id.to_bytes(8) + event_id.encode("utf-8", "replace")


def rebuild(window: Window, log: EventLogReader, partition: int, end: int, *, stopping: Callable[[], bool] = lambda: False) -> int:
    """Remember the events of the hour before offset `end`; returns how many records were read."""
    start = log.start_offset(partition)
    if end <= start:
        return 0
    newest = log.read(partition, end - 1, max_records=1)
    if not newest:
        return 0
    offset = first_at(log, partition, start, end, newest[0].record.received_at_us - window.length_us)
    read = 0
    while offset < end and not stopping():
        records = [stored for stored in log.read(partition, offset, max_records=min(5000, end - offset)) if stored.offset < end]
        if not records:
            break
        window.remember(_keys(records))
        read += len(records)
        offset = records[-1].offset + 1
    return read


def first_at(log: EventLogReader, partition: int, start: int, end: int, at_us: int) -> int:
    """The first offset in [start, end) received at or after `at_us`: received time never decreases in a partition."""
    while start < end:
        middle = (start + end) // 2
        found = log.read(partition, middle, max_records=1)
        if found and found[0].record.received_at_us < at_us:
            start = middle + 1
        else:
            end = middle
    return start


def _keys(records: Iterable[StoredRecord]) -> Iterable[tuple[bytes, int]]:
    for stored in records:
        if stored.record.kind == RecordKind.EVENT:
            yield key_of(stored.record.project_id, stored.record.event_id), stored.record.received_at_us
