"""The hot tier in ClickHouse: events_hot and issue_rollups, the search index beside them, and the rows of sessions."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from assets.columns import table_metadata
from assets.partitions import hourly, hours_of
from assets.results import materialized
from assets.sources import FRESH, OWNERS
from assets.stages import Stages

_SHARED: dict[str, Any] = {"group_name": "hot_tier", "owners": OWNERS, "kinds": {"clickhouse"}, "freshness_policy": FRESH}


@hourly(
    dg.multi_asset,
    name="hot_tier",
    specs=[
        dg.AssetSpec(
            "events_hot",
            deps=["silver_events"],
            metadata=table_metadata("events_hot"),
            description="One row per stored event of the last weeks, without repeats. Can be dropped and rebuilt from silver.",
            **_SHARED,
        ),
        dg.AssetSpec(
            "issue_rollups",
            deps=["events_hot"],
            metadata=table_metadata("issue_rollups"),
            description="Counts and users per fingerprint, hour, release, environment and level: sparklines and the users column.",
            **_SHARED,
        ),
    ],
)
def hot_tier(context: dg.AssetExecutionContext, stages: dg.ResourceParam[Stages]) -> Iterator[dg.MaterializeResult[Any]]:
    report = stages.hot(hours_of(context))
    yield materialized(report, "events_hot")
    yield materialized(report, "issue_rollups")


@hourly(
    dg.asset,
    deps=["silver_events"],
    metadata=table_metadata("search_index"),
    description="The words of title, message, frames and breadcrumbs of the hot tier. Can be dropped and rebuilt from silver.",
    **_SHARED,
)
def search_index(context: dg.AssetExecutionContext, stages: dg.ResourceParam[Stages]) -> dg.MaterializeResult[Any]:
    return materialized(stages.search(hours_of(context)))


@hourly(
    dg.asset,
    deps=["bronze_items"],
    metadata=table_metadata("session_rows"),
    description="What SDKs say of sessions: states of single ones, and counts by the minute. Release health is computed from it at read.",
    **_SHARED,
)
def session_rows(context: dg.AssetExecutionContext, stages: dg.ResourceParam[Stages]) -> dg.MaterializeResult[Any]:
    return materialized(stages.sessions(hours_of(context)))
