"""One bronze record by its place in the log: for the API, once the log itself no longer holds it. Reads only, for many threads."""

import threading
from datetime import UTC, datetime
from typing import Any

from seiche.errors import StoreUnavailable
from seiche.model.record import LogRecord


class PayloadReader:
    """Keeps one handle on bronze; the vendor libraries are loaded at the first read, so that a quiet process stays small."""

    def __init__(self, lake_url: str) -> None:
        self._uri = f"{lake_url.rstrip('/')}/bronze_events"
        self._lock = threading.Lock()
        self._handle: Any = None

    def read(self, partition: int, offset: int, *, received_at_us: int | None = None) -> LogRecord | None:
        """The record, or None where bronze has none there (or no bronze yet). Knowing when it came opens one day's files only."""
        import pyarrow as pa
        import pyarrow.dataset as ds
        from deltalake.exceptions import DeltaError, TableNotFoundError

        from lake.bronze import to_record

        day = None if received_at_us is None else datetime.fromtimestamp(received_at_us // 1_000_000, UTC).date()
        try:
            with self._lock:
                handle = self._current()
                files = handle.to_pyarrow_dataset(partitions=[("received_date", "=", day.isoformat())] if day else None)
            # Files, and row groups in them, are skipped by their statistics of log_partition and log_offset.
            found = files.to_table(filter=(ds.field("log_partition") == partition) & (ds.field("log_offset") == offset))
        except TableNotFoundError:
            return None
        except (DeltaError, OSError) as error:
            with self._lock:
                self._handle = None
            raise StoreUnavailable(f"bronze does not answer: {error}") from error
        if found.num_rows == 0:
            return None
        for name in ("received_at", "sent_at"):
            found = found.set_column(found.schema.get_field_index(name), name, found[name].cast(pa.int64()))
        return to_record(found.slice(0, 1).to_pylist()[0])

    def _current(self) -> Any:
        from deltalake import DeltaTable

        if self._handle is None:
            self._handle = DeltaTable(self._uri)
        else:
            self._handle.update_incremental()
        return self._handle
