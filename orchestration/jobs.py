"""The jobs: what a minute of the warm worker did, the audit of a closed hour, retention, and a rebuild by hand."""

import dagster as dg

from assets.checks import expectations, quick_checks
from assets.gold import gold
from assets.hot import hot_tier, search_index, session_rows
from assets.silver import silver_events
from assets.upkeep import closed_hours, retention

KIND_TAG = "seiche/kind"
INCREMENTAL = "incremental"

_line = dg.AssetSelection.assets(silver_events, gold, hot_tier, search_index, session_rows).without_checks()

incremental = dg.define_asset_job(
    INCREMENTAL,
    selection=_line | dg.AssetSelection.checks(quick_checks),
    tags={KIND_TAG: INCREMENTAL},
    description="What the pipeline process did in the last minute. It runs this itself, in its own process: do not launch it.",
)
audit = dg.define_asset_job(
    "audit",
    selection=dg.AssetSelection.assets(closed_hours) | dg.AssetSelection.checks(expectations),
    tags={KIND_TAG: "audit"},
    description="One closed hour: compare all tiers, fill gaps, recount issues, run Great Expectations.",
)
retain = dg.define_asset_job(
    "retain",
    selection=dg.AssetSelection.assets(retention),
    tags={KIND_TAG: "retention"},
    description="Drop what each tier and project no longer keeps.",
)
rebuild = dg.define_asset_job(
    "rebuild",
    selection=_line,
    tags={KIND_TAG: "rebuild"},
    description="Make closed hours again from bronze: silver, gold, the hot tier, rollups, sessions and the search index.",
)


@dg.op(config_schema={"regroup_id": int}, description="Builds the next fingerprint map, switches, and makes the closed hours again.")
def regroup_history(context: dg.OpExecutionContext) -> None:
    from orchestration.regroup import run
    from seiche.settings import load_settings

    context.add_output_metadata(run(load_settings(), int(context.op_config["regroup_id"]), context.log.info))


@dg.job(
    name="regroup",
    tags={KIND_TAG: "regroup"},
    description="Applies other grouping settings to history. Asked for in the project's grouping settings or by `seiche regroup apply`.",
)
def regroup() -> None:
    regroup_history()


JOBS = (incremental, audit, retain, rebuild, regroup)
