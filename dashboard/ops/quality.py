"""Is the data right: Dagster's check results, and the same questions asked of silver as it lies there now. No Streamlit here."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import polars as pl

from lake.reader import LakeReader
from seiche.errors import StoreUnavailable

CHECKS_QUERY = """
query Checks {
  assetNodes {
    assetKey { path }
    assetChecksOrError {
      __typename
      ... on AssetChecks {
        checks {
          name
          description
          executionForLatestMaterialization {
            status
            timestamp
            evaluation {
              success
              severity
              partition
              metadataEntries { label ... on IntMetadataEntry { intValue } ... on TextMetadataEntry { text } }
            }
          }
        }
      }
    }
  }
}
"""
CHECK_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "asset": pl.String,
    "check": pl.String,
    "state": pl.String,
    "at": pl.Datetime("us", "UTC"),
    "partition": pl.String,
    "detail": pl.String,
}


def dagster_checks(url: str, timeout_seconds: float = 5.0) -> pl.DataFrame:
    """Every asset check and its last result, as Dagster's own GraphQL tells it. Raises `StoreUnavailable`."""
    try:
        answer = httpx.post(f"{url.rstrip('/')}/graphql", json={"query": CHECKS_QUERY}, timeout=timeout_seconds)
        answer.raise_for_status()
        body = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise StoreUnavailable(f"Dagster does not answer at {url}: {error}; start `seiche up` without `--without dagster`") from error
    if body.get("errors"):
        raise StoreUnavailable(f"Dagster refused the question: {body['errors'][0].get('message', '')}")
    rows = [_check_row(node, check) for node in body["data"]["assetNodes"] for check in node["assetChecksOrError"].get("checks", [])]
    return pl.DataFrame(rows, schema=CHECK_SCHEMA).sort("asset", "check")


def _check_row(node: dict[str, Any], check: dict[str, Any]) -> dict[str, Any]:
    execution = check["executionForLatestMaterialization"] or {}
    evaluation = execution.get("evaluation") or {}
    status = execution.get("status", "")
    state = {"": "never run", "IN_PROGRESS": "running", "SUCCEEDED": "passed", "EXECUTION_FAILED": "broke", "SKIPPED": "skipped"}.get(
        status, "failed"
    )
    if state == "failed" and evaluation.get("severity") == "WARN":
        state = "warned"
    entries = [f"{entry['label']}: {entry.get('intValue', entry.get('text'))}" for entry in evaluation.get("metadataEntries", [])]
    timestamp = execution.get("timestamp")
    return {
        "asset": "/".join(node["assetKey"]["path"]),
        "check": check["name"],
        "state": state,
        "at": None if timestamp is None else datetime.fromtimestamp(timestamp, UTC),
        "partition": evaluation.get("partition"),
        "detail": "; ".join(entry for entry in entries if not entry.endswith(": None")) or check.get("description") or "",
    }


def silver_checks(lake: LakeReader, hours: float, now: datetime) -> pl.DataFrame:
    """Facts about silver of the last `hours`: check, failing rows, rows looked at, meaning. Raises `NotFound` before the first batch."""
    since = now - timedelta(hours=hours)
    silver = lake.table("silver_events").filter(pl.col("received_date") >= since.date(), pl.col("received_at") >= since)
    stored = ~pl.col("duplicate")
    key = pl.struct("log_partition", "log_offset")
    identity = pl.struct("project_id", "event_id")
    facts = silver.select(
        rows=pl.len(),
        offsets_twice=pl.len() - key.n_unique(),
        events_twice=stored.sum() - identity.filter(stored).n_unique(),
        without_fingerprint=(pl.col("fingerprint").is_null() | (pl.col("fingerprint") == "")).sum(),
        unprocessable=pl.col("unprocessable").is_not_null().sum(),
        date_differs=(pl.col("received_at").dt.date() != pl.col("received_date")).sum(),
        hour_differs=(pl.col("received_at").dt.hour() != pl.col("received_hour")).sum(),
        from_the_future=(pl.col("occurred_at") > pl.col("received_at") + pl.duration(minutes=1)).sum(),
    ).collect()
    looked_at = facts["rows"].item()
    unmapped = lake.events(since=since).select(pl.col("issue_id").is_null().sum()).collect().item()
    rows = [(name, meaning, int(facts[name].item())) for name, meaning in SILVER_CHECKS.items()]
    rows.append(("without_issue", "events whose fingerprint leads to no issue: the map is behind, or was lost", int(unmapped)))
    frame = pl.DataFrame(rows, schema={"check": pl.String, "meaning": pl.String, "failing": pl.Int64}, orient="row")
    return frame.with_columns(
        rows=pl.lit(looked_at, pl.Int64), state=pl.when(pl.col("failing") == 0).then(pl.lit("passed")).otherwise(pl.lit("failed"))
    )


SILVER_CHECKS = {
    "offsets_twice": "rows that repeat a place in the log: silver was written twice",
    "events_twice": "stored events that repeat a (project, event id): duplicate detection missed them",
    "without_fingerprint": "rows that no issue can own",
    "unprocessable": "rows whose normalising raised: see Ingestion",
    "date_differs": "rows in the wrong partition: retention and backfills would miss them",
    "hour_differs": "rows in the wrong hour: backfills would miss them",
    "from_the_future": "rows that happened a minute or more after they were received: clock drift was not corrected",
}
