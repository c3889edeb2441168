"""Erasing a person from the lake: bronze's payloads are emptied, one closed hour a call, and all that is made of them is made again.

Rows stay, so that every count and every sum stays; what they say of the person goes. Open hours wait until they are closed: whoever
appends to bronze meanwhile is never in the way. What an hour holds is written down before anything of it is changed, so that a crash
at any point repeats the hour and misses nothing.
"""

import json
import logging
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from deltalake import CommitProperties
from deltalake.exceptions import DeltaError

from lake import silver
from lake.maintenance import VACUUM_HOURS
from lake.rows import batches_of_hour, hour_filter, hour_predicate
from lake.store import Lake, StageReport, from_us
from lake.tables import BRONZE_EVENTS, BRONZE_ITEMS
from lake.watermark import is_closed
from seiche.artifacts.finder import ArtifactFinder
from seiche.backends.raw_store import RawStore
from seiche.errors import StoreUnavailable
from seiche.normalize.erase import erased, is_about, words_of
from seiche.registry import erasures
from seiche.registry.erasure_tables import ErasureRow

HOUR_US = 3_600_000_000
EVENTS, ITEMS = "bronze_events", "bronze_items"
TABLES = (EVENTS, ITEMS, silver.NAME, "issues")
OF_THE_SENDER = ("client_ip", "user_agent", "geo")
log = logging.getLogger(__name__)


def advance(
    lake: Lake, engine: sa.Engine, raw: RawStore, follow: Callable[[datetime], None], *, artifacts: ArtifactFinder | None = None
) -> StageReport:
    """The next hour of the oldest erasure. `follow` makes what is behind silver again, for an hour that has changed."""
    _let_files_go(lake, engine)
    row = erasures.oldest_open(engine)
    if row is None:
        return StageReport(stage="erasures")
    if row.state == erasures.QUEUED:
        hours = _hours(lake, row.project_id)
        erasures.save(engine, row.id, state=erasures.RUNNING, hours_left=hours)
        return StageReport(stage="erasures", detail={"hours": len(hours), "more": 1})
    if not row.hours_left:
        erasures.finish(engine, row.id)
        return StageReport(stage="erasures", detail={"hours": 0, "more": 1})
    hour = from_us(row.hours_left[0] * HOUR_US)
    if not is_closed(lake, hour, closed_after_seconds=0):
        return StageReport(stage="erasures", detail={"hours": len(row.hours_left), "waits_for": hour.isoformat()})
    found: Mapping[str, Any] = row.met or _meet(lake, engine, row, hour, artifacts)
    if found["events"]:
        lake.retrying(EVENTS, lambda: _empty(lake, row, hour, found))
        silver.rebuild_hour(lake, engine, hour, artifacts=artifacts)
        follow(hour)
    lake.retrying(ITEMS, lambda: _drop_items(lake, engine, row, hour))
    raw.delete(erasures.files_of(engine, row.project_id, found["events"]))  # before their rows: nothing else knows where they are
    erasures.hour_done(engine, row, found)
    if found["events"]:
        for known in ("gold.issues", "gold.issues_at"):
            lake.memory.pop(known, None)  # its titles are published anew, though no count has changed
    return StageReport(stage="erasures", rows=len(found["events"]), detail={"hours": len(row.hours_left) - 1, "more": 1})


def _hours(lake: Lake, project_id: int) -> list[int]:
    """Epoch hours in which the project has rows, oldest first."""
    found: set[Any] = set()
    for name in (EVENTS, ITEMS):
        rows = lake.dataset(name).to_table(columns=["received_at"], filter=pc.field("project_id") == project_id)
        found.update(pc.unique(pc.floor_temporal(rows["received_at"], unit="hour").cast(pa.int64())).to_pylist())
    return sorted(at_us // HOUR_US for at_us in found)


def _meet(lake: Lake, engine: sa.Engine, row: ErasureRow, hour: datetime, artifacts: ArtifactFinder | None) -> Mapping[str, Any]:
    """Which events of the hour are the person's, what identifies them in texts, and what they count under; written down."""
    kept: list[pa.Table] = []
    words: set[str] = set()
    for batch in batches_of_hour(lake.dataset(EVENTS), hour, BRONZE_EVENTS.names):
        theirs = _theirs(batch, row)
        if theirs.num_rows:
            kept.append(theirs)
            for payload, address in zip(theirs["payload"].to_pylist(), theirs["client_ip"].to_pylist(), strict=True):
                words |= words_of((payload or "").encode(), address or "")
    if not kept:
        return {"hour": row.hours_left[0], "events": [], "words": [], "fingerprints": []}
    rows = pa.concat_tables(kept)
    received: Any = zip(rows["event_id"].to_pylist(), rows["received_at"].cast(pa.int64()).to_pylist(), strict=True)
    met_at_us: dict[str, int] = dict(received)
    events = sorted(met_at_us)
    now = _fingerprints(lake, row.project_id, hour, events)
    left = silver.make_rows(engine, _emptied(rows, words), silver.config_source(engine), artifacts)
    then = {one["event_id"]: one["fingerprint"] for one in left.select(["event_id", "fingerprint"]).to_pylist()}
    pinned = {event_id: fingerprint for event_id, fingerprint in now.items() if then.get(event_id) != fingerprint}
    found = {"hour": row.hours_left[0], "events": events, "words": sorted(words), "fingerprints": sorted(set(now.values()))}
    erasures.met(engine, row, found, {event_id: (pinned.get(event_id, ""), at_us) for event_id, at_us in met_at_us.items()})
    return found


def _theirs(batch: pa.Table, row: ErasureRow) -> pa.Table:
    """The rows of one project that an erasure is about: named, or with this user."""
    batch = batch.filter(pc.field("project_id") == row.project_id)
    if row.event_ids:
        return batch.filter(_among(row.event_ids))
    kind, _, value = row.person.partition(":")
    # A cheap look first, for the value as JSON may write it: with and without escapes beyond ASCII (in either case), and as PHP does.
    forms = {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    forms |= {form.replace("/", r"\/") for form in forms}
    address, payload = pc.field("client_ip"), pc.field("payload")
    maybe = address == value
    for form in forms:
        maybe |= pc.match_substring(payload, form, ignore_case=True)
    batch = batch.filter(maybe)
    payloads, addresses = batch["payload"].to_pylist(), batch["client_ip"].to_pylist()
    mine = [is_about((text or "").encode(), kind, value, ip or "") for text, ip in zip(payloads, addresses, strict=True)]
    return batch.filter(pa.array(mine, pa.bool_()))


def _among(events: Collection[str]) -> pc.Expression:
    return pc.field("event_id").isin(pa.array(events, pa.string()))


def _emptied(rows: pa.Table, words: set[str] | list[str]) -> pa.Table:
    """Bronze rows with what is left of their payloads, and nothing of who sent them."""
    payloads = [erased((text or "").encode(), words).decode() for text in rows["payload"].to_pylist()]
    rows = rows.set_column(rows.schema.get_field_index("payload"), BRONZE_EVENTS.field("payload"), pa.array(payloads, pa.string()))
    for name in OF_THE_SENDER:
        rows = rows.set_column(rows.schema.get_field_index(name), BRONZE_EVENTS.field(name), pa.nulls(rows.num_rows, pa.string()))
    return rows


def _fingerprints(lake: Lake, project_id: int, hour: datetime, events: list[str]) -> dict[str, str]:
    """Event id -> what it counts under now."""
    theirs = hour_filter(hour) & (pc.field("project_id") == project_id) & _among(events)
    rows = lake.dataset(silver.NAME).to_table(columns=["event_id", "fingerprint"], filter=theirs)
    return {row["event_id"]: row["fingerprint"] for row in rows.to_pylist()}


def _empty(lake: Lake, row: ErasureRow, hour: datetime, found: Mapping[str, Any]) -> None:
    """Bronze's hour again, with these events emptied, in one commit."""
    bronze = lake.dataset(EVENTS)
    theirs = (pc.field("project_id") == row.project_id) & _among(found["events"])

    def made() -> Iterator[pa.RecordBatch]:
        for batch in batches_of_hour(bronze, hour, BRONZE_EVENTS.names):
            for part in (batch.filter(~theirs), _emptied(batch.filter(theirs), found["words"])):
                yield from part.cast(BRONZE_EVENTS).to_batches()

    rows = pa.RecordBatchReader.from_batches(BRONZE_EVENTS, made())
    lake.replace(EVENTS, rows, predicate=hour_predicate(hour), kind="erasure")


def _drop_items(lake: Lake, engine: sa.Engine, row: ErasureRow, hour: datetime) -> None:
    """Feedback and files of erased events, which may have come in an hour after them, and feedback that the person signed."""
    items = lake.dataset(ITEMS)
    ours = hour_filter(hour) & (pc.field("project_id") == row.project_id)
    named = items.to_table(columns=["event_id"], filter=ours & (pc.field("event_id") != ""))["event_id"]
    events = erasures.erased_among(engine, row.project_id, set(filter(None, named.to_pylist())))
    gone = (pc.field("project_id") == row.project_id) & _among(events)
    kind, _, value = row.person.partition(":")
    if kind == "email":
        signed = pc.match_substring(pc.field("payload"), json.dumps(value)[1:-1], ignore_case=True)
        feedback = pc.field("item_type").isin(["feedback", "user_report"])
        gone |= (pc.field("project_id") == row.project_id) & feedback & signed
    if not items.count_rows(filter=hour_filter(hour) & gone):
        return

    def left() -> Iterator[pa.RecordBatch]:
        for batch in batches_of_hour(items, hour, BRONZE_ITEMS.names):
            yield from batch.filter(~gone).cast(BRONZE_ITEMS).to_batches()

    lake.replace(ITEMS, pa.RecordBatchReader.from_batches(BRONZE_ITEMS, left()), predicate=hour_predicate(hour), kind="erasure")


def _let_files_go(lake: Lake, engine: sa.Engine) -> None:
    """Files of older versions hold what was erased until nobody can be reading them any more: then they go, and the erasure is done."""
    now_us = time.time_ns() // 1000
    ready = erasures.with_files_left(engine, now_us - int((VACUUM_HOURS + 0.1) * HOUR_US))
    if not ready:
        return
    for name in TABLES:
        try:
            lake.table(name).vacuum(
                retention_hours=VACUUM_HOURS,
                dry_run=False,
                enforce_retention_duration=False,
                commit_properties=CommitProperties(custom_metadata={"seiche.kind": "vacuum"}),
            )
        except DeltaError as error:
            raise StoreUnavailable(f"old files of the lake table {name} cannot be removed: {error}") from error
        finally:
            lake.forget(name)
    for row in ready:
        erasures.save(engine, row.id, state=erasures.DONE, done_at_us=now_us)
        log.info("erasure %d is done: no file of the lake holds the person's data any more", row.id)
