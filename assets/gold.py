"""issues and fingerprint_map: what the registry decided, as open tables."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from assets.columns import table_metadata
from assets.results import materialized
from assets.sources import FRESH, OWNERS
from assets.stages import Stages

_SHARED: dict[str, Any] = {"group_name": "lake", "owners": OWNERS, "kinds": {"deltalake"}, "freshness_policy": FRESH}


@dg.multi_asset(
    name="gold",
    specs=[
        dg.AssetSpec(
            "issues",
            deps=["issue_registry"],
            metadata=table_metadata("issues"),
            description="Groups of events with what people decided, as last published from the registry.",
            **_SHARED,
        ),
        dg.AssetSpec(
            "fingerprint_map",
            deps=["issue_registry"],
            metadata=table_metadata("fingerprint_map"),
            description="Which issue a (project, fingerprint) belongs to; joined at read, in the lake and in ClickHouse.",
            **_SHARED,
        ),
    ],
)
def gold(stages: dg.ResourceParam[Stages]) -> Iterator[dg.MaterializeResult[Any]]:
    report = stages.gold()
    yield materialized(report, "issues")
    yield materialized(report, "fingerprint_map")
