"""One bronze record by its place in the log: for the API, once the log itself no longer holds it. Reads only, for many threads."""

import threading
from datetime import UTC, date, datetime
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Any

from seiche.errors import StoreUnavailable
from seiche.model.record import LogRecord, RecordKind

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_ROWS = 10_000


class PayloadReader:
    """Keeps one handle on bronze; the vendor libraries are loaded at the first read, so that a quiet process stays small."""

    def __init__(self, lake_url: str, storage_options: dict[str, str] | None = None) -> None:
        self._uri = f"{lake_url.rstrip('/')}/bronze_events"
        self._options = storage_options
        self._lock = threading.Lock()
        self._scans = threading.Lock()
        self._handle: Any = None

    def read(self, partition: int, offset: int, *, received_at_us: int | None = None) -> LogRecord | None:
        """The record, or None where bronze has none there (or no bronze yet). Knowing when it came opens one day's files only."""
        day = None if received_at_us is None else datetime.fromtimestamp(received_at_us // 1_000_000, UTC).date()
        # Files, and row groups in them, are skipped by their statistics of log_partition and log_offset.
        row = self._first_row({"log_partition": partition, "log_offset": offset}, day=day)
        return record_of(row) if row else None

    def find(self, project_id: int, event_id: str) -> tuple[int, int, int] | None:
        """(partition, offset, received_at_us) of an event that the hot tier no longer has: a scan of two narrow columns, one at a time."""
        with self._scans:
            columns = ["log_partition", "log_offset", "received_at"]
            row = self._first_row({"project_id": project_id, "event_id": event_id}, columns=columns)
        return (row["log_partition"], row["log_offset"], row["received_at"]) if row else None

    def _first_row(
        self, equal: dict[str, int | str], *, day: date | None = None, columns: list[str] | None = None
    ) -> dict[str, Any] | None:
        import pyarrow.dataset as ds
        from deltalake.exceptions import DeltaError, TableNotFoundError

        condition = reduce(and_, (ds.field(name) == value for name, value in equal.items()))
        try:
            with self._lock:
                files = self._current().to_pyarrow_dataset(partitions=[("received_date", "=", day.isoformat())] if day else None)
            found = files.scanner(filter=condition, columns=columns, batch_size=BATCH_ROWS, fragment_readahead=1).head(1)
        except TableNotFoundError:
            return None
        except (DeltaError, OSError) as error:
            with self._lock:
                self._handle = None
            raise StoreUnavailable(f"bronze does not answer: {error}") from error
        rows: list[dict[str, Any]] = in_microseconds(found).to_pylist()
        return rows[0] if rows else None

    def _current(self) -> Any:
        from deltalake import DeltaTable

        if self._handle is None:
            self._handle = DeltaTable(self._uri, storage_options=self._options)
        else:
            self._handle.update_incremental()
        return self._handle


def in_microseconds(rows: "pa.Table") -> "pa.Table":
    """Times as records have them: microseconds since the epoch."""
    import pyarrow as pa

    for name in {"received_at", "sent_at"} & set(rows.column_names):
        rows = rows.set_column(rows.schema.get_field_index(name), name, rows[name].cast(pa.int64()))
    return rows


def record_of(row: dict[str, Any]) -> LogRecord:
    """A row of a bronze table as the log record that it was, with its header."""
    item_type = row.get("item_type")
    kind = RecordKind.EVENT if not item_type else RecordKind.OUTCOMES if item_type == RecordKind.OUTCOMES else RecordKind.ITEM
    return LogRecord(
        kind=kind,
        item_type=item_type if item_type and kind is RecordKind.ITEM else "event",
        received_at_us=row["received_at"],
        project_id=row["project_id"],
        public_key=row["public_key"] or "",
        event_id=row["event_id"],
        sent_at_us=row["sent_at"],
        client_ip=row["client_ip"] or "",
        user_agent=row["user_agent"] or "",
        geo=row.get("geo") or "",
        config_version=row["config_version"] or 0,
        scrub_version=row["scrub_version"] or 0,
        received=0 if item_type else 1,
        body=(row["payload"] or "").encode(),
    )
