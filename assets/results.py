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


def glanced(glance: "Glance") -> dg.AssetCheckEvaluation:
    """A quick check's result, as it is reported without a run. Not of a partition: Dagster takes one such report for each only once."""
    return dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey(glance.asset), check_name=glance.check, passed=glance.passed, metadata=dict(glance.detail)
    )


def expected(finding: "Finding", partition: str, *, one_hour: bool) -> dg.AssetCheckResult | dg.AssetCheckEvaluation:
    """An expectation's result for one hour. A result has no partition where a run is about several hours: hence the evaluation."""
    asset, severity = dg.AssetKey("silver_events"), dg.AssetCheckSeverity.WARN if finding.warn_only else dg.AssetCheckSeverity.ERROR
    metadata: dict[str, Any] = {
        "rows": finding.rows,
        "unexpected": finding.unexpected,
        "examples": ", ".join(finding.examples),
        "hour": partition,
    }
    if one_hour:
        return dg.AssetCheckResult(asset_key=asset, check_name=finding.name, passed=finding.passed, severity=severity, metadata=metadata)
    return dg.AssetCheckEvaluation(
        asset_key=asset, check_name=finding.name, passed=finding.passed, severity=severity, metadata=metadata, partition=partition
    )
