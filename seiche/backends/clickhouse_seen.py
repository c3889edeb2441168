"""Which events the hot tier holds already, for the alerts consumer's look-up of late repeats and of what feedback is about."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from seiche.backends.clickhouse import NoTables, translated

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

QUERY = (
    "SELECT event_id, min((log_partition, log_offset)) FROM events_hot"
    " WHERE project_id = {project_id:Int64} AND event_id IN {event_ids:Array(String)} GROUP BY event_id"
)
FINGERPRINTS = (
    "SELECT event_id, argMin(fingerprint, (log_partition, log_offset)) FROM events_hot"
    " WHERE project_id = {project_id:Int64} AND event_id IN {event_ids:Array(String)} GROUP BY event_id"
)


def stored_before(client: "Client", project_id: int, event_ids: Collection[str]) -> dict[str, tuple[int, int]]:
    """Where the log held each event that is there. Before the pipeline has made the table, nothing has been stored."""
    return {event_id: (int(at[0]), int(at[1])) for event_id, at in _rows(client, QUERY, project_id, event_ids)}


def fingerprints_of(client: "Client", project_id: int, event_ids: Collection[str]) -> dict[str, str]:
    """The fingerprint of each event that is there."""
    return {event_id: str(fingerprint) for event_id, fingerprint in _rows(client, FINGERPRINTS, project_id, event_ids)}


def _rows(client: "Client", query: str, project_id: int, event_ids: Collection[str]) -> Sequence[Sequence[Any]]:
    try:
        with translated():
            return client.query(query, parameters={"project_id": project_id, "event_ids": list(event_ids)}).result_rows
    except NoTables:
        return ()
