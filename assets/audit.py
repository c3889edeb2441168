"""Do all tiers hold the same events of an hour, and do the issues' counts add up to silver's rows? Reads tables, never metadata."""

import time
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from lake.rows import hour_filter
from lake.store import Lake
from seiche.backends.clickhouse import translated
from seiche.errors import StoreUnavailable
from seiche.ports.search_index import SearchIndex
from seiche.registry.engine import read
from seiche.registry.tables import ConsumerOffset, FingerprintRow, Issue

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

SILVER_PATIENCE_SECONDS = 30.0


def counts(lake: Lake, client: "Client", index: SearchIndex, hour: datetime) -> dict[str, int]:
    """Rows of the hour in each tier. `stored` is silver without repeats: what the hot tier, rollups and index must hold."""
    bronze = lake.dataset("bronze_events").count_rows(filter=hour_filter(hour))
    silver = lake.dataset("silver_events").to_table(columns=["duplicate"], filter=hour_filter(hour))["duplicate"]
    where = "WHERE received_hour = toDateTime({hour:UInt32}, 'UTC')"
    parameters = {"hour": int(hour.timestamp())}
    with translated():
        hot = client.query(f"SELECT count() FROM events_hot {where}", parameters=parameters).result_rows[0][0]
        rolled = client.query(f"SELECT sum(count) FROM issue_rollups {where}", parameters=parameters).result_rows[0][0]
    return {
        "bronze": bronze,
        "silver": len(silver),
        "stored": len(silver) - (pc.sum(silver).as_py() or 0),
        "events_hot": int(hot),
        "issue_rollups": int(rolled),
        "search_index": index.hour_rows(hour),
    }


def gaps(found: dict[str, int]) -> list[str]:
    """The stages that must be rebuilt, in order."""
    if found["silver"] != found["bronze"]:
        return ["silver", "hot", "search"]
    behind = []
    if not found["events_hot"] == found["issue_rollups"] == found["stored"]:
        behind.append("hot")
    if found["search_index"] != found["stored"]:
        behind.append("search")
    return behind


def differing_issues(lake: Lake, engine: sa.Engine) -> list[dict[str, Any]]:
    """Issues whose count is not that of silver's rows, both below the offset that `alerts` had committed at one moment.

    Where retention has taken an issue's first events silver may hold fewer, never more.
    """
    with read(engine) as session:
        decided = dict(
            session.execute(sa.select(ConsumerOffset.partition, ConsumerOffset.offset).where(ConsumerOffset.consumer == "alerts"))
            .tuples()
            .all()
        )
        issues = session.execute(sa.select(Issue.id, Issue.project_id, Issue.count.label("events"), Issue.first_offset)).all()
        newest = dict(
            session.execute(sa.select(Issue.last_partition, sa.func.max(Issue.last_offset)).group_by(Issue.last_partition)).tuples().all()
        )
        owner = {
            (project, fingerprint): issue
            for project, fingerprint, issue in session.execute(
                sa.select(FingerprintRow.project_id, FingerprintRow.fingerprint, FingerprintRow.issue_id)
            )
        }
    _wait_for_silver(lake, newest)
    held, oldest = _held(lake, decided, owner)
    differing = []
    for row in issues:
        counted = held[row.id]
        complete = row.first_offset >= oldest.get(row.project_id, 0)
        if counted > row.events or (complete and counted != row.events):
            differing.append({"issue_id": row.id, "project_id": row.project_id, "registry": row.events, "silver": counted})
    return differing


def _wait_for_silver(lake: Lake, newest: Mapping[int, int]) -> None:
    give_up = time.monotonic() + SILVER_PATIENCE_SECONDS
    while True:
        brought, rebuilt = (lake.cursors("silver_events", stage, newest) for stage in ("silver", "rebuilt"))
        behind = {partition: offset for partition, offset in newest.items() if max(brought[partition], rebuilt[partition]) <= offset}
        if not behind:
            return
        if time.monotonic() > give_up:
            told = ", ".join(f"offset {offset} of partition {partition}" for partition, offset in behind.items())
            raise StoreUnavailable(f"silver has not reached {told} in {SILVER_PATIENCE_SECONDS:.0f} s: are the pipelines running?")
        time.sleep(0.5)


def _held(lake: Lake, decided: dict[int, int], owner: dict[tuple[int, str], int]) -> tuple[Counter[int | None], dict[int, int]]:
    """(issue -> stored rows, project -> its oldest offset), in bounded memory."""
    held: Counter[int | None] = Counter()
    oldest: dict[int, int] = {}
    columns = ["project_id", "fingerprint", "duplicate", "log_partition", "log_offset"]
    for batch in lake.dataset("silver_events").scanner(columns=columns).to_batches():
        rows = pa.Table.from_batches([batch])
        for row in rows.group_by("project_id").aggregate([("log_offset", "min")]).to_pylist():
            oldest[row["project_id"]] = min(row["log_offset_min"], oldest.get(row["project_id"], row["log_offset_min"]))
        kept = rows.filter(~pc.field("duplicate"))
        for partition, end in decided.items():
            below = kept.filter((pc.field("log_partition") == partition) & (pc.field("log_offset") < end))
            for row in below.group_by(["project_id", "fingerprint"]).aggregate([([], "count_all")]).to_pylist():
                held[owner.get((row["project_id"], row["fingerprint"]))] += row["count_all"]
    return held, oldest
