"""The newest accepted events of a project with their payloads, a few at a time: for trying rules on history. Reads only."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from seiche.errors import StoreUnavailable

BATCH_ROWS = 200
COLUMNS = ("event_id", "received_at", "client_ip", "user_agent", "payload")


class Accepted(msgspec.Struct, frozen=True):
    """One event as bronze has it."""

    event_id: str
    received_at_us: int
    client_ip: str
    user_agent: str
    payload: bytes


def newest(lake_url: str, project_id: int, *, days: int, now_us: int) -> Iterator[Accepted]:
    """By day, newest days first; within a day as they lie. Raises `StoreUnavailable`; an empty lake has none."""
    import pyarrow as pa
    import pyarrow.dataset as ds
    from deltalake import DeltaTable
    from deltalake.exceptions import DeltaError, TableNotFoundError

    now = datetime.fromtimestamp(now_us / 1e6, UTC)
    since = now - timedelta(days=days)
    where = (ds.field("project_id") == project_id) & (ds.field("received_at") >= pa.scalar(since, pa.timestamp("us", tz="UTC")))
    try:
        table = DeltaTable(f"{lake_url.rstrip('/')}/bronze_events")
        for back in range(days + 1):
            day = (now - timedelta(days=back)).date().isoformat()
            files = table.to_pyarrow_dataset(file_pruning_predicate=[("received_date", "=", day)])
            scanner = files.scanner(
                columns=list(COLUMNS), filter=where, batch_size=BATCH_ROWS, batch_readahead=1, fragment_readahead=1, use_threads=False
            )
            for batch in scanner.to_batches():
                yield from map(_accepted, batch.to_pylist())
    except TableNotFoundError:
        return
    except (DeltaError, OSError) as error:
        raise StoreUnavailable(f"bronze does not answer: {error}") from error


def _accepted(row: dict[str, Any]) -> Accepted:
    return Accepted(
        row["event_id"],
        int(row["received_at"].timestamp() * 1e6),
        row["client_ip"] or "",
        row["user_agent"] or "",
        (row["payload"] or "").encode(),
    )
