"""What Dagster serves: every asset, check, job and schedule. Importing it touches no file, no variable and no network."""

import dagster as dg

from assets.checks import expectations, quick_checks
from assets.gold import gold
from assets.hot import hot_tier, search_index, session_rows
from assets.silver import silver_events
from assets.sources import SOURCES
from assets.upkeep import closed_hours, retention
from orchestration.jobs import JOBS
from orchestration.resources import rebuild_stages
from orchestration.schedules import SCHEDULES
from orchestration.sensors import regroups_waiting

defs = dg.Definitions(
    assets=[*SOURCES, silver_events, gold, hot_tier, search_index, session_rows, closed_hours, retention],
    asset_checks=[quick_checks, expectations],
    jobs=JOBS,
    schedules=SCHEDULES,
    sensors=[regroups_waiting],
    resources={"stages": rebuild_stages},
    executor=dg.in_process_executor,
)
