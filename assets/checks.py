"""The asset checks: quick ones of the hours of a run, and Great Expectations of closed hours."""

from collections.abc import Iterator

import dagster as dg

from assets.expectations import RULES
from assets.glance import MEANINGS
from assets.partitions import hourly_check, hours_of, key_of
from assets.results import expected, glanced
from assets.stages import Stages

# Both yield evaluations, not results: a result has no partition where a run is about several hours.


@dg.multi_asset_check(
    name="quick_checks",
    specs=[hourly_check(name, asset, description=meaning) for (asset, name), meaning in MEANINGS.items()],
    can_subset=True,
    description="Row counts and ids of the hours of the run",
)
def quick_checks(context: dg.AssetCheckExecutionContext, stages: dg.ResourceParam[Stages]) -> Iterator[dg.AssetCheckEvaluation]:
    for hour in hours_of(context):
        for glance in stages.glance(hour):
            if dg.AssetCheckKey(dg.AssetKey(glance.asset), glance.check) in context.selected_asset_check_keys:
                yield glanced(glance, key_of(hour))


@dg.multi_asset_check(
    name="expectations",
    specs=[hourly_check(name, "silver_events", description=rule.meaning) for name, rule in RULES.items()],
    can_subset=True,
    description="Great Expectations over every row of each closed hour",
)
def expectations(context: dg.AssetCheckExecutionContext, stages: dg.ResourceParam[Stages]) -> Iterator[dg.AssetCheckEvaluation]:
    for hour in hours_of(context):
        for finding in stages.expectations(hour):
            if dg.AssetCheckKey(dg.AssetKey("silver_events"), finding.name) in context.selected_asset_check_keys:
                yield expected(finding, key_of(hour))
