"""Appending, measured; and the end of the process where the log's writer has died."""

import time
from collections.abc import Callable, Sequence

from ingest_api.metrics import Metrics
from ingest_api.outcomes import outcomes_record
from seiche.model.outcome import Tally
from seiche.model.record import LogRecord
from seiche.ports.event_log import EventLogWriter


class Appender:
    """Every append of the endpoints goes through here."""

    def __init__(self, writer: EventLogWriter, metrics: Metrics, clock: Callable[[], float] = time.perf_counter) -> None:
        self._writer, self._metrics, self._clock = writer, metrics, clock

    async def append(self, records: list[LogRecord], tallies: Sequence[Tally]) -> None:
        """One append: the records, and an OUTCOMES record of `tallies` if there are any. Raises `LogUnavailable`."""
        if tallies:
            records = [*records, outcomes_record(tallies, records[0].received_at_us)]
        count = len(records)
        begun = self._clock()
        self._metrics.waiting_records += count
        try:
            await self._writer.append(records)
        finally:
            self._metrics.waiting_records -= count
        self._metrics.appended(count, self._clock() - begun)
