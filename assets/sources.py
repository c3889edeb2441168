"""What others write: the event log, the registry's decisions, and bronze, which the pipeline process alone can append to."""

from datetime import timedelta

import dagster as dg

from assets.columns import table_metadata
from assets.partitions import HOURLY

OWNERS = ["team:platform"]
FRESH = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=1), warn_window=timedelta(minutes=20))
"""The worker tells of itself every ten minutes at the least: older means that it is not running."""

event_log = dg.AssetSpec(
    "event_log",
    group_name="log",
    owners=OWNERS,
    kinds={"sqlite"},
    description="Every accepted record, durable before the SDK hears 2xx. Kept until every consumer has passed it.",
)
issue_registry = dg.AssetSpec(
    "issue_registry",
    deps=[event_log],
    group_name="registry",
    owners=OWNERS,
    kinds={"sqlite"},
    description="Which issue a fingerprint belongs to, which events repeat others, and what people decided. Written by the alerts process.",
)
bronze_events = dg.AssetSpec(
    "bronze_events",
    deps=[event_log],
    partitions_def=HOURLY,
    group_name="lake",
    owners=OWNERS,
    kinds={"deltalake"},
    description="Every accepted event as it came, after scrubbing. Everything behind it can be rebuilt from it.",
    metadata=table_metadata("bronze_events"),
)
bronze_items = dg.AssetSpec(
    "bronze_items",
    deps=[event_log],
    group_name="lake",
    owners=OWNERS,
    kinds={"deltalake"},
    description="Sessions, feedback, attachments and what ingest refused, after scrubbing. Written with bronze_events, each once.",
    metadata=table_metadata("bronze_items"),
)
SOURCES = (event_log, issue_registry, bronze_events, bronze_items)
