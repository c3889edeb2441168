"""The asset checks: quick ones of the hours of a run, and Great Expectations of closed hours."""

from collections.abc import Iterator

import dagster as dg

from assets.expectations import RULES
from assets.glance import MEANINGS, together
from assets.partitions import hourly_check, hours_of, key_of
from assets.results import expected
from assets.stages import Stages


@dg.multi_asset_check(
    name="quick_checks",
    specs=[dg.AssetCheckSpec(name, asset=asset, description=meaning) for (asset, name), meaning in MEANINGS.items()],
    can_subset=True,
    description="Row counts and ids of the hours of the run",
)
def quick_checks(context: dg.AssetCheckExecutionContext, stages: dg.ResourceParam[Stages]) -> Iterator[dg.AssetCheckResult]:
    for glance in together(glance for hour in hours_of(context) for glance in stages.glance(hour)):
        if dg.AssetCheckKey(dg.AssetKey(glance.asset), glance.check) in context.selected_asset_check_keys:
            yield dg.AssetCheckResult(asset_key=glance.asset, check_name=glance.check, passed=glance.passed, metadata=dict(glance.detail))


@dg.multi_asset_check(
    name="expectations",
    specs=[hourly_check(name, "silver_events", description=rule.meaning) for name, rule in RULES.items()],
    can_subset=True,
    description="Great Expectations over every row of each closed hour",
)
def expectations(
    context: dg.AssetCheckExecutionContext, stages: dg.ResourceParam[Stages]
) -> Iterator[dg.AssetCheckResult | dg.AssetCheckEvaluation]:
    for hour in hours_of(context):
        for finding in stages.expectations(hour):
            if dg.AssetCheckKey(dg.AssetKey("silver_events"), finding.name) in context.selected_asset_check_keys:
                yield expected(finding, key_of(hour), one_hour=context.has_partition_key)
