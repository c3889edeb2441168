"""What people and time do to issues, in the registry."""

import pytest

from seiche.errors import InvalidInput, NotFound
from seiche.model.issue import Ignoring, IssueStatus, Priority, ResolvedIn
from seiche.registry import projects
from seiche.registry.engine import make_engine, read, write
from seiche.registry.issues import Decision, age, aging, change_status, choose_priority, decide, find
from seiche.registry.tables import Activity, Issue, IssueFacet, ReleaseRow
from seiche.testing.registries import new_registry

DAY_US = 86_400_000_000


@pytest.fixture
def engine(tmp_path):
    engine = make_engine(new_registry(tmp_path / "registry.sqlite"))
    project = projects.create_project(engine, "Shop")
    texts = dict.fromkeys(("type", "value", "title", "culprit", "first_event_id", "last_event_id"), "x") | {
        "level": "error",
        "platform": "python",
    }
    numbers = dict.fromkeys(
        ("status_changed_at_us", "first_seen_us", "last_seen_us", "first_partition", "first_offset", "last_partition", "last_offset"), 0
    )
    with write(engine) as session:
        session.add(Issue(id=1, project_id=project.id, number=1, created_at_us=0, **texts, **numbers))
        for release in ("shop@1.9.0", "shop@1.10.0"):
            session.add(IssueFacet(issue_id=1, facet="release", value=release, first_seen_us=0, last_seen_us=0))
    yield engine
    engine.dispose()


def change(engine, status, now_us=5) -> None:
    with write(engine) as session:
        change_status(session, 1, status, actor="a@seiche.test", reason="why", now_us=now_us)


def activity(engine):
    with read(engine) as session:
        return [(row.kind, row.actor, row.reason) for row in session.query(Activity).order_by(Activity.id)]


def issue(engine) -> Issue:
    with read(engine) as session:
        return session.get(Issue, 1)


def test_each_decision_leaves_one_activity_row(engine) -> None:
    for status in (IssueStatus.RESOLVED, IssueStatus.RESOLVED, IssueStatus.IGNORED, IssueStatus.UNRESOLVED):
        change(engine, status)
    with read(engine) as session:
        rows = session.query(Activity).order_by(Activity.id).all()
    assert [(row.data["from"], row.data["to"], row.actor, row.reason) for row in rows] == [
        ("unresolved", "resolved", "a@seiche.test", "why"),
        ("resolved", "ignored", "a@seiche.test", "why"),
        ("ignored", "unresolved", "a@seiche.test", "why"),
    ]
    assert (issue(engine).status, issue(engine).substatus, issue(engine).resolved_at_us) == ("unresolved", "reopened", None)


def test_a_resolution_remembers_the_newest_release(engine) -> None:
    change(engine, IssueStatus.RESOLVED, now_us=77)
    found = issue(engine)
    assert (found.status, found.substatus, found.resolved_at_us, found.resolved_release) == ("resolved", "", 77, "shop@1.10.0")


def test_an_unknown_issue_is_not_found(engine) -> None:
    with write(engine) as session, pytest.raises(NotFound):
        change_status(session, 2, IssueStatus.RESOLVED, actor="a", reason="", now_us=1)


def test_new_ends_after_seven_days(engine) -> None:
    with write(engine) as session:
        assert aging(session, now_us=7 * DAY_US - 1) == []
        assert aging(session, now_us=7 * DAY_US) == [1]
        assert age(session, [1], now_us=7 * DAY_US - 1) == []
        ((_, change),) = age(session, [1], now_us=7 * DAY_US)
    assert (issue(engine).substatus, change.reason) == ("ongoing", "new for 7 days")
    assert activity(engine)[-1] == ("issue_ongoing", "seiche", "new for 7 days")


def decided(engine, status, now_us=5, **how) -> Issue:
    with write(engine) as session:
        decide(session, find(session, 1), Decision(status=status, **how), actor="a@seiche.test", reason="why", now_us=now_us)
    return issue(engine)


def test_resolving_in_a_release_looks_it_up(engine) -> None:
    with pytest.raises(InvalidInput, match="no event of this project has named a release"):
        decided(engine, IssueStatus.RESOLVED, how=ResolvedIn.RELEASE, this_release=True)
    with write(engine) as session:
        for number, version in enumerate(("shop@2.0", "shop@1.9.0")):
            session.add(ReleaseRow(project_id=issue(engine).project_id, version=version, first_seen_us=number))
    with pytest.raises(InvalidInput, match="takes the release's name"):
        decided(engine, IssueStatus.RESOLVED, how=ResolvedIn.RELEASE)
    with pytest.raises(InvalidInput, match="takes its hash"):
        decided(engine, IssueStatus.RESOLVED, how=ResolvedIn.COMMIT)
    found = decided(engine, IssueStatus.RESOLVED, how=ResolvedIn.RELEASE, this_release=True)
    assert (found.resolved_in, found.resolved_release) == ("release", "shop@2.0")
    found = decided(engine, IssueStatus.RESOLVED, how=ResolvedIn.NEXT_RELEASE, now_us=6)
    assert (found.resolved_in, found.resolved_release, found.resolved_at_us) == ("next_release", "shop@2.0", 6)
    found = decided(engine, IssueStatus.RESOLVED, how=ResolvedIn.COMMIT, commit="a" * 40)
    assert (found.resolved_in, found.resolved_commit) == ("commit", "a" * 40)
    found = decided(engine, IssueStatus.UNRESOLVED)
    assert (found.resolved_in, found.resolved_commit, found.resolved_release) == ("", "", "")


def test_what_is_ignored_until_a_time_comes_back_by_itself(engine) -> None:
    found = decided(engine, IssueStatus.IGNORED, ignoring=Ignoring(at_us=0, until_us=100))
    assert (found.status, found.ignored_until_us, found.ignoring["at_us"]) == ("ignored", 100, 5)
    with write(engine) as session:
        assert aging(session, now_us=99) == []
        age(session, aging(session, now_us=100), now_us=100)
    found = issue(engine)
    assert (found.status, found.substatus, found.ignoring, found.ignored_until_us) == ("unresolved", "reopened", None, None)
    assert activity(engine)[-1] == ("issue_unignored", "seiche", "the time it was ignored for is over")


def test_a_chosen_priority_wins_until_it_is_taken_back(engine) -> None:
    def choose(chosen):
        with write(engine) as session:
            choose_priority(session, find(session, 1), chosen, actor="a@seiche.test", reason="", now_us=9)
        return issue(engine)

    found = choose(Priority.HIGH)
    assert (found.priority, found.priority_by, found.priority_reason) == ("high", "a@seiche.test", "set by a@seiche.test")
    assert decided(engine, IssueStatus.RESOLVED).priority == "high"
    found = choose(None)
    assert (found.priority, found.priority_by, found.priority_reason) == ("medium", "", "error")
    assert [kind for kind, _, _ in activity(engine)] == ["priority_changed", "status_changed", "priority_changed"]
