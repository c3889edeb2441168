"""What a batch means for the registry."""

import threading
import time
from unittest.mock import patch

import pytest
import sqlalchemy as sa

from alerts import decide
from seiche.errors import StoreUnavailable
from seiche.model.alert import Trigger
from seiche.model.issue import IssueStatus
from seiche.model.outcome import Outcome, Tally
from seiche.registry import sightings
from seiche.registry.engine import read, write
from seiche.registry.issues import change_status
from seiche.registry.share import Share
from seiche.registry.tables import (
    Activity,
    ConsumerOffset,
    DuplicateRow,
    FingerprintRow,
    Issue,
    IssueFacet,
    OutboxRow,
    OutcomeCount,
    Project,
)

START_US = 1_764_000_000_000_000
HOUR_US = 3_600_000_000


def position(bench) -> int:
    with read(bench.engine) as session:
        return sightings.position(session, 0)


def test_events_become_numbered_issues_with_exact_counts(bench) -> None:
    bench.log.append(
        *(bench.event(release="shop@1.0", environment="production") for _ in range(3)), bench.event(kind="KeyError", level="warning")
    )
    assert bench.consumer().step(0)
    first, second = bench.rows(Issue)
    assert (first.number, first.count, first.type, first.title) == (1, 3, "ValueError", "ValueError: bad")
    assert first.culprit == "shop.cart in total"
    assert (second.number, second.count, second.level, second.status, second.substatus) == (2, 1, "warning", "unresolved", "new")
    assert (first.first_offset, first.last_offset, first.first_event_id, first.last_event_id) == (0, 2, f"{1:032x}", f"{3:032x}")
    assert (first.first_release, first.last_release) == ("shop@1.0", "shop@1.0")
    facets = {(row.facet, row.value): row.count for row in bench.rows(IssueFacet, IssueFacet.issue_id == first.id)}
    assert facets == {("release", "shop@1.0"): 3, ("environment", "production"): 3, ("level", "error"): 3}
    why = bench.rows(FingerprintRow, FingerprintRow.issue_id == first.id)[0]
    assert (why.rule, why.map_version, why.components) == (
        "unseen",
        1,
        [["type", "ValueError"], ["place", "shop.cart"], ["function", "total"], ["message begins", "bad"]],
    )
    assert [row.kind for row in bench.rows(Activity)] == ["issue_new", "issue_new"]
    project = bench.rows(Project)[0]
    assert (project.next_issue_number, project.map_version, project.first_event_at_us) == (3, 1, START_US)
    assert (position(bench), bench.log.acks) == (4, {"alerts": 4})


def test_later_batches_add_up_and_receipts_are_counted(bench) -> None:
    consumer = bench.consumer()
    for _ in range(3):
        bench.log.append(bench.event(), bench.event(timestamp=START_US / 1e6 - 60))
        consumer.step(0)
    (issue,) = bench.rows(Issue)
    assert (issue.count, issue.first_seen_us, issue.last_seen_us) == (6, START_US - 60_000_000, START_US)
    assert [(row.outcome, row.category, row.quantity) for row in bench.rows(OutcomeCount)] == [
        ("received", "error", 6),
        ("stored", "error", 6),
    ]
    assert not consumer.step(0)


def test_outcome_records_are_folded(bench) -> None:
    def tally(outcome, quantity):
        return Tally(
            bench.project.id, bench.project.public_key, "error", outcome, "" if outcome == Outcome.RECEIVED else "too_large", 7, quantity
        )

    bench.log.append(bench.outcomes(tally(Outcome.RECEIVED, 3), tally(Outcome.INVALID, 3)), bench.outcomes(tally(Outcome.INVALID, 2)))
    bench.consumer().step(0)
    assert {(row.outcome, row.reason, row.quantity) for row in bench.rows(OutcomeCount)} == {
        ("received", "", 3),
        ("invalid", "too_large", 5),
    }


def test_repeats_are_duplicates_in_a_batch_across_batches_and_after_a_restart(bench) -> None:
    one = bench.event(event_id="a" * 32)
    bench.log.append(one, one)
    consumer = bench.consumer()
    consumer.step(0)
    bench.log.append(one)
    consumer.step(0)
    bench.log.append(one, bench.event(event_id="a" * 32, project_id=bench.project.id))
    bench.consumer().step(0)
    assert [row.offset for row in bench.rows(DuplicateRow)] == [1, 2, 3, 4]
    assert bench.rows(Issue)[0].count == 1
    assert {row.outcome: (row.public_key, row.quantity) for row in bench.rows(OutcomeCount)} == {
        outcome: (bench.project.public_key, quantity) for outcome, quantity in (("received", 5), ("stored", 1), ("duplicate", 4))
    }


def test_a_repeat_after_the_window_is_looked_up_where_its_own_time_is_old(bench) -> None:
    asked = []

    def stored_before(project_id, event_ids):
        asked.append((project_id, sorted(event_ids)))
        return {"a" * 32: (0, 0), "c" * 32: (0, 2)}

    bench.log.append(bench.event(event_id="a" * 32))
    consumer = bench.consumer(stored_before=stored_before)
    consumer.step(0)
    later = START_US + 2 * HOUR_US
    old = START_US / 1e6
    bench.log.append(
        bench.event(event_id="a" * 32, at_us=later, timestamp=old),
        bench.event(event_id="c" * 32, at_us=later, timestamp=old),
        bench.event(event_id="b" * 32, at_us=later),
    )
    consumer.step(0)
    assert asked == [(bench.project.id, ["a" * 32, "c" * 32])]
    # "c" is found at its own offset only: the hot tier is ahead of a restored registry, that is no repeat.
    assert [row.offset for row in bench.rows(DuplicateRow)] == [1]


def test_without_the_hot_tier_nothing_is_decided_until_it_answers(bench) -> None:
    answers = [StoreUnavailable("away"), {}]

    def stored_before(project_id, event_ids):
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    bench.log.append(bench.event(timestamp=START_US / 1e6 - 7200))
    consumer = bench.consumer(stored_before=stored_before)
    with pytest.raises(StoreUnavailable):
        consumer.step(0)
    assert (position(bench), bench.rows(Issue)) == (0, [])
    consumer.step(0)
    assert (position(bench), len(bench.rows(Issue)), bench.rows(DuplicateRow)) == (1, 1, [])


def test_what_cannot_be_normalised_is_one_issue_and_stops_nothing(bench) -> None:
    bench.log.append(bench.event(b"{"), bench.event(), bench.event(b"\xff"))
    bench.consumer().step(0)
    bad, good = bench.rows(Issue)
    assert (bad.title, bad.count, good.count) == ("Unprocessable event", 2, 1)
    assert "not JSON" in bad.value
    assert (bench.rows(FingerprintRow, FingerprintRow.issue_id == bad.id)[0].components)[0][0] == "reason"


def test_a_batch_that_the_registry_refuses_is_taken_one_by_one(bench) -> None:
    bench.log.append(bench.event(), bench.event(kind="Poison"), bench.event())
    real = decide.fold.new_issue

    def refuse(first, *, now_us):
        issue = real(first, now_us=now_us)
        if first.grouping.type == "Poison":
            issue.title = None
        return issue

    consumer = bench.consumer()
    with patch.object(decide.fold, "new_issue", refuse):
        assert consumer.step(0)
    assert {issue.title: issue.count for issue in bench.rows(Issue)} == {"ValueError: bad": 2, "Unprocessable event": 1}
    assert position(bench) == 3
    assert "offset 1" in consumer.progress.report()["last_error"]


@pytest.mark.parametrize("step", ["add_outcomes", "move"])
def test_an_error_rolls_everything_back(bench, step) -> None:
    bench.log.append(bench.event(), bench.event())
    consumer = bench.consumer()
    with patch.object(sightings, step, side_effect=StoreUnavailable("locked")), pytest.raises(StoreUnavailable):
        consumer.step(0)
    assert (bench.rows(Issue), bench.rows(OutcomeCount), bench.rows(Activity), position(bench)) == ([], [], [], 0)
    consumer.step(0)
    assert (bench.rows(Issue)[0].count, bench.rows(DuplicateRow)) == (2, [])


def test_two_consumers_cannot_both_decide(bench) -> None:
    bench.log.append(bench.event())
    first, second = bench.consumer(), bench.consumer()
    first.step(0)
    with write(bench.engine) as session, pytest.raises(StoreUnavailable, match="another alerts consumer"):
        sightings.move(session, 0, 0, 1, now_us=1)
    assert not second.step(0)
    assert bench.rows(Issue)[0].count == 1


def test_a_partition_that_comes_back_is_known_anew(bench) -> None:
    """Another process had it meanwhile: what this one remembers of repeats and of likeness is old."""
    bench.log.append(bench.event())
    first, second = bench.consumer(), bench.consumer()
    first.step(0)
    bench.log.append(bench.event(event_id="a" * 32), bench.event(function="other"))
    second.step(0)
    bench.log.append(bench.event(event_id="a" * 32), bench.event(function="other"))
    first.step(0)
    assert [row.event_id for row in bench.rows(DuplicateRow)] == ["a" * 32]
    assert sorted(issue.count for issue in bench.rows(Issue)) == [2, 2]


def test_a_consumer_works_on_its_share_as_it_is_now(bench) -> None:
    bench.log.append(bench.event())
    share, stop = Share(2, 2), threading.Event()
    consumer = bench.consumer(share_now=lambda: share)

    def turn(*_: object) -> None:
        stop.set()

    for expected in (0, 1):
        stop.clear()
        with patch.object(consumer, "_age", turn), patch.object(stop, "wait", turn):
            consumer.run(stop)
        assert position(bench) == expected
        share = Share(1, 2)


def test_a_quiet_log_costs_no_transaction(bench) -> None:
    bench.log.append(bench.event())
    consumer, stop, turns, reads = bench.consumer(), threading.Event(), [], []

    def turn(*_: object) -> None:
        turns.append(bench.log.reads)
        if len(turns) == 4:
            bench.log.append(bench.event())
        if len(turns) == 5:
            stop.set()

    sa.event.listen(bench.engine, "begin", lambda _: reads.append(len(turns)))
    with patch.object(consumer, "_age", turn), patch.object(stop, "wait", lambda *_: None):
        consumer.run(stop)
    assert {0, 4} <= set(reads)
    assert not {1, 2, 3} & set(reads)
    assert position(bench) == 2
    assert consumer.progress.report()["lag"] == 0


def test_a_lost_stretch_is_counted_and_passed_over(bench) -> None:
    bench.log.append(*(bench.event() for _ in range(5)))
    bench.log.start = 3
    consumer = bench.consumer()
    assert consumer.step(0)
    assert consumer.step(0)
    (gap,) = bench.rows(Activity, Activity.kind == "log_gap")
    assert (gap.data["lost"], gap.data["to"], gap.issue_id) == (3, 3, None)
    assert (bench.rows(Issue)[0].count, position(bench), consumer.progress.report()["counts"]["lost"]) == (2, 5, 3)


def test_retention_during_the_rebuild_moves_nothing(bench) -> None:
    bench.log.append(*(bench.event() for _ in range(5)))
    bench.consumer().step(0)
    bench.log.append(bench.event())
    consumer = bench.consumer()
    real, bench.log.start = bench.log.start_offset, 3
    with patch.object(bench.log, "start_offset", side_effect=[0, 3]):
        assert consumer.step(0)
    assert position(bench) == 5
    assert real(0) == 3
    assert consumer.step(0)
    assert (position(bench), bench.rows(Issue)[0].count, bench.rows(Activity, Activity.kind == "log_gap")) == (6, 6, [])


def test_events_of_projects_that_do_not_exist_stop_nothing(bench) -> None:
    bench.log.append(bench.event(project_id=99), bench.event())
    bench.consumer().step(0)
    assert [issue.count for issue in bench.rows(Issue)] == [1]
    assert position(bench) == 2


def resolve(bench, status=IssueStatus.RESOLVED) -> None:
    (issue,) = bench.rows(Issue)
    with write(bench.engine) as session:
        change_status(session, issue.id, status, actor="a@seiche.test", reason="fixed", now_us=bench.now_us)


def test_a_resolved_issue_comes_back_by_a_newer_event_only(bench) -> None:
    consumer = bench.consumer()
    bench.log.append(bench.event(release="shop@1.9.0"))
    consumer.step(0)
    bench.now_us += HOUR_US
    resolve(bench)
    after = bench.now_us / 1e6 + 5
    bench.now_us += 10_000_000
    bench.log.append(bench.event(release="shop@1.9.0", timestamp=after - 60), bench.event(release="shop@1.8.0", timestamp=after))
    consumer.step(0)
    (issue,) = bench.rows(Issue)
    assert (issue.status, issue.count) == ("resolved", 3)
    bench.log.append(bench.event(release="shop@1.10.0", timestamp=after))
    consumer.step(0)
    (issue,) = bench.rows(Issue)
    assert (issue.status, issue.substatus, issue.count, issue.resolved_at_us) == ("unresolved", "regressed", 4, None)
    assert [row.kind for row in bench.rows(Activity)] == ["issue_new", "status_changed", "issue_regressed"]


def test_an_ignored_issue_stays_ignored_and_counts(bench) -> None:
    consumer = bench.consumer()
    bench.log.append(bench.event())
    consumer.step(0)
    resolve(bench, IssueStatus.IGNORED)
    bench.now_us += HOUR_US
    bench.log.append(bench.event())
    consumer.step(0)
    (issue,) = bench.rows(Issue)
    assert (issue.status, issue.count) == ("ignored", 2)


def test_rules_write_the_outbox_with_deterministic_ids(bench) -> None:
    new, every = bench.rule(Trigger.NEW_ISSUE, Trigger.EVENT), bench.rule(Trigger.EVENT, levels=("fatal",), cooldown_seconds=60)
    bench.rule(Trigger.NEW_ISSUE, environments=("staging",))
    bench.rule(Trigger.NEW_ISSUE, enabled=False) and bench.rule(Trigger.REGRESSION)
    with write(bench.engine) as session:
        session.execute(sa.text("update alert_rules set enabled = 0 where id = (select max(id) - 1 from alert_rules)"))
    consumer = bench.consumer()
    bench.log.append(bench.event(level="fatal", release="1.0"), bench.event())
    consumer.step(0)
    sent = {row.rule_id: row for row in bench.rows(OutboxRow)}
    assert set(sent) == {new, every}
    said = sent[new].payload
    assert (said["type"], said["data"]["title"], said["data"]["issue"]["short_id"]) == ("issue.created", "ValueError: bad", "SHOP-1")
    assert said["data"]["url"] == f"http://seiche.test/issues/{sent[new].issue_id}"
    assert [line["code"] for line in said["data"]["frame"]["lines"]] == ["def total():", "x = 1 / 0", "return x"]
    assert said["data"]["frame"]["lines"][1]["number"] == said["data"]["frame"]["lineno"] == 7
    assert sent[every].payload["type"] == "issue.event"
    bench.now_us += 30_000_000
    bench.log.append(bench.event(level="fatal"))
    consumer.step(0)
    bench.now_us += 40_000_000
    bench.log.append(bench.event(level="fatal"))
    consumer.step(0)
    assert [row.rule_id for row in bench.rows(OutboxRow)].count(every) == 2
    assert [row.rule_id for row in bench.rows(OutboxRow)].count(new) == 3
    assert len({row.delivery_id for row in bench.rows(OutboxRow)}) == 5


def test_it_runs_until_told_to_stop_and_commits_at_most_four_times_a_second(bench) -> None:
    consumer, stop = bench.consumer(), threading.Event()
    thread = threading.Thread(target=consumer.run, args=(stop,))
    thread.start()
    for _ in range(60):
        bench.log.append(bench.event())
        stop.wait(0.01)
    give_up = time.monotonic() + 20
    while position(bench) < 60 and thread.is_alive() and time.monotonic() < give_up:
        stop.wait(0.02)
    stop.set()
    thread.join(5)
    assert not thread.is_alive()
    report = consumer.progress.report()
    assert (report["offset"], report["lag"], report["counts"]["events"], report["last_error"]) == (60, 0, 60, "")
    assert report["counts"]["commits"] <= 8
    assert bench.rows(ConsumerOffset)[0].offset == 60
