from datetime import UTC, datetime

import dagster as dg

from assets.partitions import HOURLY, hour_of, hourly, hours_of, key_of


def test_a_key_names_its_hour():
    hour = datetime(2026, 11, 24, 23, tzinfo=UTC)
    assert key_of(hour) == "2026-11-24-23:00"
    assert hour_of(key_of(hour)) == hour


def test_the_running_hour_is_a_partition():
    now = datetime.now(UTC)
    keys = HOURLY.get_partition_keys(current_time=now)
    assert keys[-1] == key_of(now.replace(minute=0))


def test_a_run_over_a_range_marks_each_hour_and_finds_them_oldest_first():
    seen = []

    @hourly(dg.asset)
    def anything(context: dg.AssetExecutionContext) -> None:
        seen.extend(hours_of(context))

    tags = {"dagster/asset_partition_range_start": "2026-11-20-22:00", "dagster/asset_partition_range_end": "2026-11-21-01:00"}
    with dg.DagsterInstance.ephemeral() as instance:
        assert dg.materialize([anything], instance=instance, tags=tags).success
        found = instance.get_materialized_partitions(dg.AssetKey("anything"))
    assert [key_of(hour) for hour in seen] == ["2026-11-20-22:00", "2026-11-20-23:00", "2026-11-21-00:00", "2026-11-21-01:00"]
    assert found == {key_of(hour) for hour in seen}
