"""Merge, unmerge and undo on what the consumer has decided: counts stay exact, ids lead on, decisions hold for what comes later."""

import random

import pytest
import sqlalchemy as sa

from seiche.errors import InvalidInput, NotFound
from seiche.grouping.identity import COMPANION
from seiche.model.issue import IssueStatus
from seiche.registry import groups, issue_queries, moves
from seiche.registry.engine import WITH_MERGED, read, write
from seiche.registry.groups import Who
from seiche.registry.issues import change_status
from seiche.registry.regroup_tables import FingerprintTotal, GroupingChange
from seiche.registry.tables import Activity, FingerprintRow, Issue, IssueFacet, Project

KINDS = ("ValueError", "KeyError", "TypeError", "OSError")


def who(reason=""):
    return Who("ana@shop.test", reason, 77)


def send(bench, *kinds, release="shop@1"):
    bench.log.append(*(bench.event(kind=kind, release=release, environment="production") for kind in kinds))
    bench.consumer().step(0)


def counts(bench) -> dict[int, int]:
    return {issue.id: issue.count for issue in bench.rows(Issue)}


def fingerprints_of(bench, issue_id) -> list[str]:
    return [row.fingerprint for row in bench.rows(FingerprintRow, FingerprintRow.issue_id == issue_id, FingerprintRow.rule != COMPANION)]


def merge(bench, *ids):
    with write(bench.engine) as session:
        return groups.merge(session, bench.project.id, ids, who("the same bug"))


def unmerge(bench, issue_id, *fingerprints):
    with write(bench.engine) as session:
        return groups.unmerge(session, issue_id, fingerprints, who())


def undo(bench, change):
    with write(bench.engine) as session:
        return moves.undo(session, bench.project.id, change.id, who())


def found(bench, issue_id) -> int:
    with read(bench.engine) as session:
        return issue_queries.find(session, [bench.project.id], issue_id)[0].id


def test_a_merge_keeps_the_oldest_and_teaches(bench) -> None:
    send(bench, "ValueError", "KeyError", "KeyError")
    send(bench, "TypeError", release="shop@2")
    change = merge(bench, 3, 1, 2)
    assert counts(bench) == {1: 4}
    assert (change.kind, change.issue_id) == ("merge", 1)
    assert [found(bench, old) for old in (1, 2, 3)] == [1, 1, 1]
    (issue,) = bench.rows(Issue)
    assert (issue.title, issue.first_release, issue.last_release, issue.last_offset) == ("ValueError: bad", "shop@1", "shop@2", 3)
    facets = {row.value: row.count for row in bench.rows(IssueFacet, IssueFacet.facet == "release")}
    assert facets == {"shop@1": 3, "shop@2": 1}
    send(bench, "KeyError", "TypeError")
    assert counts(bench) == {1: 6}, "events of merged fingerprints follow"
    with read(bench.engine) as session:
        kinds = [(row.kind, row.actor, row.reason) for row in issue_queries.activity(session, 1)]
    assert ("merged", "ana@shop.test", "the same bug") in kinds
    assert ("issue_new", "seiche", "first event") in kinds
    assert len([kind for kind, _, _ in kinds if kind == "issue_new"]) == 3, "what happened to the merged ones is told as well"


def test_the_maps_version_grows_and_all_is_pinned(bench) -> None:
    send(bench, "ValueError", "KeyError")
    (before,) = [project.map_version for project in bench.rows(Project)]
    merge(bench, 1, 2)
    assert [project.map_version for project in bench.rows(Project)] == [before + 1]
    assert {(row.map_version, row.pinned) for row in bench.rows(FingerprintRow)} == {(before + 1, True)}


def test_an_open_issue_is_not_hidden_by_a_closed_one(bench) -> None:
    send(bench, "ValueError", "KeyError")
    with write(bench.engine) as session:
        change_status(session, 1, IssueStatus.RESOLVED, actor="x", reason="", now_us=5)
    merge(bench, 1, 2)
    assert [issue.status for issue in bench.rows(Issue)] == ["unresolved"]


def test_unmerging_gives_the_old_issue_back_for_good(bench) -> None:
    send(bench, "ValueError", "KeyError", "KeyError")
    (theirs,) = fingerprints_of(bench, 2)
    merge(bench, 1, 2)
    unmerge(bench, 1, theirs)
    assert counts(bench) == {1: 1, 2: 2}, "the id that was merged away lives again"
    assert found(bench, 2) == 2
    send(bench, "KeyError", "ValueError")
    assert counts(bench) == {1: 2, 2: 3}
    assert all(row.pinned for row in bench.rows(FingerprintRow))


def test_splitting_by_fingerprint_makes_a_new_issue(bench) -> None:
    send(bench, "ValueError", "KeyError", "TypeError", "OSError")
    own = {kind: fingerprints_of(bench, number)[0] for number, kind in enumerate(KINDS, 1)}
    merge(bench, 1, 2, 3)
    merge(bench, 1, 4)
    change = unmerge(bench, 1, own["KeyError"], own["OSError"])
    assert change.issue_id == 5
    assert counts(bench) == {1: 2, 5: 2}
    assert [found(bench, old) for old in (2, 3, 4)] == [1, 1, 1]
    issue = next(issue for issue in bench.rows(Issue) if issue.id == 5)
    assert (issue.title, issue.number, issue.status) == ("KeyError: bad", 5, "unresolved")
    undo(bench, change)
    assert counts(bench) == {1: 4}
    assert found(bench, 5) == 1


def test_undoing_a_merge_restores_ids_counts_and_pins(bench) -> None:
    send(bench, "ValueError", "KeyError")
    before = [(row.fingerprint, row.issue_id, row.pinned) for row in bench.rows(FingerprintRow)]
    change = merge(bench, 1, 2)
    send(bench, "KeyError")
    undo(bench, change)
    assert [(row.fingerprint, row.issue_id, row.pinned) for row in bench.rows(FingerprintRow)] == before
    assert counts(bench) == {1: 1, 2: 2}
    with pytest.raises(InvalidInput, match="undone before"):
        undo(bench, change)


def test_a_change_that_others_stand_on_cannot_be_undone(bench) -> None:
    send(bench, "ValueError", "KeyError", "TypeError")
    first = merge(bench, 2, 3)
    second = merge(bench, 1, 2)
    with pytest.raises(InvalidInput, match="later change first"):
        undo(bench, first)
    undo(bench, second)
    undo(bench, first)
    assert counts(bench) == {1: 1, 2: 1, 3: 1}


def test_what_cannot_be_done_says_why(bench) -> None:
    send(bench, "ValueError", "KeyError")
    with pytest.raises(NotFound, match="no issue 9"):
        merge(bench, 1, 9)
    with pytest.raises(InvalidInput, match="two different issues"):
        merge(bench, 1)
    (only,) = fingerprints_of(bench, 1)
    with pytest.raises(InvalidInput, match="at least one"):
        unmerge(bench, 1, only)
    with pytest.raises(NotFound, match="has no fingerprint"):
        unmerge(bench, 1, "f" * 32)
    with pytest.raises(NotFound, match="no change 99"), write(bench.engine) as session:
        moves.undo(session, bench.project.id, 99, who())


@pytest.mark.parametrize("seed", range(4))
def test_any_merges_unmerges_and_undos_keep_every_event_counted_once(bench, seed) -> None:
    chance = random.Random(seed)
    send(bench, *KINDS)
    done = 0
    for _ in range(20):
        issues, some = sorted(counts(bench)), chance.choice(sorted(counts(bench)))
        names = fingerprints_of(bench, some)
        try:
            match chance.choice(["merge", "merge", "unmerge", "undo", "send"]):
                case "merge":
                    merge(bench, *chance.sample(issues, min(len(issues), chance.randint(1, 3))))
                case "unmerge":
                    unmerge(bench, some, *chance.sample(names, chance.randint(1, len(names))))
                case "undo":
                    undo(bench, chance.choice(bench.rows(GroupingChange) or [GroupingChange(id=0)]))
                case "send":
                    send(bench, *chance.choices(KINDS, k=3))
            done += 1
        except (InvalidInput, NotFound):
            pass
        _sound(bench)
    assert done >= 5


def _sound(bench) -> None:
    """Every fingerprint is in one issue that is there; the issues' counts and facets add up to the events that were sent."""
    visible = {issue.id: issue for issue in bench.rows(Issue)}
    owned: dict[int, int] = {}
    totals = {row.fingerprint: row for row in bench.rows(FingerprintTotal)}
    for row in bench.rows(FingerprintRow):
        assert row.issue_id in visible
        owned[row.issue_id] = owned.get(row.issue_id, 0) + (totals[row.fingerprint].count if row.rule != COMPANION else 0)
    assert owned == {issue_id: issue.count for issue_id, issue in visible.items()}
    assert sum(owned.values()) == len(bench.log.records)
    for issue in visible.values():
        facets = bench.rows(IssueFacet, IssueFacet.issue_id == issue.id, IssueFacet.facet == "release")
        assert sum(row.count for row in facets) == issue.count
    with read(bench.engine) as session:
        everything = session.scalars(sa.select(Issue), execution_options=WITH_MERGED).all()
    assert {found(bench, issue.id) for issue in everything} == set(visible), "every id ever given leads to an issue"
    assert len({row.id for row in bench.rows(Activity, Activity.kind == "issue_new")}) <= len(everything)
