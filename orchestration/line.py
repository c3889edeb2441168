"""The seconds path: the lake's stages in order, each as far as it can get, whatever happened to the others. Knows nothing of Dagster."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import sqlalchemy as sa

from assets.stages import apply_retention
from lake import bronze, erase, gold, hot, maintenance, moves, search, sessions, silver, watermark
from lake.store import StageReport, from_us
from lake.watermark import is_closed
from orchestration.part import Part
from seiche import wiring
from seiche.backends.clickhouse_schema import migrate
from seiche.errors import SeicheError, Transient
from seiche.ports.event_log import EventLogReader
from seiche.ports.search_index import SearchIndex
from seiche.registry import regroups
from seiche.registry.engine import read
from seiche.registry.tables import Project
from seiche.settings import Settings

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

BACK_OFF_SECONDS = 30.0
HOUR_US = 3_600_000_000
UPKEEP_SECONDS = 10.0
WATERMARK_SECONDS = 5.0
RETENTION = timedelta(hours=25)
"""Dagster applies retention each night; without Dagster, or after a night switched off, this process does."""

OLAP_TABLES = ("events_hot", "search_index")
OLAP_STAGES = frozenset({*OLAP_TABLES, "session_rows", "retention"})
"""Left out where the product runs without analytics."""
OF_ONE = frozenset({"watermark", "gold", "regroup", "erasures", "maintenance", "retention"})
"""Of several pipelines one does these, for all partitions (`Part.does_upkeep`)."""

log = logging.getLogger(__name__)


@dataclass
class Stage:
    """One stage and how it is doing."""

    name: str
    advance: Callable[[], StageReport]
    every_seconds: float = 0.0
    not_before: float = 0.0
    failures: int = 0
    error: str = ""
    error_at: float = 0.0
    rows: int = 0
    total_rows: int = 0
    seconds: float = 0.0
    at: float = 0.0
    detail: dict[str, Any] = field(default_factory=dict)


class Line:
    """The stages with what they need, for this process's share of the log's partitions. One thread."""

    def __init__(self, settings: Settings, event_log: EventLogReader, stop: threading.Event) -> None:
        self._settings, self._log, self._stop = settings, event_log, stop
        self._artifacts = wiring.artifact_finder(settings)
        self.engine = wiring.registry_engine(settings.registry_url)
        self.part = Part(self.engine, settings.pipeline.share)
        self.lake = wiring.lake(settings)
        self._made_client: Client | None = None
        self._made_index: SearchIndex | None = None
        self._mark: Any = None
        self._looked_at = 0.0
        pipeline = settings.pipeline
        stages = (
            Stage("bronze_events", self._bronze),
            Stage("watermark", lambda: watermark.advance(self.lake, self._log), WATERMARK_SECONDS),
            Stage("silver_events", self._silver),
            Stage("gold", self._gold),
            Stage("events_hot", lambda: hot.advance(self.lake, self.client, among=self.partitions)),
            Stage("search_index", lambda: search.advance(self.lake, self.index, among=self.partitions)),
            Stage("session_rows", lambda: sessions.advance(self.lake, self.client, among=self.partitions)),
            Stage("regroup", self._regroup),
            Stage("erasures", self._erase),
            Stage("maintenance", lambda: maintenance.maintain(self.lake, every_commits=pipeline.compact_every_commits), UPKEEP_SECONDS),
            Stage("retention", self._retention, 60.0),
            Stage("memory", _give_back, 30.0),
        )
        self._has_olap = wiring.has_olap(settings)
        self.stages = {stage.name: stage for stage in stages if self._has_olap or stage.name not in OLAP_STAGES}

    @property
    def client(self) -> "Client":
        """ClickHouse, at once or not at all: bronze must not wait for it. Whoever connects brings the tables up to date."""
        if self._made_client is None:
            client = wiring.olap_client(self._settings, patience_seconds=0.0)
            with self.lake.exclusive("hot"):  # others that connect now wait, and find the tables
                migrate(client, self._settings.olap.cluster)
            self._made_client = client
            for known in ("hot.seen", "search.seen", "sessions.seen", "line.clickhouse_map"):
                self.lake.memory.pop(known, None)  # its tables may not be what they were
        return self._made_client

    @property
    def index(self) -> SearchIndex:
        """On the same client, where it is ClickHouse's."""
        if self._made_index is None:
            self._made_index = wiring.search_index(self._settings, lambda: self.client)
        return self._made_index

    @property
    def partitions(self) -> list[int]:
        """Those of the log that this process brings into the tables."""
        return self.part.share.of(self._log.partitions())

    @property
    def failing(self) -> list[Stage]:
        """Those whose last call raised."""
        return [stage for stage in self.stages.values() if stage.failures]

    def turn(self) -> bool:
        """Every stage once, if there may be something to do; True where more waits already."""
        if self.part.look():
            self._start_afresh()
        mark, now = self._looked(), time.monotonic()
        if mark == self._mark and now - self._looked_at < UPKEEP_SECONDS and not any(stage.not_before <= now for stage in self.failing):
            return False
        self._mark, self._looked_at = mark, now
        reports = list(self._turn(now))
        more = any(report.detail.get("more") for report in reports if report is not None)
        if more:
            self._mark = None
        return more

    def _turn(self, now: float) -> Iterator[StageReport | None]:
        for stage in self.stages.values():
            if self._stop.is_set():
                return
            if stage.not_before > now or (stage.name in OF_ONE and not self.part.does_upkeep):
                continue
            try:
                yield self.run(stage.name)
            except Exception:  # noqa: BLE001 - `run` has noted and logged it; the other stages go on
                yield None

    def run(self, name: str) -> StageReport:
        """One call of one stage; an error is noted, logged and raised."""
        stage, started = self.stages[name], time.monotonic()
        try:
            report = stage.advance()
        except Exception as error:
            self._failed(stage, error)
            raise
        stage.failures, stage.error, stage.not_before = 0, "", time.monotonic() + stage.every_seconds
        stage.rows, stage.seconds, stage.at = report.rows, time.monotonic() - started, time.time()
        stage.total_rows += report.rows
        stage.detail |= report.detail
        return report

    def close(self) -> None:
        """Give connections back, and to another what only one may do."""
        self._disconnect()
        self.part.leave()

    def _disconnect(self) -> None:
        if self._made_client is not None:
            self._made_client.close()
            self._made_client = None
        self._made_index = None

    def _failed(self, stage: Stage, error: Exception) -> None:
        stage.failures += 1
        pause_seconds = min(BACK_OFF_SECONDS, max(getattr(error, "retry_after_seconds", 1.0), 0.5 * 2**stage.failures))
        stage.error, stage.error_at = str(error) or type(error).__name__, time.time()
        stage.not_before = time.monotonic() + pause_seconds
        log.warning("%s waits %.0f s: %s", stage.name, pause_seconds, stage.error, exc_info=not isinstance(error, SeicheError))
        self._disconnect()
        if not isinstance(error, Transient):
            self.lake = wiring.lake(self._settings)  # whatever is wrong, it is not a stale handle of ours the next time

    def _start_afresh(self) -> None:
        """Another part of the work: what failed in the last one is no longer ours, or may be tried again at once."""
        self._mark = None
        for stage in self.stages.values():
            stage.failures, stage.error, stage.not_before = 0, "", 0.0

    def _looked(self) -> Any:
        """Changes whenever a stage may have something to do."""
        try:
            held = self._log.end_offsets()
            ends = tuple(held.get(partition) for partition in self.partitions)
            with read(self.engine) as session:
                maps = session.scalar(sa.select(sa.func.sum(Project.map_version)))
            return ends, silver.committed_offsets(self.engine), maps
        except Transient:
            return None  # the stages will say so themselves

    def _bronze(self) -> StageReport:
        return bronze.advance(self.lake, self._log, partitions=self.partitions, max_records=self._settings.pipeline.batch_records)

    def _silver(self) -> StageReport:
        batch_records, artifacts = self._settings.pipeline.batch_records, self._artifacts
        return silver.advance(self.lake, self.engine, partitions=self.partitions, max_rows=batch_records, artifacts=artifacts)

    def _gold(self) -> StageReport:
        report = gold.publish(self.lake, self.engine)
        # ClickHouse takes what changed, at once; gold is a whole snapshot, which may rest.
        maps = gold.map_mark(self.engine)
        if self._has_olap and maps != self.lake.memory.get("line.clickhouse_map"):
            report.detail["clickhouse_map"] = hot.publish_map(self.engine, self.client).rows
            self.lake.memory["line.clickhouse_map"] = maps
        return report

    def _regroup(self) -> StageReport:
        """Hours of a history that was regrouped, as far as they are still open, and of moved events: one a call."""
        with read(self.engine) as session:
            left = regroups.hours_left(session)
        ours = [one for one in left if one.kind == regroups.MOVE or not is_closed(self.lake, from_us(one.hour * HOUR_US))]
        if not ours or any(self.stages[name].detail.get("more") for name in ("silver_events", *OLAP_TABLES) if name in self.stages):
            return StageReport(stage="regroup", detail={"hours": len(left)})
        one = ours[0]
        at = from_us(one.hour * HOUR_US)
        with self.lake.exclusive("silver"):
            if one.kind == regroups.MOVE:
                report = moves.follow(self.lake, self.engine, at)
            else:
                report = silver.rebuild_hour(self.lake, self.engine, at, artifacts=self._artifacts, still_open=True)
        self._follow(at)
        regroups.hour_done(self.engine, one.regroup_id, one.hour)
        return StageReport(stage="regroup", rows=report.rows, detail={"hours": len(left) - 1, "more": len(ours) - 1})

    def _follow(self, hour: datetime) -> None:
        """Make an hour of the hot tier and the index again, where silver's has changed."""
        hot_since = datetime.now(UTC) - timedelta(days=self._settings.pipeline.hot_days)
        if self._has_olap and hour >= hot_since:  # older hours are in the lake only: making them here would undo retention
            hot.rebuild_hour(self.lake, self.client, hour)
            search.rebuild_hour(self.lake, self.index, hour)

    def _erase(self) -> StageReport:
        """An hour of what people asked to be erased, once nothing newer waits."""
        if any(self.stages[name].detail.get("more") for name in ("silver_events", *OLAP_TABLES) if name in self.stages):
            return StageReport(stage="erasures")
        return erase.advance(self.lake, self.engine, wiring.raw_store(self._settings), self._follow, artifacts=self._artifacts)

    def _retention(self) -> StageReport:
        now = datetime.now(UTC)
        last = self.lake.noted("retention").get("at_us", 0)
        if now.timestamp() - last / 1e6 < RETENTION.total_seconds():
            return StageReport(stage="retention")
        return apply_retention(self.lake, self.engine, self.client, self.index, now=now, hot_days=self._settings.pipeline.hot_days)


def _give_back() -> StageReport:
    """Freed pages go back to the system: batches of payloads leave a hundred megabytes of holes otherwise."""
    pa.default_memory_pool().release_unused()
    return StageReport(stage="memory")
