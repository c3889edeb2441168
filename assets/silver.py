"""silver_events: one row per accepted event, normalised and grouped."""

from typing import Any

import dagster as dg

from assets.columns import table_metadata
from assets.partitions import hourly, hours_of
from assets.results import materialized
from assets.sources import FRESH, OWNERS
from assets.stages import Stages


@hourly(
    dg.asset,
    deps=["bronze_events", "issue_registry"],
    group_name="lake",
    owners=OWNERS,
    kinds={"deltalake", "python"},
    freshness_policy=FRESH,
    metadata=table_metadata("silver_events"),
    description="One row per accepted event: normalised, grouped, repeats flagged. Launched runs rebuild closed hours from bronze.",
)
def silver_events(context: dg.AssetExecutionContext, stages: dg.ResourceParam[Stages]) -> dg.MaterializeResult[Any]:
    return materialized(stages.silver(hours_of(context)))
