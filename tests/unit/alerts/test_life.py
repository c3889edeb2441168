"""What events do to issues that people decided about, and rules that count: exactly, however the log is cut into batches."""

from unittest.mock import patch

import pytest

from query_api.issues.similar import by_stack
from seiche.errors import StoreUnavailable
from seiche.model.alert import Trigger
from seiche.model.issue import Ignoring, IssueStatus, ResolvedIn
from seiche.registry import counters, groups, moves, ownership, sightings, similar, teams
from seiche.registry.engine import read, write
from seiche.registry.groups import Who
from seiche.registry.issues import Decision, decide, find
from seiche.registry.lifecycle_tables import IssueCounter
from seiche.registry.regroup_tables import FingerprintHour
from seiche.registry.release_queries import set_commits
from seiche.registry.tables import Activity, Issue, OutboxRow

HOUR_US, SECOND_US = 3_600_000_000, 1_000_000


def decided(bench, status, **how) -> None:
    (issue,) = bench.rows(Issue)
    with write(bench.engine) as session:
        decide(session, find(session, issue.id), Decision(status=status, **how), actor="a@seiche.test", reason="", now_us=bench.now_us)


def send(bench, consumer, *events, step=True) -> Issue:
    """Events a second apart, one batch; the issue after it."""
    for fields in events:
        bench.now_us += SECOND_US
        bench.log.append(bench.event(**fields))
    if step:
        consumer.step(0)
    return bench.rows(Issue)[0]


def last(bench) -> tuple[str, str]:
    entry = bench.rows(Activity)[-1]
    return entry.kind, entry.reason


def test_resolved_in_the_next_release(bench) -> None:
    consumer = bench.consumer()
    send(bench, consumer, {"release": "shop@1.0"}, {"release": "shop@1.1"})
    decided(bench, IssueStatus.RESOLVED, how=ResolvedIn.NEXT_RELEASE)
    for _ in range(3):
        issue = send(bench, consumer, {"release": "shop@1.0"}, {"release": "shop@1.1"}, {"release": "shop@1.0.5"}, {})
        assert issue.status == "resolved"
    issue = send(bench, consumer, {"release": "shop@1.0"}, {"release": "shop@1.2"}, {"release": "shop@1.1"})
    assert (issue.status, issue.substatus, issue.resolved_in) == ("unresolved", "regressed", "")
    assert last(bench) == ("issue_regressed", "an event of shop@1.2, resolved in the release after shop@1.1: shop@1.2 is newer")


def test_resolved_by_a_commit_counts_in_the_first_release_that_holds_it(bench) -> None:
    consumer = bench.consumer()
    send(bench, consumer, {"release": "shop@1.0"})
    decided(bench, IssueStatus.RESOLVED, how=ResolvedIn.COMMIT, commit="abcdef1")
    with write(bench.engine) as session:
        organization_id = session.get_one(sightings.Project, bench.project.id).organization_id
        for version in ("shop@1.2", "shop@1.3"):
            set_commits(session, organization_id, version, [{"commit_id": "abcdef1" + "0" * 33, "patch_set": []}])
    assert (
        send(bench, consumer, {"release": "shop@1.3", "kind": "KeyError"}, {"release": "shop@1.2", "kind": "KeyError"}).status == "resolved"
    )
    assert send(bench, consumer, {"release": "shop@1.1"}).status == "resolved", "newer, but without the fix"
    assert send(bench, consumer, {"release": "shop@1.2"}).status == "unresolved"


def test_the_order_of_releases_survives_whatever_becomes_of_issues(bench) -> None:
    """A release that only a deleted issue was seen in still has its place."""
    consumer = bench.consumer()
    send(bench, consumer, {"release": "alpha", "kind": "KeyError"}, {"release": "beta"})
    with write(bench.engine) as session:
        session.delete(session.get_one(Issue, bench.rows(Issue)[0].id))
    decided(bench, IssueStatus.RESOLVED)
    assert send(bench, consumer, {"release": "alpha"}).status == "resolved"
    assert send(bench, consumer, {"release": "beta"}).status == "unresolved"


@pytest.mark.parametrize("batches", [1, 10])
def test_ignored_until_so_many_events(bench, batches) -> None:
    consumer = bench.consumer()
    send(bench, consumer, {})
    decided(bench, IssueStatus.IGNORED, ignoring=Ignoring(at_us=0, events=10))
    for number in range(10):
        issue = send(bench, consumer, {}, step=batches == 10)
        if batches == 10:
            assert (issue.status == "ignored") == (number < 9)
    consumer.step(0)
    (issue,) = bench.rows(Issue)
    assert (issue.status, issue.substatus, issue.count, issue.ignoring) == ("unresolved", "reopened", 11, None)
    assert last(bench) == ("issue_unignored", "10 events since it was ignored")
    assert bench.rows(Activity)[-1].data["event_id"] == f"{11:032x}"


def test_ignored_until_so_many_users_in_a_window(bench) -> None:
    consumer = bench.consumer()
    send(bench, consumer, {})
    decided(bench, IssueStatus.IGNORED, ignoring=Ignoring(at_us=0, users=2, window_seconds=60))
    assert send(bench, consumer, {"user": {"id": "ada"}}, {"user": {"id": "ada"}}, {}).status == "ignored"
    bench.now_us += 120 * SECOND_US
    assert send(bench, consumer, {"user": {"id": "bob"}}).status == "ignored", "ada is outside the window"
    assert send(bench, consumer, {"user": {"id": "ada"}}).status == "unresolved"
    assert last(bench) == ("issue_unignored", "2 users within 60 s since it was ignored")


def test_what_was_under_way_when_it_was_ignored_does_not_count(bench) -> None:
    consumer = bench.consumer()
    send(bench, consumer, {})
    before = bench.now_us
    bench.now_us += HOUR_US
    decided(bench, IssueStatus.IGNORED, ignoring=Ignoring(at_us=0, events=1))
    bench.log.append(bench.event(at_us=before))
    consumer.step(0)
    assert bench.rows(Issue)[0].status == "ignored"
    assert send(bench, consumer, {}).status == "unresolved"


def test_ignoring_again_counts_anew(bench) -> None:
    consumer = bench.consumer()
    send(bench, consumer, {})
    decided(bench, IssueStatus.IGNORED, ignoring=Ignoring(at_us=0, events=3))
    send(bench, consumer, {}, {})
    decided(bench, IssueStatus.UNRESOLVED)
    decided(bench, IssueStatus.IGNORED, ignoring=Ignoring(at_us=0, events=3))
    assert send(bench, consumer, {}, {}).status == "ignored"
    assert send(bench, consumer, {}).status == "unresolved"


def test_time_ends_ignoring_by_the_next_event_or_by_itself(bench) -> None:
    bench.rule(Trigger.UNIGNORED)
    consumer = bench.consumer()
    send(bench, consumer, {})
    for by_event in (True, False):
        decided(bench, IssueStatus.IGNORED, ignoring=Ignoring(at_us=0, until_us=bench.now_us + HOUR_US))
        bench.now_us += HOUR_US
        if by_event:
            send(bench, consumer, {})
        else:
            bench.consumer()._age()
        (issue,) = bench.rows(Issue)
        assert issue.status == "unresolved"
        assert last(bench) == ("issue_unignored", "the time it was ignored for is over")
    first, second = bench.rows(OutboxRow)
    assert first.delivery_id != second.delivery_id
    for row in (first, second):
        assert row.payload["data"]["why"] == "an ignored issue came back: the time it was ignored for is over (rule: rule)"
        assert row.payload["data"]["frame"]["function"] == "total"


def test_what_comes_back_after_its_events_left_the_log_is_told_as_well(bench) -> None:
    bench.rule(Trigger.UNIGNORED)
    consumer = bench.consumer()
    send(bench, consumer, {"release": "shop@1"})
    decided(bench, IssueStatus.IGNORED, ignoring=Ignoring(at_us=0, until_us=bench.now_us + HOUR_US))
    bench.now_us += HOUR_US
    bench.log.records, bench.log.start = [], 0
    bench.consumer()._age()
    (row,) = bench.rows(OutboxRow)
    assert (row.payload["data"]["frame"], row.payload["data"]["event"]["release"]) == (None, "shop@1")


def test_counters_move_with_the_offset_or_not_at_all(bench) -> None:
    """A batch that fails at its very end, and is taken again, counts once."""
    bench.rule(Trigger.FREQUENCY, events=4, window_seconds=3600)
    consumer = bench.consumer()
    send(bench, consumer, {})
    decided(bench, IssueStatus.IGNORED, ignoring=Ignoring(at_us=0, events=4))
    send(bench, consumer, {}, {}, step=False)
    for _ in range(3):
        with patch.object(sightings, "move", side_effect=StoreUnavailable("away")), pytest.raises(StoreUnavailable):
            consumer.step(0)
    consumer.step(0)
    assert (bench.rows(Issue)[0].status, bench.rows(OutboxRow)) == ("ignored", [])
    send(bench, bench.consumer(), {})
    assert (bench.rows(Issue)[0].status, len(bench.rows(OutboxRow))) == ("ignored", 1), "the rule's fourth is the ignoring's third"
    assert send(bench, bench.consumer(), {}).status == "unresolved"
    repeated = bench.log.records[-1].record
    bench.log.append(repeated, repeated, repeated)
    bench.consumer().step(0)
    assert len(bench.rows(OutboxRow)) == 1, "duplicates count nowhere"


@pytest.mark.parametrize("size", [1, 3, 7])
def test_frequency_fires_at_exactly_the_threshold_however_batches_fall(bench, size) -> None:
    bench.rule(Trigger.FREQUENCY, events=7, window_seconds=600, levels=("error",))
    consumer, fired = bench.consumer(), []
    for start in range(0, 21, size):
        # Every second event is an info, which the rule does not count.
        send(bench, consumer, *({"level": "error"} for _ in range(size)))
        send(bench, consumer, *({"level": "info"} for _ in range(size)))
        if len(bench.rows(OutboxRow)) > len(fired):
            fired.append(start + size)
    assert [row.payload["type"] for row in bench.rows(OutboxRow)] == ["issue.frequency"] * 3
    assert fired == {1: [7, 14, 21], 3: [9, 15, 21], 7: [7, 14, 21]}[size]
    assert "7 events within 600 s" in bench.rows(OutboxRow)[0].payload["data"]["why"]


def test_a_window_forgets(bench) -> None:
    bench.rule(Trigger.FREQUENCY, events=3, window_seconds=60)
    consumer = bench.consumer()
    for _ in range(5):
        send(bench, consumer, {}, {})
        bench.now_us += 60 * SECOND_US
    assert bench.rows(OutboxRow) == []
    send(bench, consumer, {}, {}, {})
    assert len(bench.rows(OutboxRow)) == 1


def test_users_fires_at_the_nth_different_user(bench) -> None:
    bench.rule(Trigger.USERS, users=3, window_seconds=86_400)
    consumer = bench.consumer()
    send(bench, consumer, *({"user": {"id": name}} for name in ("ada", "bob", "ada", "bob")))
    send(bench, consumer, {}, {"kind": "KeyError", "user": {"id": "eve"}})
    assert bench.rows(OutboxRow) == []
    send(bench, consumer, {"user": {"id": "eve"}})
    (row,) = bench.rows(OutboxRow)
    assert (row.payload["type"], row.issue_id) == ("issue.users", bench.rows(Issue)[0].id)


def test_escalation_against_its_own_past(bench) -> None:
    bench.rule(Trigger.ESCALATING)
    bench.now_us = bench.now_us // HOUR_US * HOUR_US
    consumer = bench.consumer()
    send(bench, consumer, *({} for _ in range(10)))
    assert send(bench, consumer, *({} for _ in range(90))).substatus == "new", "what has no past does not escalate"
    bench.now_us += 100 * HOUR_US
    assert send(bench, consumer, *({} for _ in range(300))).substatus == "new", "no more than three times its busiest hour"
    issue = send(bench, consumer, {})
    assert (issue.substatus, issue.priority, issue.priority_reason) == ("escalating", "high", "error, escalating")
    assert last(bench) == ("issue_escalating", "301 events this hour; the busiest hour of the week before had 100")
    assert send(bench, consumer, *({} for _ in range(50))).substatus == "escalating"
    assert [row.payload["type"] for row in bench.rows(OutboxRow)] == ["issue.escalating"]
    bench.now_us += 24 * HOUR_US
    bench.consumer()._age()
    assert (bench.rows(Issue)[0].substatus, last(bench)) == ("ongoing", ("issue_ongoing", "escalating for 1 day"))
    assert [row.count for row in bench.rows(FingerprintHour)] == [100, 351]
    bench.now_us += 200 * HOUR_US
    bench.consumer()._age()
    assert bench.rows(FingerprintHour) == []


def test_after_a_merge_escalation_and_rules_count_both_and_undoing_it_gives_each_its_own(bench) -> None:
    bench.rule(Trigger.FREQUENCY, Trigger.ESCALATING, events=6, window_seconds=3600)
    bench.now_us = bench.now_us // HOUR_US * HOUR_US
    consumer, other = bench.consumer(), {"kind": "KeyError"}
    send(bench, consumer, *({} for _ in range(5)), *(other for _ in range(4)))
    one, two = (issue.id for issue in bench.rows(Issue))
    with write(bench.engine) as session:
        change = groups.merge(session, bench.project.id, [one, two], Who("ana", "", bench.now_us))
    send(bench, consumer, other)
    assert [(row.issue_id, row.payload["type"]) for row in bench.rows(OutboxRow)] == [(one, "issue.frequency")], "five and four and one"
    send(bench, consumer, {}, {}, {})
    with write(bench.engine) as session:
        moves.undo(session, bench.project.id, change.id, Who("ana", "", bench.now_us))
    send(bench, consumer, other)
    assert len(bench.rows(OutboxRow)) == 1, "four before and one now"
    send(bench, consumer, other)
    assert [row.issue_id for row in bench.rows(OutboxRow)] == [one, two]
    with read(bench.engine) as session:
        hour = bench.now_us // HOUR_US
        assert counters.hours_of(session, {(one, hour), (two, hour)}, 1) == {(one, hour): 8, (two, hour): 7}
        assert counters.busiest_before(session, one, hour + 1) == 8
    with write(bench.engine) as session:
        groups.merge(session, bench.project.id, [one, two], Who("ana", "", bench.now_us))
    bench.now_us += 100 * HOUR_US
    assert send(bench, consumer, *({} for _ in range(45))).substatus == "new", "three times the busiest hour of both"
    assert send(bench, consumer, {}).substatus == "escalating"
    assert last(bench)[1] == "46 events this hour; the busiest hour of the week before had 15"


def test_ignored_until_it_escalates(bench) -> None:
    bench.rule(Trigger.UNIGNORED)
    consumer = bench.consumer()
    send(bench, consumer, {})
    bench.now_us += 48 * HOUR_US
    decided(bench, IssueStatus.IGNORED, ignoring=Ignoring(at_us=0, escalating=True))
    assert send(bench, consumer, *({} for _ in range(19))).status == "ignored"
    issue = send(bench, consumer, {})
    assert (issue.status, issue.substatus) == ("unresolved", "escalating")
    assert [row.kind for row in bench.rows(Activity)[-2:]] == ["issue_unignored", "issue_escalating"]
    (row,) = bench.rows(OutboxRow)
    assert row.payload["type"] == "issue.unignored"


def test_priority_follows_the_facts(bench) -> None:
    def exception(handled):
        return {"exception": {"values": [{"type": "E", "value": "v", "mechanism": {"type": "x", "handled": handled}}]}}

    consumer = bench.consumer()
    issue = send(bench, consumer, exception(True))
    assert (issue.priority, issue.unhandled) == ("medium", False)
    issue = send(bench, consumer, exception(False))
    assert (issue.priority, issue.priority_reason) == ("high", "error, not handled, new")
    assert send(bench, consumer, exception(False) | {"level": "warning"}).priority == "medium"


def test_new_issues_are_assigned_by_the_last_rule_that_matches(bench) -> None:
    bench.rule(Trigger.ASSIGNED)
    with write(bench.engine) as session:
        organization_id = session.get_one(sightings.Project, bench.project.id).organization_id
        teams.create(session, organization_id, "cart", "Cart", now_us=1)
        text = "path:* owner@example.org\nmodule:shop.* gone@x.test #cart\nurl:*/admin* owner@example.org"
        ownership.save(session, bench.project.id, text, auto_assign=True, actor="a", now_us=1)
    consumer = bench.consumer()
    send(bench, consumer, {}, {})
    send(bench, consumer, {"kind": "KeyError", "request": {"url": "https://shop.test/admin/x"}})
    first, second = bench.rows(Issue)
    assert (first.assignee_user_id, first.assignee_team_id, second.assignee_user_id) == (None, 1, 1)
    entries = bench.rows(Activity, Activity.kind == "assigned")
    assert [(row.actor, row.data["to"]) for row in entries] == [("seiche", "#cart"), ("seiche", "owner@example.org")]
    assert entries[0].reason == "ownership rule on line 2: module:shop.* gone@x.test #cart"
    assert [row.payload["type"] for row in bench.rows(OutboxRow)] == ["issue.assigned"] * 2
    with write(bench.engine) as session:
        ownership.save(session, bench.project.id, text, auto_assign=False, actor="a", now_us=2)
    send(bench, consumer, {"kind": "OSError"})
    assert bench.rows(Issue)[2].assignee_team_id is None


def test_issues_are_alike_by_what_grouping_knows_of_their_stacks(bench) -> None:
    consumer = bench.consumer()
    send(bench, consumer, {"function": "total"}, {"function": "charge_card"}, {"kind": "KeyError", "function": "other"})
    issues = bench.rows(Issue)
    if len(issues) < 3:
        pytest.fail("the near-duplicate step joined what this test needs apart")
    with write(bench.engine) as session:
        candidates = similar.candidates(session, issues[0])
        known = similar.members(session, bench.project.id, [issue.id for issue in issues])
    assert {issue.id for issue in candidates} == {issue.id for issue in issues[1:]}
    assert len(known) == 3
    assert set(by_stack(issues[0].id, known)) <= {issues[1].id}


def test_a_changed_rule_counts_anew(bench) -> None:
    bench.rule(Trigger.FREQUENCY, events=3)
    consumer = bench.consumer()
    send(bench, consumer, {}, {})
    before = bench.rows(IssueCounter)[0].terms
    with write(bench.engine) as session:
        row = session.get_one(sightings.AlertRuleRow, bench.rows(sightings.AlertRuleRow)[-1].id)
        row.rule = {**row.rule, "levels": ["error"]}
    send(bench, consumer, {})
    assert bench.rows(OutboxRow) == []
    assert bench.rows(IssueCounter)[0].terms != before
