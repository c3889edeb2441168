"""What the warm worker tells Dagster: rows every few seconds without a run, a real run each minute, and what each closed hour holds."""

import logging
import warnings
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg

from assets import audit
from assets.glance import together
from assets.partitions import key_of
from assets.results import glanced
from lake.rows import whole_hour
from lake.watermark import closed_hours, watermark
from orchestration import prune
from orchestration.definitions import defs
from orchestration.instance import open_instance
from orchestration.jobs import INCREMENTAL
from orchestration.line import Line
from orchestration.minute import Minute, glances
from orchestration.resources import PROCESS_TAG, own_mark
from seiche.errors import SeicheError
from seiche.settings import Settings

REPORT_SECONDS = 5.0
"""Each report costs 20 ms and a few rows on disk: per batch it would be the dearest stage at low load."""
IDLE_RUN_SECONDS = 600.0
PRUNE_SECONDS = 600.0
ASSETS_OF = {
    "bronze_events": ("bronze_events",),
    "silver_events": ("silver_events",),
    "events_hot": ("events_hot", "issue_rollups"),
    "search_index": ("search_index",),
    "session_rows": ("session_rows",),
    "gold": ("issues", "fingerprint_map"),
}
HOURLY_TIERS = {
    "bronze_events": "bronze",
    "silver_events": "silver",
    "events_hot": "events_hot",
    "issue_rollups": "issue_rollups",
    "search_index": "search_index",
}
CLOSING_LIMIT = 48
"""Hours that are reported after an interruption; the audit asks for older ones as it goes."""

log = logging.getLogger(__name__)


class Reporter:
    """One worker's voice. Whatever it cannot say must not stop the line: it is logged and said the next time."""

    def __init__(self, settings: Settings, line: Line) -> None:
        self._settings, self._line = settings, line
        self._instance = open_instance(settings)
        self._minute = Minute(line)
        self._job = _job(self._minute)
        self._told = dict.fromkeys(line.stages, 0)
        self._failed: frozenset[str] = frozenset()
        self._looked_at = self._ran_at = self._pruned_at = float("-inf")
        self._rows_at_run = -1
        self._closed_through: datetime | None = None
        self._from = self._run_from = self._newest = whole_hour(self._watermark())
        prune.fail_orphans(self._instance)

    def after_turn(self, now: float) -> None:
        """Say what is due."""
        failed = frozenset(stage.name for stage in self._line.failing)
        newly, self._failed = failed - self._failed, failed
        if not newly and now - self._looked_at < REPORT_SECONDS:
            return
        self._looked_at = now
        try:
            self._newest = whole_hour(self._watermark())
            self._report()
            if newly or self._run_is_due(now):
                self._ran_at = now
                self._run()
            self._close_hours()
            if now - self._pruned_at >= PRUNE_SECONDS:
                self._pruned_at = now
                prune.fail_orphans(self._instance)
                prune.prune(self._instance, datetime.now(UTC))
        except SeicheError as error:
            log.warning("Dagster was not told: %s", error)
        except Exception:
            log.exception("Dagster was not told")

    def close(self) -> None:
        """Say the rest, then let go."""
        self.after_turn(float("inf"))
        self.dispose()

    def dispose(self) -> None:
        """Let go without a word."""
        self._instance.dispose()

    def _watermark(self) -> datetime:
        return watermark(self._line.lake) or datetime.now(UTC)

    def _hours(self, since: datetime) -> list[datetime]:
        """The hours that rows may have come into since: received time does not decrease."""
        return [since + timedelta(hours=step) for step in range(int((self._newest - since) / timedelta(hours=1)) + 1)] or [self._newest]

    def _report(self) -> None:
        grown = {name: stage for name, stage in self._line.stages.items() if stage.total_rows > self._told[name] and name in ASSETS_OF}
        if not grown:
            return
        hours = self._hours(self._from)
        for name, stage in grown.items():
            metadata = {"rows": stage.total_rows - self._told[name], "seconds_of_last_batch": round(stage.seconds, 4)}
            self._told[name] = stage.total_rows
            for asset in ASSETS_OF[name]:
                self._materialized(asset, hours if asset in HOURLY_TIERS else [None], metadata)
        for one in together(glance for hour in hours for glance in glances(self._line, hour)):
            self._instance.report_runless_asset_event(glanced(one))
        self._from = self._newest

    def _materialized(self, asset: str, hours: Iterable[datetime | None], metadata: Mapping[str, Any]) -> None:
        for hour in hours:
            partition = None if hour is None else key_of(hour)
            self._instance.report_runless_asset_event(dg.AssetMaterialization(asset, partition=partition, metadata=dict(metadata)))

    def _run_is_due(self, now: float) -> bool:
        if self._newest != self._run_from:
            return True
        rows = sum(stage.total_rows for stage in self._line.stages.values())
        patience = self._settings.pipeline.dagster_run_seconds if self._failed or rows != self._rows_at_run else IDLE_RUN_SECONDS
        return now - self._ran_at >= patience

    def _run(self) -> None:
        """A real run in this process. A stage that fails fails it, with its error, where people look."""
        self._rows_at_run = sum(stage.total_rows for stage in self._line.stages.values())
        hours = self._hours(self._run_from)[-24:]
        tags = {
            "dagster/asset_partition_range_start": key_of(hours[0]),
            "dagster/asset_partition_range_end": key_of(hours[-1]),
            PROCESS_TAG: own_mark(),
        }
        result = self._job.execute_in_process(
            instance=self._instance,
            tags=tags,
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
        self._run_from = self._newest
        if not result.success:
            log.warning("run %s of what the last minute did has failed: see Dagster", result.run_id)

    def _close_hours(self) -> None:
        """Once an hour is closed, what each tier holds of it is written down without a run, before the audit looks at it."""
        after = timedelta(seconds=self._settings.pipeline.closed_after_seconds)
        through = whole_hour(self._watermark() - after)
        if through == self._closed_through or "events_hot" not in self._line.stages:
            return
        known = self._instance.get_materialized_partitions(dg.AssetKey("bronze_events"))
        noted = set(self._line.lake.noted("closed_hours").get("keys", []))
        closed = {key_of(hour): hour for hour in closed_hours(self._line.lake, after.total_seconds())[-CLOSING_LIMIT:]}
        for key, hour in closed.items():
            if key in noted and key in known:
                continue
            counts = audit.counts(self._line.lake, self._line.client, self._line.index, hour)
            for asset, tier in HOURLY_TIERS.items():
                self._materialized(asset, [hour], {"rows": counts[tier], "closed": True})
        self._line.lake.note("closed_hours", {"keys": list(closed)})
        self._closed_through = through


def _job(minute: Minute) -> dg.JobDefinition:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)
        return dg.Definitions(
            assets=defs.assets,
            asset_checks=defs.asset_checks,
            jobs=defs.jobs,
            resources={"stages": minute},
            executor=dg.in_process_executor,
        ).resolve_job_def(INCREMENTAL)
