"""Where the pages' figures come from: the registry, the log, the lake and the run files, all read only. No Streamlit here."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import sqlalchemy as sa

from lake.reader import LakeReader
from seiche.errors import ConfigurationError, NotFound, OffsetOutOfRange
from seiche.model.canary import OWN_PROJECT, judge
from seiche.model.outcome import Outcome
from seiche.ports.event_log import EventLogReader
from seiche.registry import canaries
from seiche.registry.engine import read
from seiche.registry.tables import ConsumerOffset, OutcomeCount, Project
from seiche.settings import Settings
from seiche.wiring import event_log_reader, read_run_file, registry_engine

REFUSALS = (Outcome.FILTERED, Outcome.RATE_LIMITED, Outcome.INVALID)


@dataclass(frozen=True)
class Sources:
    """One installation, as it lies on disk."""

    settings: Settings
    engine: sa.Engine
    log: EventLogReader
    lake: LakeReader

    @classmethod
    def open(cls, settings: Settings) -> "Sources":
        """Raises `ConfigurationError` where nothing was ever started in the data directory."""
        if not (settings.data / "registry.sqlite").exists() and settings.profile == "embedded":
            raise ConfigurationError(f"{settings.data} holds no installation: start `seiche up --data {settings.data}`, or set SEICHE_DATA")
        return cls(
            settings,
            registry_engine(settings.registry_url),
            event_log_reader(settings),
            LakeReader(settings.lake_url, settings.lake_options),
        )


def consumers(sources: Sources) -> pl.DataFrame:
    """How far each consumer is: one row per consumer and partition, `lag` in records."""
    with read(sources.engine) as session:
        committed = {(row.consumer, row.partition): row.offset for row in session.scalars(sa.select(ConsumerOffset))}
    rows = []
    for partition in sources.log.partitions():
        end = sources.log.end_offset(partition)
        told = {name: offset for name, offset in sources.log.acknowledged(partition).items() if (name, partition) not in committed}
        known = told | {name: offset for (name, at), offset in committed.items() if at == partition}
        rows += [{"consumer": name, "partition": partition, "offset": o, "end": end, "lag": end - o} for name, o in sorted(known.items())]
    return pl.DataFrame(rows, schema={"consumer": pl.String, "partition": pl.Int64, "offset": pl.Int64, "end": pl.Int64, "lag": pl.Int64})


def waiting_seconds(sources: Sources, now: datetime) -> float:
    """How long the oldest record that some consumer has not passed has been waiting; 0 where none waits."""
    oldest = 0.0
    for row in consumers(sources).filter(pl.col("lag") > 0).iter_rows(named=True):
        try:
            records = sources.log.read(row["partition"], row["offset"], max_records=1)
        except OffsetOutOfRange:
            continue  # gone by retention: the consumer refills from bronze, and its lag in records still shows
        if records:
            oldest = max(oldest, now.timestamp() - records[0].record.received_at_us / 1e6)
    return oldest


def tables(sources: Sources, now: datetime) -> pl.DataFrame:
    """Every lake table with its rows, size and how long ago it last changed."""
    age = (pl.lit(now) - pl.col("changed_at")).dt.total_milliseconds() / 1000
    return sources.lake.tables().with_columns(age_seconds=age).collect()


def stages(sources: Sources) -> pl.DataFrame:
    """What the pipeline process said after its last batch, a row per stage; empty before its first."""
    told = read_run_file(sources.settings.run_dir / "pipeline.json").get("stages", {})
    items = told.items() if isinstance(told, dict) else ((str(stage.get("stage", "")), stage) for stage in told)
    return pl.DataFrame([{"stage": name, **{key: str(value) for key, value in stage.items() if key != "stage"}} for name, stage in items])


def canary(sources: Sources) -> tuple[pl.DataFrame, str]:
    """A row per hop of the line as Seiche's own event saw it, and what is wrong; empty before the first, and where it is switched off."""
    chosen = sources.settings.canary
    sent = canaries.newest(sources.engine) if chosen.enabled else []
    now_us = int(datetime.now(UTC).timestamp() * 1e6)
    found = judge(sent, now_us=now_us, every_seconds=chosen.every_seconds, late_seconds=chosen.late_seconds)
    rows = [(hop.name, hop.seconds, hop.slowest_seconds, hop.stalled_since_us) for hop in found.hops]
    schema = {"hop": pl.String, "seconds": pl.Float64, "slowest_seconds": pl.Float64, "stalled_since": pl.Datetime("us", "UTC")}
    return pl.DataFrame(rows, schema=schema, orient="row"), found.problem


def totals(sources: Sources, project_id: int | None = None) -> dict[str, int]:
    """Received = stored + duplicates + filtered + rate_limited + invalid + pending, over all time."""
    counted = outcomes(sources, project_id=project_id).group_by("outcome").agg(pl.col("quantity").sum())
    found = {name: int(quantity) for name, quantity in counted.iter_rows()}
    sums = {name: found.get(name, 0) for name in ("received", *REFUSALS)}
    silver = silver_by_minute(sources, project_id=project_id)
    stored, duplicates = int(silver["stored"].sum()), int(silver["duplicates"].sum())
    pending = sums["received"] - stored - duplicates - sum(sums[name] for name in REFUSALS)
    return {**{str(name): quantity for name, quantity in sums.items()}, "stored": stored, "duplicates": duplicates, "pending": pending}


def outcomes(sources: Sources, *, hours: float | None = None, project_id: int | None = None) -> pl.DataFrame:
    """What the registry counted, a row per minute, project, key, outcome and reason."""
    query = sa.select(
        OutcomeCount.minute,
        OutcomeCount.project_id,
        OutcomeCount.public_key,
        OutcomeCount.outcome,
        OutcomeCount.reason,
        OutcomeCount.quantity,
    ).where(OutcomeCount.category == "error", OutcomeCount.project_id != OWN_PROJECT)
    if hours is not None:
        query = query.where(OutcomeCount.minute >= _minute(datetime.now(UTC) - timedelta(hours=hours)))
    if project_id is not None:
        query = query.where(OutcomeCount.project_id == project_id)
    schema = {
        "minute": pl.Int64,
        "project_id": pl.Int64,
        "public_key": pl.String,
        "outcome": pl.String,
        "reason": pl.String,
        "quantity": pl.Int64,
    }
    with read(sources.engine) as session:
        frame = pl.DataFrame([tuple(row) for row in session.execute(query)], schema=schema, orient="row")
    return frame.with_columns(at=pl.from_epoch(pl.col("minute") * 60, time_unit="s").dt.replace_time_zone("UTC"))


def silver_by_minute(sources: Sources, *, hours: float | None = None, project_id: int | None = None) -> pl.DataFrame:
    """Stored and duplicates per minute of received time, counted from silver's rows."""
    schema = pl.Schema({"at": pl.Datetime("us", "UTC"), "stored": pl.Int64, "duplicates": pl.Int64})
    try:
        silver = sources.lake.table("silver_events")
    except NotFound:
        return pl.DataFrame(schema=schema)
    silver = silver.filter(pl.col("project_id") != OWN_PROJECT)
    if hours is not None:
        since = datetime.now(UTC) - timedelta(hours=hours)
        silver = silver.filter(pl.col("received_date") >= since.date(), pl.col("received_at") >= since)
    if project_id is not None:
        silver = silver.filter(pl.col("project_id") == project_id)
    repeats = pl.col("duplicate").cast(pl.Int64)
    by_minute = silver.group_by(at=pl.col("received_at").dt.truncate("1m")).agg(stored=(1 - repeats).sum(), duplicates=repeats.sum())
    return by_minute.sort("at").collect().cast(schema)


def flow(sources: Sources, hours: float) -> pl.DataFrame:
    """Events per minute by what became of them: columns at, outcome, quantity."""
    refused = outcomes(sources, hours=hours).filter(pl.col("outcome").is_in([str(name) for name in REFUSALS]))
    refused = refused.group_by("at", "outcome").agg(pl.col("quantity").sum())
    kept = silver_by_minute(sources, hours=hours).unpivot(index="at", variable_name="outcome", value_name="quantity")
    together = pl.concat([refused.select(pl.col("at").cast(pl.Datetime("us", "UTC")), "outcome", "quantity"), kept])
    return together.filter(pl.col("quantity") > 0).sort("at", "outcome")


def refusals(sources: Sources, hours: float) -> pl.DataFrame:
    """Who was refused and why: a row per project, key, outcome and reason, most first."""
    names = projects(sources)
    counted = outcomes(sources, hours=hours).filter(~pl.col("outcome").is_in(["received", "stored", "duplicate"]))
    counted = counted.group_by("project_id", "public_key", "outcome", "reason").agg(pl.col("quantity").sum())
    named = counted.with_columns(project=pl.col("project_id").replace_strict(names, default="?", return_dtype=pl.String))
    return named.select("project", "public_key", "outcome", "reason", "quantity").sort("quantity", descending=True)


def senders(sources: Sources, hours: float) -> pl.DataFrame:
    """Events received per project and key, most first."""
    received = outcomes(sources, hours=hours).filter(pl.col("outcome") == "received")
    counted = received.group_by("project_id", "public_key").agg(pl.col("quantity").sum())
    named = counted.with_columns(project=pl.col("project_id").replace_strict(projects(sources), default="?", return_dtype=pl.String))
    return named.select("project", "public_key", "quantity").sort("quantity", descending=True)


def unprocessable(sources: Sources, limit: int = 50) -> pl.DataFrame:
    """The newest events whose normalising raised, with the error and where their payload lies in bronze."""
    silver = sources.lake.table("silver_events").filter(pl.col("unprocessable").is_not_null())
    columns = ["received_at", "project_id", "event_id", "unprocessable", "log_partition", "log_offset"]
    return silver.select(columns).sort("received_at", descending=True).head(limit).collect()


def payload(sources: Sources, row: dict[str, Any]) -> str:
    """One event's JSON as it came, after scrubbing. Raises `NotFound` where retention has taken it."""
    here = (pl.col("log_partition") == row["log_partition"]) & (pl.col("log_offset") == row["log_offset"])
    found = (
        sources.lake.table("bronze_events").filter(pl.col("received_date") == row["received_at"].date(), here).select("payload").collect()
    )
    if found.is_empty():
        raise NotFound(f"event {row['event_id']} is no longer in bronze")
    return str(found.item())


def endpoints(sources: Sources) -> dict[str, Any]:
    """Where the other processes listen, as the supervisor wrote it."""
    return read_run_file(sources.settings.run_dir / "endpoints.json")


def projects(sources: Sources) -> dict[int, str]:
    """Project id -> slug."""
    with read(sources.engine) as session:
        return {row.id: row.slug for row in session.execute(sa.select(Project.id, Project.slug).where(Project.id != OWN_PROJECT))}


def _minute(at: datetime) -> int:
    return int(at.timestamp() // 60)
