"""What people and time do to issues, in the registry."""

import pytest

from seiche.errors import NotFound
from seiche.model.issue import IssueStatus
from seiche.registry import projects
from seiche.registry.engine import make_engine, read, write
from seiche.registry.issues import age, change_status
from seiche.registry.migrate import upgrade
from seiche.registry.tables import Activity, Issue, IssueFacet

DAY_US = 86_400_000_000


@pytest.fixture
def engine(tmp_path):
    url = f"sqlite:///{tmp_path / 'registry.sqlite'}"
    upgrade(url)
    engine = make_engine(url)
    projects.bootstrap(engine, admin_email="a@seiche.test", admin_password="x")
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
    assert (issue(engine).status, issue(engine).substatus, issue(engine).resolved_at_us) == ("unresolved", "ongoing", None)


def test_a_resolution_remembers_the_newest_release(engine) -> None:
    change(engine, IssueStatus.RESOLVED, now_us=77)
    found = issue(engine)
    assert (found.status, found.substatus, found.resolved_at_us, found.resolved_release) == ("resolved", "", 77, "shop@1.10.0")


def test_an_unknown_issue_is_not_found(engine) -> None:
    with write(engine) as session, pytest.raises(NotFound):
        change_status(session, 2, IssueStatus.RESOLVED, actor="a", reason="", now_us=1)


def test_new_ends_after_seven_days(engine) -> None:
    with write(engine) as session:
        age(session, now_us=7 * DAY_US - 1)
    assert issue(engine).substatus == "new"
    with write(engine) as session:
        age(session, now_us=7 * DAY_US)
    assert issue(engine).substatus == "ongoing"
