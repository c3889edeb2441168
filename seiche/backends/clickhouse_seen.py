"""Which events the hot tier holds already, for the alerts consumer's look-up of late repeats."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from seiche.backends.clickhouse import translated
from seiche.errors import InvalidInput

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

QUERY = (
    "SELECT event_id, min((log_partition, log_offset)) FROM events_hot"
    " WHERE project_id = {project_id:Int64} AND event_id IN {event_ids:Array(String)} GROUP BY event_id"
)
UNKNOWN_TABLE = "clickhouse_60"


def stored_before(client: "Client", project_id: int, event_ids: Collection[str]) -> dict[str, tuple[int, int]]:
    """Where the log held each event that is there. Before the pipeline has made the table, nothing has been stored."""
    try:
        with translated():
            rows = client.query(QUERY, parameters={"project_id": project_id, "event_ids": list(event_ids)}).result_rows
    except InvalidInput as error:
        if error.reason == UNKNOWN_TABLE:
            return {}
        raise
    return {event_id: (int(at[0]), int(at[1])) for event_id, at in rows}
