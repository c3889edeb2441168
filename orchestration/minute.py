"""`Stages` of the warm worker: in its own runs the assets tell what the last minute did, and a failing stage fails where people see it."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NoReturn

from assets import glance
from assets.stages import Audit
from lake.store import StageReport
from orchestration.line import Line
from seiche.errors import InvalidInput

if TYPE_CHECKING:
    from assets.expectations import Finding


class Minute:
    """What each stage wrote since the last run, and a last call of it."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._told = {name: stage.total_rows for name, stage in line.stages.items()}

    def silver(self, hours: Sequence[datetime]) -> StageReport:
        """Bronze is nobody's asset to run: what stops it shows here."""
        bronze = self._line.stages["bronze_events"]
        if bronze.failures:
            self._line.run("bronze_events")
        return self._tell("silver_events", hours)

    def gold(self) -> StageReport:
        return self._tell("gold", [])

    def hot(self, hours: Sequence[datetime]) -> StageReport:
        return self._tell("events_hot", hours)

    def search(self, hours: Sequence[datetime]) -> StageReport:
        return self._tell("search_index", hours)

    def sessions(self, hours: Sequence[datetime]) -> StageReport:
        return self._tell("session_rows", hours)

    def glance(self, hour: datetime) -> list[glance.Glance]:
        """The quick checks of one hour."""
        return glances(self._line, hour)

    def retention(self, now: datetime) -> NoReturn:
        raise _not_here("retention", now)

    def audit(self, hour: datetime) -> Audit:
        raise _not_here("the audit", hour)

    def expectations(self, hour: datetime) -> "Sequence[Finding]":
        raise _not_here("Great Expectations", hour)

    def _tell(self, name: str, hours: Sequence[datetime]) -> StageReport:
        if name not in self._line.stages:
            return StageReport(stage=name, detail={"left_out": "the product runs without analytics"})
        self._line.run(name)
        stage = self._line.stages[name]
        rows, self._told[name] = stage.total_rows - self._told[name], stage.total_rows
        detail = {**stage.detail, "seconds_of_last_batch": round(stage.seconds, 4), "hours": [hour.isoformat() for hour in hours]}
        return StageReport(stage=name, rows=rows, detail=detail)


def glances(line: Line, hour: datetime) -> list[glance.Glance]:
    """Silver's, and the hot tier's where ClickHouse is well: where it is not, its stage says so."""
    stage = line.stages.get("events_hot")
    hot = [] if stage is None or stage.failures else glance.hot(line.lake, line.client, hour)
    return [*glance.silver(line.lake, hour), *hot]


def _not_here(what: str, moment: datetime) -> InvalidInput:
    return InvalidInput(f"{what} of {moment:%Y-%m-%d %H:%M} belongs to a launched run, in a process of its own")
