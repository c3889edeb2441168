"""An event log made up from a seed: the same records in every process, so that a killed stage can be started again.

It is a reader only, for tests of what stands behind the log; the log itself has its own contract suite.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from seiche.errors import OffsetOutOfRange
from seiche.model.record import LogRecord, RecordKind, StoredRecord
from seiche.protocol.sessions import anonymous

OUTCOMES_EVERY = 20
"""Each such offset holds outcomes or, every second one, a session; no event."""
UNPROCESSABLE_EVERY = 77


class GeneratedLog:
    """Implements `EventLogReader`: in each partition `length` records from `start` on, `gap_seconds` apart, of a project of its own."""

    def __init__(self, start: datetime, length: int, *, gap_seconds: float = 1.0, project_id: int = 1, partitions: int = 1) -> None:
        self._start_us, self._gap_us, self._project_id = int(start.timestamp() * 1e6), int(gap_seconds * 1e6), project_id
        self.length = length
        self.first = 0
        self._partitions = partitions
        self.consumers: dict[str, int] = {}
        """Of the first partition."""
        self._reached: dict[tuple[int, str], int] = {}

    def event_offsets(self) -> list[int]:
        """The offsets that hold events."""
        return [offset for offset in range(self.length) if offset % OUTCOMES_EVERY]

    def item_offsets(self) -> list[int]:
        """The offsets that hold items."""
        return [offset for offset in range(self.length) if offset % (2 * OUTCOMES_EVERY) == OUTCOMES_EVERY]

    def partitions(self) -> Sequence[int]:
        return range(self._partitions)

    def start_offset(self, partition: int) -> int:  # noqa: ARG002 - the port's signature
        return self.first

    def end_offset(self, partition: int) -> int:  # noqa: ARG002 - the port's signature
        return self.length

    def end_offsets(self) -> Mapping[int, int]:
        return dict.fromkeys(self.partitions(), self.length)

    def read(self, partition: int, offset: int, *, max_records: int = 1000, max_bytes: int = 8 << 20) -> Sequence[StoredRecord]:  # noqa: ARG002 - the port's signature
        if not self.first <= offset <= self.length:
            raise OffsetOutOfRange(partition, offset, self.first, self.length)
        numbers = range(offset, min(self.length, offset + max_records))
        return [StoredRecord(partition, number, self._of(partition, self._record(number))) for number in numbers]

    def acknowledge(self, consumer: str, partition: int, offset: int) -> None:
        self._reached[partition, consumer] = offset
        if partition == 0:
            self.consumers[consumer] = offset

    def acknowledged(self, partition: int) -> dict[str, int]:
        return {consumer: offset for (one, consumer), offset in self._reached.items() if one == partition}

    @staticmethod
    def _of(partition: int, record: LogRecord) -> LogRecord:
        return msgspec.structs.replace(record, project_id=record.project_id + partition) if partition else record

    def _record(self, offset: int) -> LogRecord:
        received_at_us = self._start_us + offset * self._gap_us
        if offset % (2 * OUTCOMES_EVERY) == OUTCOMES_EVERY:
            return LogRecord(
                kind=RecordKind.ITEM,
                item_type="session",
                received_at_us=received_at_us,
                project_id=self._project_id,
                public_key="k" * 32,
                config_version=1,
                body=self._session(offset, received_at_us),
            )
        if offset % OUTCOMES_EVERY == 0:
            return LogRecord(kind=RecordKind.OUTCOMES, received_at_us=received_at_us, body=b"[]")
        return LogRecord(
            kind=RecordKind.EVENT,
            received_at_us=received_at_us,
            project_id=self._project_id,
            public_key="k" * 32,
            event_id=f"{offset:032x}",
            config_version=1,
            received=1,
            body=b"[]" if offset % UNPROCESSABLE_EVERY == 0 else json.dumps(self._event(offset, received_at_us)).encode(),
        )

    def _session(self, offset: int, received_at_us: int) -> bytes:
        session = {
            "sid": f"{offset // 2:032x}",
            "did": str(offset % 50),
            "started": received_at_us / 1e6 - 1,
            "status": "crashed" if offset % 3 else "exited",
            "attrs": {"release": f"shop@{offset % 3}", "environment": "production"},
        }
        return anonymous("session", json.dumps(session).encode(), project_id=self._project_id)

    def _event(self, offset: int, received_at_us: int) -> dict[str, object]:
        kind = f"Kind{offset % 7}Error"
        frame = {"function": f"handle_{offset % 7}", "module": "shop.cart", "filename": "shop/cart.py", "lineno": 10, "in_app": True}
        return {
            "event_id": f"{offset:032x}",
            "timestamp": received_at_us / 1e6 - 1,
            "platform": "python",
            "level": "error",
            "release": f"shop@{offset % 3}",
            "environment": "production",
            "user": {"id": str(offset % 50)},
            "tags": {"browser": "Firefox"},
            "exception": {"values": [{"type": kind, "value": f"order word{offset} failed", "stacktrace": {"frames": [frame]}}]},
        }
