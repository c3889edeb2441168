"""Old data goes: the hot tier by `hot_days`, silver and bronze by each project's own setting. By received time, whole hours or days."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from deltalake import CommitProperties

from lake.hot import EVENTS, ROLLUPS
from lake.sessions import NAME as SESSIONS
from lake.store import COMMIT_RETRIES, Lake, StageReport
from seiche.backends.clickhouse import translated
from seiche.backends.clickhouse_tables import drop_before, drop_project_before
from seiche.ports.search_index import SearchIndex
from seiche.registry.projects import retention_days

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client


def apply(lake: Lake, engine: sa.Engine, client: "Client", index: SearchIndex, *, now: datetime, hot_days: int) -> StageReport:
    """Idempotent, and cheap when nothing is old enough."""
    cutoff = now - timedelta(days=hot_days)
    days = retention_days(engine)
    with lake.exclusive("hot"), translated():
        hot_hours = drop_before(client, EVENTS, cutoff, cursor=True)
        drop_before(client, ROLLUPS, cutoff)
        drop_before(client, SESSIONS, cutoff, cursor=True)
        for project, kept in days.items():
            if kept < hot_days:
                drop_project_before(client, EVENTS, project, now - timedelta(days=kept), cursor=True)
                drop_project_before(client, ROLLUPS, project, now - timedelta(days=kept))
                drop_project_before(client, SESSIONS, project, now - timedelta(days=kept), cursor=True)
    with lake.exclusive("search"):
        index_hours = index.drop_before(cutoff)
        for project, kept in days.items():
            if kept < hot_days:
                index.drop_project_before(project, now - timedelta(days=kept))
    deleted = {name: _delete_cold(lake, name, days, now) for name in ("bronze_events", "bronze_items", "silver_events")}
    detail = {"hot_hours": hot_hours, "search_hours": index_hours, **deleted}
    return StageReport(stage="retention", rows=sum(deleted.values()), detail=detail)


def _delete_cold(lake: Lake, name: str, days: dict[int, int], now: datetime) -> int:
    """One commit per cutoff; projects with the same setting share it."""
    by_cutoff: dict[date, list[int]] = {}
    for project, kept in days.items():
        by_cutoff.setdefault((now - timedelta(days=kept)).date(), []).append(project)
    deleted = 0
    for cutoff, projects in sorted(by_cutoff.items()):
        if _has_rows(lake, name, projects, cutoff):
            deleted += lake.retrying(name, lambda cutoff=cutoff, projects=projects: _delete(lake, name, projects, cutoff))  # type: ignore[misc] # bound per loop
    return deleted


def _has_rows(lake: Lake, name: str, projects: list[int], cutoff: date) -> bool:
    oldest = pa.table(lake.table(name).get_add_actions(flatten=True))
    if oldest.num_rows == 0 or pc.min(oldest["partition.received_date"]).as_py() >= cutoff:
        return False
    where = (pc.field("received_date") < pa.scalar(cutoff, pa.date32())) & pc.field("project_id").isin(projects)
    return lake.dataset(name).count_rows(filter=where) > 0


def _delete(lake: Lake, name: str, projects: list[int], cutoff: date) -> int:
    listed = ", ".join(str(int(project)) for project in projects)
    metrics = lake.table(name).delete(
        f"received_date < '{cutoff.isoformat()}' AND project_id IN ({listed})",
        commit_properties=CommitProperties(custom_metadata={"seiche.kind": "retention"}, max_commit_retries=COMMIT_RETRIES),
    )
    return int(metrics.get("num_deleted_rows") or 0)
