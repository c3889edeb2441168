from datetime import UTC, datetime

import dagster as dg

from orchestration.definitions import defs
from orchestration.schedules import AUDITED, BRONZE, HOURS_PER_TICK, audit_closed_hours, due

NOW = datetime(2026, 11, 24, 12, 6, tzinfo=UTC)


def test_the_hour_that_has_just_closed_is_due():
    assert due({"2026-11-24-11:00", "2026-11-24-12:00"}, set(), NOW) == ["2026-11-24-11:00"]


def test_not_before_its_five_minutes_are_over():
    assert due({"2026-11-24-11:00"}, set(), NOW.replace(minute=4)) == []


def test_hours_without_events_and_audited_hours_are_left_alone():
    assert due({"2026-11-24-09:00", "2026-11-24-11:00"}, {"2026-11-24-11:00"}, NOW) == ["2026-11-24-09:00"]


def test_after_an_interruption_the_newest_come_first_and_a_week_is_the_limit():
    month = {f"2026-11-{day:02}-{hour:02}:00" for day in range(1, 25) for hour in range(24)}
    found = due(month, set(), NOW)
    assert len(found) == HOURS_PER_TICK
    assert found[-1] == "2026-11-24-11:00"
    assert due({"2026-11-10-10:00"}, set(), NOW) == []


def test_a_tick_asks_for_each_hour_once(instance):
    with dg.build_schedule_context(instance=instance, scheduled_execution_time=NOW, repository_def=defs.get_repository_def()) as context:
        assert audit_closed_hours.evaluate_tick(context).skip_message == "no hour with events has closed since the last audit"
        for hour in ("2026-11-24-10:00", "2026-11-24-11:00", "2026-11-24-12:00"):
            instance.report_runless_asset_event(dg.AssetMaterialization(BRONZE, partition=hour))
        instance.report_runless_asset_event(dg.AssetMaterialization(AUDITED, partition="2026-11-24-10:00"))
        requests = audit_closed_hours.evaluate_tick(context).run_requests
    assert [(request.partition_key, request.run_key) for request in requests] == [("2026-11-24-11:00", "2026-11-24-11:00@2026-11-24T12")]
    assert audit_closed_hours.default_status is dg.DefaultScheduleStatus.RUNNING
