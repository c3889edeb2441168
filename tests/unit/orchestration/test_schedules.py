from datetime import UTC, datetime

from orchestration.schedules import HOURS_PER_TICK, due

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
