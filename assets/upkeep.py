"""closed_hours: the audit of an hour once nothing can be added to it. retention: what is too old goes."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from assets.partitions import HOURLY, hour_of, hourly_check, key_of
from assets.results import materialized
from assets.sources import OWNERS
from assets.stages import Stages

DIFFERENCES_SHOWN = 20


@dg.asset(
    deps=["silver_events", "events_hot", "issue_rollups", "search_index"],
    partitions_def=HOURLY,
    check_specs=[
        hourly_check("tiers_agree", "closed_hours", description="bronze, silver, the hot tier, rollups and index hold the same events"),
        hourly_check("issue_counts_agree", "closed_hours", description="each issue's count is what silver's rows add up to"),
    ],
    description="The audit of each closed hour: compares all tiers row by row, rebuilds what has a gap, and recounts every issue.",
    group_name="upkeep",
    owners=OWNERS,
    kinds={"python"},
)
def closed_hours(context: dg.AssetExecutionContext, stages: dg.ResourceParam[Stages]) -> Iterator[dg.MaterializeResult[Any]]:
    hour = hour_of(context.partition_key)
    audit = stages.audit(hour)
    rebuilt = ("silver_events",) * ("silver" in audit.rebuilt) + ("events_hot", "issue_rollups") * ("hot" in audit.rebuilt)
    for name in (*rebuilt, *("search_index",) * ("search" in audit.rebuilt)):
        filled: dict[str, Any] = {"rebuilt_by": "closed_hours", **audit.counts}
        context.log_event(dg.AssetMaterialization(asset_key=name, partition=key_of(hour), metadata=filled))
    shown = audit.differing_issues[:DIFFERENCES_SHOWN]
    yield dg.MaterializeResult(
        metadata={**audit.counts, "rebuilt": ", ".join(audit.rebuilt) or "nothing"},
        check_results=[
            dg.AssetCheckResult(check_name="tiers_agree", passed=audit.agree, metadata=dict(audit.counts)),
            dg.AssetCheckResult(
                check_name="issue_counts_agree",
                passed=not audit.differing_issues,
                metadata={"differing": len(audit.differing_issues), "issues": dg.MetadataValue.json(shown)},
            ),
        ],
    )


@dg.asset(
    deps=["bronze_events", "silver_events", "events_hot", "search_index"],
    description="Drops the hot tier's and index's oldest hours, and each project's rows that are past its own retention.",
    group_name="upkeep",
    owners=OWNERS,
    kinds={"python"},
)
def retention(stages: dg.ResourceParam[Stages]) -> dg.MaterializeResult[Any]:
    return materialized(stages.retention(datetime.now(UTC)))
