"""What canaries say of the line, and where Seiche's own project is and is not."""

import pytest

from seiche.cli import accounts
from seiche.cli.supervisor.prepare import make_registry
from seiche.model.canary import AFTER, OWN_PROJECT, Canary, fresh, judge
from seiche.registry import canaries, projects
from seiche.registry.engine import read
from seiche.registry.tables import AlertRuleRow
from seiche.settings import load_settings
from seiche.wiring import registry_engine

S = 1_000_000
MINUTE = 60 * S
NOW = 1000 * MINUTE
TIMES = dict(zip(AFTER, (20_000, 21_000, 200_000, 900_000, 1_000_000, 1_200_000, 1_300_000), strict=True))


def verdict(*sent: Canary, now_us: int = NOW):
    return judge(sent, now_us=now_us, every_seconds=60, late_seconds=30)


def sent(minutes_ago: float, *, behind: tuple[str, ...] = tuple(AFTER), problem: str = "") -> Canary:
    at_us = NOW - int(minutes_ago * MINUTE)
    return Canary(f"{at_us:032x}", at_us, {hop: TIMES[hop] if hop in behind else None for hop in AFTER}, problem)


def test_all_is_well() -> None:
    slow = sent(1)
    slow = slow.seen(["searchable"], after_us=4 * S)
    found = verdict(slow, sent(0.5))
    assert (found.problem, found.stalled) == ("", ())
    assert [hop.name for hop in found.hops] == list(AFTER)
    assert (found.hops[-1].seconds, found.hops[-1].slowest_seconds) == (1.3, 4.0)
    assert found.last_through_us == found.hops[-1].passed_at_us == NOW - MINUTE // 2 + 1_300_000


def test_one_on_its_way_is_no_problem() -> None:
    found = verdict(sent(1), sent(0.3, behind=("accepted", "logged")))
    assert found.stalled == ()
    assert found.last_sent_us == NOW - int(0.3 * MINUTE)


def test_a_stalled_hop_is_named_with_its_time() -> None:
    """The oldest that waits says since when; what follows the hop is not blamed."""
    held = ("accepted", "logged", "bronze")
    found = verdict(sent(3), sent(2, behind=held), sent(1, behind=held, problem="the registry is locked"))
    assert found.stalled == ("decided",)
    assert found.hops[2].stalled_since_us == NOW - 2 * MINUTE + TIMES["logged"]
    assert "waits before decided" in found.problem
    assert "the registry is locked" in found.problem


def test_two_branches_of_the_line_stall_apart() -> None:
    found = verdict(sent(1, behind=tuple(AFTER)[:5]))
    assert found.stalled == ("analytics", "searchable")


def test_one_that_was_refused_is_forgotten_when_a_later_one_passes() -> None:
    refused = sent(2, behind=(), problem="ingest answers 503")
    assert verdict(sent(3), refused).stalled == ("accepted",)
    assert verdict(sent(3), refused, sent(1)).problem == ""


def test_silence_is_a_problem_too() -> None:
    assert "no canary was sent of late" in verdict(sent(3.1)).problem
    assert verdict().problem == ""


def test_without_analytics_the_line_is_shorter() -> None:
    one = fresh("a" * 32, sent_at_us=0, analytics=False)
    assert list(one.hops) == list(AFTER)[:5]
    assert one.next_hops() == ["accepted"]
    assert one.seen(one.hops, after_us=1).through


@pytest.fixture
def settings(tmp_path):
    return load_settings(data=tmp_path)


@pytest.fixture
def engine(settings):
    assert make_registry(settings, {"admin_email": "a@seiche.test", "admin_password": "x"}) == []
    return registry_engine(settings.registry_url)


def test_its_project_is_nobodys(engine, settings) -> None:
    """Made once, with a key that ingest knows; the first project of people is 1 all the same, and no list or sum has the other."""
    key = canaries.own_key(engine)
    assert canaries.own_key(engine) == key
    assert projects.find_key(engine, key).project_id == OWN_PROJECT
    made = projects.create_project(engine, "Shop")
    assert made.id == 1
    listed = make_registry(settings, {"admin_email": "a@seiche.test", "admin_password": "x"})
    assert [project["slug"] for project in listed] == ["shop"]
    assert list(accounts.counted(engine).kept_since) == [made.id]
    with read(engine) as session:
        assert {row.project_id for row in session.query(AlertRuleRow)} == {made.id}


def test_times_are_kept_for_a_day(engine) -> None:
    for minutes_ago in (1500, 2, 1):
        canaries.save(engine, sent(minutes_ago, behind=("accepted",)))
    canaries.save(engine, sent(1))
    assert canaries.newest(engine) == [sent(2, behind=("accepted",)), sent(1)]
    assert list(canaries.newest(engine)[0].hops) == list(AFTER)
