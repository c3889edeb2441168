"""A consumer that was away for longer than the log keeps its records: bronze has most of them still."""

from unittest.mock import patch

import pytest

from alerts import decide
from seiche.errors import StoreUnavailable
from seiche.model.alert import Trigger
from seiche.model.outcome import Outcome, Tally
from seiche.registry import sightings
from seiche.registry.engine import read
from seiche.registry.tables import Activity, Issue, OutboxRow, OutcomeCount
from tests.unit.alerts.conftest import Bench


def position(bench: Bench) -> int:
    with read(bench.engine) as session:
        return sightings.position(session, 0)


def bronze(bench: Bench, reached: int, *, at_once: int = 3, with_outcomes: bool = True):
    """Bronze that has read the log up to `reached`; older versions wrote no outcome records."""

    def refill(partition: int, start: int, end: int):
        stop = max(start, min(end, reached, start + at_once))
        found = bench.log.records[start:stop]
        return found if with_outcomes else [stored for stored in found if stored.record.kind != "outcomes"], stop

    return refill


def test_what_bronze_has_becomes_issues_and_the_rest_is_counted(bench) -> None:
    bench.log.append(*(bench.event(kind=f"Error{number % 2}") for number in range(10)))
    bench.log.start = 8
    consumer = bench.consumer(refill=bronze(bench, 6))
    while consumer.step(0):
        pass
    assert sorted(issue.count for issue in bench.rows(Issue)) == [4, 4]
    (gap,) = bench.rows(Activity, Activity.kind == "log_gap")
    assert (gap.data["from"], gap.data["to"], gap.data["lost"]) == (6, 8, 2)
    (told,) = bench.rows(Activity, Activity.kind == "log_refilled")
    assert (told.data, told.project_id) == ({"partition": 0, "from": 0, "to": 6, "events": 6}, bench.project.id)
    counts = consumer.progress.report()["counts"]
    assert (counts["refilled"], counts["lost"], counts["events"], position(bench)) == (6, 2, 8, 10)
    received = [row.quantity for row in bench.rows(OutcomeCount, OutcomeCount.outcome == "received")]
    assert sum(received) == 8


def test_people_are_told_once_by_each_rule(bench) -> None:
    bench.rule(Trigger.NEW_ISSUE)
    bench.log.append(*(bench.event(kind=f"Error{number}") for number in range(5)), bench.event(kind="Fresh"))
    bench.log.start = 5
    consumer = bench.consumer(refill=bronze(bench, 5))
    consumer.step(0)
    (digest,) = bench.rows(OutboxRow)
    assert "5 new, of events that had left the log" in digest.payload["data"]["why"]
    assert digest.payload["data"]["issue"]["type"] == "Error0"
    consumer.step(0)
    assert len(bench.rows(OutboxRow)) == 2
    assert len(bench.rows(Issue)) == 6


def test_repeats_are_told_from_what_the_hot_tier_has(bench) -> None:
    bench.log.append(bench.event(event_id="a" * 32), bench.event(event_id="b" * 32), bench.event(event_id="b" * 32))
    bench.log.start = 2
    seen = {"a" * 32: (0, -1)}
    consumer = bench.consumer(
        refill=bronze(bench, 2), stored_before=lambda _project, asked: {one: seen[one] for one in asked if one in seen}
    )
    while consumer.step(0):
        pass
    assert [issue.count for issue in bench.rows(Issue)] == [1]
    assert consumer.progress.report()["counts"]["duplicates"] == 2


def test_what_was_refused_meanwhile_is_counted_once(bench) -> None:
    def tally(outcome: Outcome, quantity: int) -> Tally:
        return Tally(bench.project.id, bench.project.public_key, "error", outcome, "", 1, quantity)

    refusals = bench.outcomes(tally(Outcome.RECEIVED, 7), tally(Outcome.FILTERED, 7))
    bench.log.append(bench.event(), refusals, bench.event(), refusals, bench.event())
    bench.log.start = 4
    consumer = bench.consumer(refill=bronze(bench, 4))
    while consumer.step(0):
        pass
    counted: dict[str, int] = {}
    for row in bench.rows(OutcomeCount):
        counted[row.outcome] = counted.get(row.outcome, 0) + row.quantity
    assert counted == {"received": 3 + 14, "stored": 3, "filtered": 14}
    assert consumer.progress.report()["counts"]["refilled"] == 4


def test_one_bad_event_among_holes_stops_nothing(bench) -> None:
    tally = Tally(bench.project.id, bench.project.public_key, "error", Outcome.FILTERED, "x", 1, 1)
    bench.log.append(bench.event(), bench.outcomes(tally), bench.event(kind="Poison"), bench.outcomes(tally), bench.outcomes(tally))
    bench.log.start = 5
    real = decide.fold.new_issue

    def refuse(first, *, now_us):
        issue = real(first, now_us=now_us)
        if first.grouping.type == "Poison":
            issue.title = None
        return issue

    consumer = bench.consumer(refill=bronze(bench, 5, with_outcomes=False))
    with patch.object(decide.fold, "new_issue", refuse):
        assert consumer.step(0)
    assert {issue.title: issue.count for issue in bench.rows(Issue)} == {"ValueError: bad": 1, "Unprocessable event": 1}
    assert position(bench) == 5


def test_bronze_that_does_not_answer_is_waited_for(bench) -> None:
    bench.log.append(*(bench.event() for _ in range(4)))
    bench.log.start = 3

    def away(*_asked):
        raise StoreUnavailable("the lake is away")

    with pytest.raises(StoreUnavailable):
        bench.consumer(refill=away).step(0)
    assert (position(bench), bench.rows(Activity, Activity.kind == "log_gap")) == (0, [])
