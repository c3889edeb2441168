"""An applied regroup, undone: ids, redirects and what people decided are what they were."""

import pytest
import sqlalchemy as sa

from lake.regroup import work
from seiche.errors import InvalidInput
from seiche.model.issue import IssueStatus
from seiche.model.project import ProjectConfig, grouping_settings
from seiche.registry import groups, regroups
from seiche.registry.engine import WITH_MERGED, read, write
from seiche.registry.groups import Who
from seiche.registry.issues import change_status
from seiche.registry.tables import FingerprintRow, Issue, Project, ProjectConfigRow
from tests.unit.lake.regrouping import seed


def undo(world, regroup_id):
    with write(world.engine) as session:
        asked = regroups.undo(session, session.get_one(Project, 1), regroup_id, actor="ana@shop.test", now_us=6).id
    return work(world.lake, world.engine, world.log, asked)


def as_people_see_it(world):
    """Issues with what people decided, redirects, the map's pins, and every event's issue."""
    with read(world.engine) as session:
        every = session.scalars(sa.select(Issue).order_by(Issue.id), execution_options=WITH_MERGED)
        issues = {issue.id: (issue.merged_into, issue.status, issue.assignee_user_id, issue.count, issue.title) for issue in every}
    owner = {row.fingerprint: row.issue_id for row in world.rows(FingerprintRow)}
    rows = world.lake.dataset("silver_events").to_table(columns=["event_id", "fingerprint"]).to_pylist()
    pins = {row.fingerprint for row in world.rows(FingerprintRow) if row.pinned} & {row["fingerprint"] for row in rows}
    return issues, {row["event_id"]: owner[row["fingerprint"]] for row in rows}, pins


@pytest.mark.parametrize(("first", "then"), [
    ({"grouping_version": 1}, {"grouping_version": 2}),  # one issue is split
    ({"grouping_version": 2}, {"grouping_version": 1}),  # two are merged
    ({"grouping_version": 2}, {"fingerprint_rules": "release:shop@2 -> other"}),  # one is split, the larger part of another goes
])  # fmt: skip
def test_undoing_an_applied_regroup_leaves_what_was_before(world, first, then) -> None:
    world.use(**first)
    for number in range(9):
        world.send(line=number % 3 > 0, release=f"shop@{1 + number % 2}", user=f"u{number % 4}")
    for kind, function in (("KeyError", "find"), ("OSError", "close"), ("IOError", "shut")):
        world.send(kind, function=function)
    world.advance()
    with write(world.engine) as session:
        groups.merge(session, 1, [issue.id for issue in session.scalars(sa.select(Issue)).all()][-2:], Who("ana@shop.test", "", 3))
        change_status(session, 1, IssueStatus.RESOLVED, actor="ana@shop.test", reason="", now_us=4)
    before = as_people_see_it(world)
    applied = world.run(regroups.APPLY, **then)
    world.rebuild(applied)
    assert as_people_see_it(world) != before
    regroups.finish(world.engine, applied.id, regroups.DONE)
    undone = undo(world, applied.id)
    assert (undone.state, undone.result["undoes"]) == ("switched", applied.id)
    world.rebuild(undone)
    after = as_people_see_it(world)
    assert after[1:] == before[1:]
    assert {number: found for number, found in after[0].items() if number in before[0]} == before[0]
    assert all(found[0] in before[0] for number, found in after[0].items() if number not in before[0]), "what it had made leads back"
    assert world.by_silver() == world.by_registry()
    settings = {name: value for name, value in first.items() if name in then} or {"fingerprint_rules": ""}
    assert settings.items() <= grouping_settings(ProjectConfig(**world.rows(ProjectConfigRow)[-1].config)).items()
    with pytest.raises(InvalidInput, match="later one first"):
        undo(world, applied.id)
    regroups.finish(world.engine, undone.id, regroups.DONE)
    world.rebuild(undo(world, undone.id))
    assert world.by_silver() == {number: count for number, count in world.by_registry().items() if number in world.by_silver()}


def test_what_changed_nothing_or_has_been_changed_since_cannot_be_undone(world) -> None:
    seed(world)
    regroups.finish(world.engine, world.run(regroups.APPLY, grouping_version=1).id, regroups.DONE)
    nothing = world.run(regroups.APPLY, grouping_version=1)
    with pytest.raises(InvalidInput, match="changed nothing"):
        undo(world, nothing.id)
    applied = world.run(regroups.APPLY, grouping_version=2)
    regroups.finish(world.engine, applied.id, regroups.DONE)
    world.use(fingerprint_rules="type:KeyError -> keys")
    with pytest.raises(InvalidInput, match="changed since"):
        undo(world, applied.id)
