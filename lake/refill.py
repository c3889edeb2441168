"""Records that the log has dropped, from bronze: for the consumer that was away for longer than the log keeps them. Reads only."""

from collections.abc import Sequence

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError

from lake.bronze import CONSUMER, ITEMS, NAME
from lake.payloads import in_microseconds, record_of
from lake.rows import offsets
from seiche.errors import StoreUnavailable
from seiche.model.record import StoredRecord
from seiche.ports.event_log import EventLogReader

WINDOW_OFFSETS = 2_000
"""Read at once: bounds memory, payloads are in it."""


class Refill:
    """Bronze of one lake, as the log that it came from; tables are opened anew for each stretch, for gaps are rare."""

    def __init__(self, lake_url: str, storage_options: dict[str, str] | None, log: EventLogReader) -> None:
        self._url, self._options, self._log = lake_url.rstrip("/"), storage_options, log

    def read(self, partition: int, start: int, end: int) -> tuple[Sequence[StoredRecord], int]:
        """(records in order, where to go on): a stretch of [start, end) that bronze has been over. Going on at `start`: it has not.

        What the pipeline itself came too late for is not in bronze.
        """
        try:
            events = self._table(NAME)
            if events is None:
                return [], start
            reached = max(events.transaction_version(f"bronze:{partition}") or 0, self._log.acknowledged(partition).get(CONSUMER, 0))
            stop = min(end, reached, start + WINDOW_OFFSETS)
            if stop <= start:
                return [], start
            tables = [table for table in (events, self._table(ITEMS)) if table is not None]
            found = [stored for table in tables for stored in _records(table, partition, start, stop)]
        except (DeltaError, OSError) as error:
            raise StoreUnavailable(f"bronze does not answer: {error}", retry_after_seconds=5) from error
        return sorted(found, key=lambda stored: stored.offset), stop

    def _table(self, name: str) -> DeltaTable | None:
        try:
            return DeltaTable(f"{self._url}/{name}", storage_options=self._options)
        except TableNotFoundError:
            return None


def _records(table: DeltaTable, partition: int, start: int, stop: int) -> list[StoredRecord]:
    rows = table.to_pyarrow_dataset().to_table(filter=offsets(partition, start, stop))
    return [StoredRecord(partition, row["log_offset"], record_of(row)) for row in in_microseconds(rows).to_pylist()]
