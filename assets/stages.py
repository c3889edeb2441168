"""What an asset may ask for. The warm worker answers by advancing tables, a launched run by rebuilding closed hours."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from seiche.errors import InvalidInput

if TYPE_CHECKING:
    import sqlalchemy as sa
    from clickhouse_connect.driver.client import Client

    from assets.expectations import Finding
    from assets.glance import Glance
    from lake.store import Lake, StageReport
    from seiche.artifacts.finder import ArtifactFinder
    from seiche.ports.search_index import SearchIndex


class Stages(Protocol):
    """Each call makes one asset current for the hours of the run."""

    def silver(self, hours: Sequence[datetime]) -> "StageReport": ...

    def gold(self) -> "StageReport": ...

    def hot(self, hours: Sequence[datetime]) -> "StageReport": ...

    def search(self, hours: Sequence[datetime]) -> "StageReport": ...

    def sessions(self, hours: Sequence[datetime]) -> "StageReport": ...

    def retention(self, now: datetime) -> "StageReport": ...

    def audit(self, hour: datetime) -> "Audit": ...

    def glance(self, hour: datetime) -> "Sequence[Glance]": ...

    def expectations(self, hour: datetime) -> "Sequence[Finding]": ...


class Audit(msgspec.Struct, frozen=True):
    """What every tier holds of one closed hour, after gaps were filled, and whether issue counts add up."""

    counts: dict[str, int]
    rebuilt: list[str]
    """Which stages had a gap and were rebuilt."""
    agree: bool
    differing_issues: list[dict[str, Any]]
    """Issues whose count in the registry is not what silver's rows add up to."""


class Rebuild:
    """`Stages` of a launched run. Closed hours only: the running hour belongs to the warm worker."""

    def __init__(
        self,
        lake: "Lake",
        engine: "sa.Engine",
        client: "Client",
        index: "SearchIndex",
        *,
        hot_days: int,
        closed_after_seconds: float,
        artifacts: "ArtifactFinder | None" = None,
    ) -> None:
        self._lake, self._engine, self._client, self._index = lake, engine, client, index
        self._hot_days, self._closed_after_seconds, self._artifacts = hot_days, closed_after_seconds, artifacts

    def silver(self, hours: Sequence[datetime]) -> "StageReport":
        """From bronze, with the decisions that `alerts` has recorded."""
        from lake import silver

        self.refuse_open(hours)
        return summed([silver.rebuild_hour(self._lake, self._engine, hour, artifacts=self._artifacts) for hour in hours])

    def gold(self) -> "StageReport":
        """The registry's issues and map, into the lake and ClickHouse."""
        from lake import gold, hot

        report = gold.publish(self._lake, self._engine)
        report.detail["clickhouse_map"] = hot.publish_map(self._engine, self._client).rows
        return report

    def hot(self, hours: Sequence[datetime]) -> "StageReport":
        """`events_hot` and its rollups, from silver."""
        from lake import hot

        self.refuse_open(hours)
        return summed([hot.rebuild_hour(self._lake, self._client, hour) for hour in self._kept_hot(hours)])

    def search(self, hours: Sequence[datetime]) -> "StageReport":
        """The full-text index, from silver."""
        from lake import search

        self.refuse_open(hours)
        return summed([search.rebuild_hour(self._lake, self._index, hour) for hour in self._kept_hot(hours)])

    def sessions(self, hours: Sequence[datetime]) -> "StageReport":
        """`session_rows`, from bronze."""
        from lake import sessions

        self.refuse_open(hours)
        return summed([sessions.rebuild_hour(self._lake, self._client, hour) for hour in self._kept_hot(hours)])

    def retention(self, now: datetime) -> "StageReport":
        """What is older than its tier keeps goes."""
        return apply_retention(self._lake, self._engine, self._client, self._index, now=now, hot_days=self._hot_days)

    def audit(self, hour: datetime) -> Audit:
        """Compare the tiers, rebuild what has a gap, compare again."""
        from assets import audit

        self.refuse_open([hour])
        before = audit.counts(self._lake, self._client, self._index, hour)
        gaps = audit.gaps(before) if self._kept_hot([hour]) else []
        for stage in gaps:
            getattr(self, stage)([hour])
        after = audit.counts(self._lake, self._client, self._index, hour) if gaps else before
        differing = audit.differing_issues(self._lake, self._engine)
        return Audit(counts=after, rebuilt=gaps, agree=not self._kept_hot([hour]) or not audit.gaps(after), differing_issues=differing)

    def glance(self, hour: datetime) -> "Sequence[Glance]":
        """The quick checks of one hour."""
        from assets import glance

        hot = glance.hot(self._lake, self._client, hour) if self._kept_hot([hour]) else []
        return [*glance.silver(self._lake, hour), *hot]

    def expectations(self, hour: datetime) -> "Sequence[Finding]":
        """What Great Expectations finds in silver's hour."""
        from assets import expectations

        self.refuse_open([hour])
        return expectations.validate_hour(self._lake, hour)

    def refuse_open(self, hours: Sequence[datetime]) -> None:
        """Raises `InvalidInput` naming the open hours and the newest closed one."""
        from lake.watermark import is_closed, watermark

        still_open = [hour for hour in hours if not is_closed(self._lake, hour, self._closed_after_seconds)]
        if not still_open:
            return
        mark = watermark(self._lake)
        raise InvalidInput(
            f"{', '.join(f'{hour:%Y-%m-%d %H:00}' for hour in still_open)} (UTC) may still grow, so a launched run leaves it to the"
            f" pipeline process: bronze's watermark is {f'{mark:%Y-%m-%d %H:%M:%S}' if mark else 'not set yet'} and an hour closes"
            f" {self._closed_after_seconds:.0f} s after its end; {self._newest_closed(mark)}",
            reason="open_hour",
        )

    def _newest_closed(self, mark: datetime | None) -> str:
        if mark is None:
            return "no hour is closed yet"
        newest = (mark - timedelta(seconds=self._closed_after_seconds)).replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
        return f"launch it for hours up to {newest:%Y-%m-%d %H:00}"

    def _kept_hot(self, hours: Sequence[datetime]) -> list[datetime]:
        """Older hours are in the lake only: rebuilding them here would undo retention."""
        from lake.watermark import watermark

        mark = watermark(self._lake)
        return [hour for hour in hours if mark is None or hour >= mark - timedelta(days=self._hot_days)]


def apply_retention(
    lake: "Lake", engine: "sa.Engine", client: "Client", index: "SearchIndex", *, now: datetime, hot_days: int
) -> "StageReport":
    """Retention, and a note that it was done: whoever comes next within a day need not."""
    from lake import retention

    report = retention.apply(lake, engine, client, index, now=now, hot_days=hot_days)
    lake.note("retention", {"at_us": int(now.timestamp() * 1e6)})
    return report


def summed(reports: "Sequence[StageReport]") -> "StageReport":
    """One report of several hours."""
    from lake.store import StageReport

    return StageReport(
        stage=reports[0].stage if reports else "none",
        rows=sum(report.rows for report in reports),
        detail={"hours": {report.detail["hour"]: report.rows for report in reports}},
    )
