"""The lake for people: `connect(path)`, and every call answers a polars LazyFrame, so that it composes. Reads only.

For example: `lake.connect("var/demo").events(project="demo", since="24h").group_by("release").len().collect()`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError

from lake.tables import COLUMN_NOTES, TABLE_NOTES
from seiche.errors import ConfigurationError, InvalidInput, NotFound
from seiche.model.canary import OWN_PROJECT

if TYPE_CHECKING:
    from lake.trials import GroupingPreview

UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
FLAGS = ("duplicate",)
"""Silver's own bookkeeping: `events()` has applied it already."""

Since = str | datetime | date | None

TABLE_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "table": pl.String,
    "doc": pl.String,
    "rows": pl.Int64,
    "bytes": pl.Int64,
    "files": pl.Int64,
    "changed_at": pl.Datetime("us", "UTC"),
    "version": pl.Int64,
    "partition_keys": pl.List(pl.String),
}


def connect(path_or_url: str | Path, storage_options: dict[str, str] | None = None) -> "LakeReader":
    """A reader of the lake at a data directory (`var/demo`), its `lake` folder, or an object store's URL.

    Raises `ConfigurationError` where there is no such folder; a lake that is still empty is fine.
    """
    url = str(path_or_url)
    if "://" in url:
        return LakeReader(url.rstrip("/"), storage_options=storage_options)
    folder = Path(url).expanduser()
    if (folder / "lake").is_dir() or (folder / "registry.sqlite").exists():
        folder = folder / "lake"
    elif not folder.is_dir() or not (folder.name == "lake" or any((folder / name).is_dir() for name in TABLE_NOTES)):
        raise ConfigurationError(f"there is no lake at {folder}: give the directory that `seiche up --data` was started with")
    return LakeReader(str(folder))


@dataclass(frozen=True)
class LakeReader:
    """Open tables, as they are now or as they were at a moment."""

    url: str
    storage_options: dict[str, str] | None = None
    moment: datetime | None = None
    """None: now. See `at`."""

    def at(self, moment: datetime | str | int) -> "LakeReader":
        """The lake as it was: at a time (aware datetime or RFC 3339 text), or when silver's version `moment` was committed."""
        if isinstance(moment, int):
            history = {entry["version"]: entry["timestamp"] for entry in self._open("silver_events").history()}
            if moment not in history:
                raise NotFound(f"silver_events has no version {moment}: it has {min(history)} to {max(history)}")
            # The next millisecond: a version's own moment belongs to it.
            moment = datetime.fromtimestamp(history[moment] / 1000, UTC) + timedelta(milliseconds=1)
        when = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
        if when.tzinfo is None:
            raise InvalidInput(f"{when.isoformat()} has no time zone: write {when.isoformat()}Z for UTC")
        return LakeReader(self.url, self.storage_options, when.astimezone(UTC))

    def tables(self) -> pl.LazyFrame:
        """Every table: name, what it is, rows, bytes, when it last changed, partition keys. A table that is not there yet has 0 rows."""
        return pl.LazyFrame([self._describe(name, doc) for name, doc in TABLE_NOTES.items()], schema=TABLE_SCHEMA)

    def columns(self, table: str) -> pl.LazyFrame:
        """One table's columns: name, type and what they mean."""
        found = self.table(table).collect_schema()
        rows = [{"column": name, "type": str(dtype), "note": COLUMN_NOTES.get(name, "")} for name, dtype in found.items()]
        return pl.LazyFrame(rows, schema={"column": pl.String, "type": pl.String, "note": pl.String})

    def table(self, name: str) -> pl.LazyFrame:
        """A Delta table as it is stored; silver's duplicates included. Raises `NotFound` where it does not exist (yet)."""
        return pl.scan_delta(self._open(name))

    def events(self, project: str | int | None = None, since: Since = "7d", columns: Sequence[str] | None = None) -> pl.LazyFrame:
        """Stored events, each with its current `issue_id`, without duplicates and Seiche's own canary.

        `since` is `90m`, `24h`, `7d`, a time, or None for all.
        """
        events = self.table("silver_events").filter(~pl.col("duplicate"), pl.col("project_id") != OWN_PROJECT).drop(FLAGS)
        if since is not None:
            start = self._start(since)
            # The date is the partition column: naming it lets polars skip whole files.
            events = events.filter(pl.col("received_date") >= start.date(), pl.col("received_at") >= start)
        if project is not None:
            events = events.filter(pl.col("project_id") == self._project_id(project))
        joined = events.join(self._fingerprint_map(), on=["project_id", "fingerprint"], how="left")
        return joined if columns is None else joined.select(columns)

    def issues(self, project: str | int | None = None) -> pl.LazyFrame:
        """Issues with their status, as the pipeline last published them."""
        issues = self.table("issues")
        return issues if project is None else issues.filter(pl.col("project_id") == self._project_id(project))

    def frames(self, project: str | int | None = None, since: Since = "7d") -> pl.LazyFrame:
        """One row per stack frame, root cause first and oldest frame first: `exception` and `frame` count from 0."""
        keys = ["project_id", "event_id", "issue_id", "received_at", "occurred_at", "release", "environment"]
        events = self.events(project, since, columns=[*keys, "exceptions"])
        chain = events.with_columns(exception=pl.int_ranges(0, pl.col("exceptions").list.len())).explode("exceptions", "exception")
        chain = chain.filter(pl.col("exceptions").is_not_null()).with_columns(
            type=pl.col("exceptions").struct.field("type"), frames=pl.col("exceptions").struct.field("frames")
        )
        frames = chain.with_columns(frame=pl.int_ranges(0, pl.col("frames").list.len())).explode("frames", "frame")
        return frames.drop("exceptions").filter(pl.col("frames").is_not_null()).unnest("frames")

    def preview_grouping(
        self, project: str | int, since: Since = "7d", *, registry: str | None = None, **settings: Any
    ) -> "GroupingPreview":
        """Which issues other grouping `settings` (`fingerprint_rules=...`, `grouping_version=2`, ...) would merge and split.

        Issues and what people decided are the registry's: `registry` is its URL where it does not lie beside the lake.
        Raises `ConfigurationError`, `InvalidInput`, `NotFound`.
        """
        from lake.store import Lake
        from lake.trials import grouping_preview

        beside = Path(self.url).parent / "registry.sqlite"
        if registry is None and ("://" in self.url or not beside.exists()):
            raise ConfigurationError(f"there is no registry at {beside}: say registry='postgresql://...', as SEICHE_REGISTRY__URL has it")
        start = self._start(since) if since is not None else None
        url = registry or f"sqlite:///{beside}"
        return grouping_preview(Lake(self.url, self.storage_options), url, project, start, self.moment, settings)

    def sql(self, query: str, *, limit: int | None = 10_000) -> pl.LazyFrame:
        """SELECT over `events`, `issues`, `frames` and the raw tables, all history. `limit` bounds the answer; None lifts it."""
        frames: dict[str, pl.LazyFrame] = {name: self.table(name) for name in TABLE_NOTES if self._exists(name)}
        if "silver_events" in frames:
            frames |= {"events": self.events(since=None), "frames": self.frames(since=None)}
        try:
            answer = pl.SQLContext(frames).execute(query, eager=False)
            answer.collect_schema()  # polars looks names up this late, not in execute
        except pl.exceptions.PolarsError as error:
            raise InvalidInput(f"the query cannot be used: {error}; tables: {', '.join(sorted(frames)) or 'none yet'}") from error
        return answer if limit is None else answer.head(limit)

    def _open(self, name: str) -> DeltaTable:
        if name not in TABLE_NOTES:
            raise NotFound(f"the lake has no table {name!r}; it has {', '.join(TABLE_NOTES)}")
        try:
            table = DeltaTable(f"{self.url}/{name}", storage_options=self.storage_options)
            if self.moment is not None:
                table.load_as_version(self.moment)
        except TableNotFoundError as error:
            raise NotFound(f"{self.url} holds no {name} yet: send a first event, and look again some seconds later") from error
        except DeltaError as error:
            raise ConfigurationError(f"{self.url}/{name} cannot be read: {error}") from error
        return table

    def _exists(self, name: str) -> bool:
        try:
            self._open(name)
        except NotFound:
            return False
        return True

    def _describe(self, name: str, doc: str) -> dict[str, Any]:
        empty = {"table": name, "doc": doc, "rows": 0, "bytes": 0, "files": 0, "changed_at": None, "version": None, "partition_keys": []}
        if not self._exists(name):
            return empty
        table = self._open(name)
        files = pl.DataFrame(table.get_add_actions(flatten=True))
        return empty | {
            "rows": files["num_records"].sum(),
            "bytes": files["size_bytes"].sum(),
            "files": files.height,
            "changed_at": datetime.fromtimestamp(table.history(1)[0]["timestamp"] / 1000, UTC),
            "version": table.version(),
            "partition_keys": table.metadata().partition_columns,
        }

    def _fingerprint_map(self) -> pl.LazyFrame:
        newest = self.table("fingerprint_map").sort("map_version").unique(["project_id", "fingerprint"], keep="last")
        return newest.select("project_id", "fingerprint", "issue_id")

    def _project_id(self, project: str | int) -> int:
        if isinstance(project, int) or project.isdecimal():
            return int(project)
        known = self.table("issues").select("project", "project_id").unique().sort("project").collect()
        found = dict(known.iter_rows())
        if project not in found:
            raise NotFound(f"no issue of a project {project!r} is in the lake; there are {', '.join(found) or 'none'}")
        return int(found[project])

    def _start(self, since: str | datetime | date) -> datetime:
        if isinstance(since, datetime):
            return since
        if isinstance(since, date):
            return datetime(since.year, since.month, since.day, tzinfo=UTC)
        matched = re.fullmatch(r"(\d+)([mhdw])", since)
        if matched is None:
            raise InvalidInput(f"since={since!r} is not understood: write 90m, 24h, 7d or 4w, or give a datetime")
        return (self.moment or datetime.now(UTC)) - timedelta(**{UNITS[matched[2]]: int(matched[1])})
