"""Dagster's tables in Postgres and its compute logs in S3, by configuration alone."""

import dagster as dg
import obstore
import psycopg
import pytest
from dagster_aws.s3 import S3ComputeLogManager
from dagster_postgres.event_log import PostgresEventLogStorage

from orchestration.instance import open_instance
from orchestration.prune import compact
from seiche.backends.object_store import open_store
from seiche.settings import Settings
from seiche.testing import servers
from seiche.testing.product import settings_from


@pytest.fixture
def settings(tmp_path, monkeypatch) -> Settings:
    for name in ("DAGSTER_HOME", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
        monkeypatch.setenv(name, "elsewhere")  # `open_instance` sets them: give them back afterwards
    servers.bucket()
    with servers.fresh_database() as url:
        yield settings_from(tmp_path, servers.product_environment(url))


@dg.asset(partitions_def=dg.StaticPartitionsDefinition(["a", "b"]))
def thing() -> dg.MaterializeResult:
    print("said while it was made")
    return dg.MaterializeResult(metadata={"rows": 3})


def test_runs_and_logs_are_kept_on_the_servers(settings: Settings) -> None:
    with open_instance(settings) as instance:
        assert isinstance(instance.event_log_storage, PostgresEventLogStorage)
        assert isinstance(instance.compute_log_manager, S3ComputeLogManager)
        result = dg.materialize([thing], instance=instance, partition_key="a")
        for rows in (4, 5):
            instance.report_runless_asset_event(dg.AssetMaterialization("thing", partition="b", metadata={"rows": rows}))
        from datetime import UTC, datetime

        compact(instance.event_log_storage, datetime.now(UTC))
    with open_instance(settings) as again:
        assert again.get_materialized_partitions(dg.AssetKey("thing")) == {"a", "b"}
        assert again.get_run_by_id(result.run_id).status is dg.DagsterRunStatus.SUCCESS
    with psycopg.connect(settings.registry_url) as connection:
        (runs,) = connection.execute("SELECT count(*) FROM dagster.runs").fetchone()
        (reports,) = connection.execute("SELECT count(*) FROM dagster.event_logs WHERE run_id = ''").fetchone()
    assert (runs, reports) == (1, 1)
    written = [entry["path"] for batch in obstore.list(open_store(settings.lake_url, settings.lake_options)) for entry in batch]
    said = [path for path in written if path.endswith(".out")]
    assert said, written
    assert b"said while it was made" in bytes(obstore.get(open_store(settings.lake_url, settings.lake_options), said[0]).bytes())
