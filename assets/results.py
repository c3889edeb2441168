"""A stage's report as Dagster's materialisation."""

from typing import TYPE_CHECKING, Any

import dagster as dg

if TYPE_CHECKING:
    from assets.expectations import Finding
    from assets.glance import Glance
    from lake.store import StageReport


def metadata_of(report: "StageReport") -> dict[str, Any]:
    """Rows, and whatever else the stage told."""
    return {"rows": report.rows, **{name: value for name, value in report.detail.items() if isinstance(value, int | str | dict)}}


def materialized(report: "StageReport", asset: str | None = None) -> dg.MaterializeResult[Any]:
    """What the asset returns."""
    return dg.MaterializeResult(asset_key=asset, metadata=metadata_of(report))


def glanced(glance: "Glance", partition: str) -> dg.AssetCheckEvaluation:
    """A quick check's result for one hour."""
    return dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey(glance.asset),
        check_name=glance.check,
        passed=glance.passed,
        metadata={**glance.detail, "hour": partition},
        partition=partition,
    )


def expected(finding: "Finding", partition: str) -> dg.AssetCheckEvaluation:
    """An expectation's result for one hour."""
    return dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey("silver_events"),
        check_name=finding.name,
        passed=finding.passed,
        severity=dg.AssetCheckSeverity.WARN if finding.warn_only else dg.AssetCheckSeverity.ERROR,
        metadata={"rows": finding.rows, "unexpected": finding.unexpected, "examples": ", ".join(finding.examples), "hour": partition},
        partition=partition,
    )
