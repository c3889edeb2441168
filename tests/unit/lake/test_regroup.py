"""Other grouping settings over real history: the consumer's own decisions, bronze and silver; preview, switch, and the hours after it."""

import msgspec
import pyarrow as pa
import pytest
import sqlalchemy as sa

from lake import history_rows, silver
from lake import moves as lake_moves
from lake.history import History, compute
from lake.history_rows import scan
from lake.regroup import preview, work
from lake.store import from_us
from seiche.errors import InvalidInput, NotFound, StoreUnavailable
from seiche.grouping.identity import COMPANION
from seiche.model.issue import IssueStatus
from seiche.model.project import ProjectConfig
from seiche.registry import groups, issue_queries, moves, regroups
from seiche.registry.engine import read, write
from seiche.registry.groups import Who
from seiche.registry.issues import change_status
from seiche.registry.moves import Moving, Seen
from seiche.registry.regroup_tables import MovedEvent, RegroupRow
from seiche.registry.tables import FingerprintRow, Issue, IssueFacet, Project
from tests.unit.lake.regrouping import HOUR_US, seed


def test_a_preview_tells_splits_with_counts_users_and_samples_and_touches_nothing(world) -> None:
    seed(world)
    before = world.by_registry(), {row.fingerprint: row.issue_id for row in world.rows(FingerprintRow)}
    row = world.run(regroups.PREVIEW, grouping_version=2)
    assert (row.state, row.done, row.total) == ("done", 6, 6)
    found = row.result
    assert (found["events"], found["issues_before"], found["issues_after"], found["merges_total"], found["splits_total"]) == (6, 2, 3, 0, 1)
    (split,) = found["splits"]
    assert (split["issue_id"], split["short_id"], split["events"]) == ("1", "SHOP-1", 5)
    kept, new = split["into"]
    assert (kept["issue_id"], kept["events"], kept["users"]) == ("1", 3, 3), "the id goes with most of the events"
    assert (new["issue_id"], new["events"], new["users"], new["sample_events"]) == (None, 2, 1, [f"{4:032x}", f"{3:032x}"])
    assert before == (world.by_registry(), {row.fingerprint: row.issue_id for row in world.rows(FingerprintRow)})
    assert [project.config_version for project in world.rows(Project)] == [2]


def test_a_time_range_bounds_a_preview(world) -> None:
    seed(world)
    since = from_us(world.at_us - 3 * 60_000_000)
    found = preview(world.lake, world.engine, 1, ProjectConfig(grouping_version=2), since=since)
    assert (found["events"], found["issues_before"]) == (3, 2)


def test_a_preview_reads_stacks_of_rows_without_their_key_itself(world, monkeypatch) -> None:
    seed(world)
    for number in range(7):
        world.send(line=number % 2, message=f"order {number}")
    world.advance()
    config = ProjectConfig(grouping_version=2, fingerprint_rules="error.value:bad release:shop@2 -> {{ default }}, {{ message }}")
    monkeypatch.setattr(history_rows, "BATCH_ROWS", 3)
    keyed = preview(world.lake, world.engine, 1, config)
    assert (keyed["events"], keyed["splits_total"]) == (13, 1)
    later = ("exception_groups", "exception_values", "stack_key")

    def forget(some: slice) -> None:
        rows = world.lake.dataset("silver_events").to_table()
        for name in later:
            kept = rows[name].to_pylist()
            kept[some] = [None] * len(kept[some])
            rows = rows.set_column(rows.schema.get_field_index(name), name, pa.array(kept, rows.schema.field(name).type))
        world.lake.replace("silver_events", rows, predicate=None)

    for some in (slice(0, 5), slice(None)):
        forget(some)
        assert preview(world.lake, world.engine, 1, config) == keyed


def test_a_preview_knows_tags(world) -> None:
    for customer in ("acme", "acme", "zoo"):
        world.send(tags={"customer": customer, "x": "1"})
    world.advance()
    found = preview(world.lake, world.engine, 1, ProjectConfig(fingerprint_rules="type:ValueError -> {{ tags.customer }}"))
    assert [(part["events"]) for part in found["splits"][0]["into"]] == [2, 1]


def test_applying_does_what_the_preview_said_and_again_changes_nothing(world) -> None:
    seed(world)
    said = world.run(regroups.PREVIEW, grouping_version=2).result
    row = world.run(regroups.APPLY, grouping_version=2)
    assert (row.state, row.result["issues_made"], row.result["issues_gone"]) == ("switched", 1, 0)
    assert world.by_registry() == {1: 3, 2: 1, 3: 2}, "right at once"
    world.rebuild(row)
    assert world.by_silver() == world.by_registry()
    assert len(world.by_silver()) == said["issues_after"]
    releases = {facet.issue_id: facet.value for facet in world.rows(IssueFacet, IssueFacet.facet == "release", IssueFacet.issue_id != 2)}
    assert releases == {1: "shop@1", 3: "shop@2"}
    regroups.finish(world.engine, row.id, regroups.DONE)
    again = world.run(regroups.APPLY, grouping_version=2)
    assert (again.state, again.result["changed"]) == ("done", False)
    assert world.by_registry() == {1: 3, 2: 1, 3: 2}


def test_events_that_come_meanwhile_and_afterwards_follow(world) -> None:
    seed(world)
    world.send(line=1)
    world.decide()  # decided, and in the log, but not in silver
    world.send(line=0)  # not decided: prepared after the switch
    row = world.run(regroups.APPLY, grouping_version=2)
    assert world.by_registry() == {1: 3, 2: 1, 3: 3}
    world.advance()
    assert world.by_registry() == {1: 4, 2: 1, 3: 3}
    world.send(line=1)
    world.send("KeyError", function="find")
    world.advance()
    world.rebuild(row)
    assert world.by_silver() == world.by_registry() == {1: 4, 2: 2, 3: 4}


def test_a_batch_prepared_before_the_switch_is_prepared_again(world) -> None:
    seed(world)
    world.send(line=1)
    batch, _ = world.consumer._collect(0, 6, None)
    world.run(regroups.APPLY, grouping_version=2)
    with pytest.raises(StoreUnavailable, match="regrouped"):
        world.consumer._commit(batch)
    world.advance()
    assert world.by_registry() == {1: 3, 2: 1, 3: 3}


def test_decisions_of_people_stay(world) -> None:
    seed(world)
    with write(world.engine) as session:
        change_status(session, 1, IssueStatus.RESOLVED, actor="ana", reason="", now_us=9)
        groups.merge(session, 1, [1, 2], Who("ana", "same cause", 9))
    with write(world.engine) as session:
        change_status(session, 1, IssueStatus.IGNORED, actor="ana", reason="", now_us=10)
    row = world.run(regroups.APPLY, grouping_version=2)
    assert world.by_registry() == {1: 6}, "a merge holds for the fingerprints that its own became"
    assert [issue.status for issue in world.rows(Issue)] == ["ignored"]
    world.rebuild(row)
    assert world.by_silver() == {1: 6}
    assert all(one.pinned for one in world.rows(FingerprintRow, FingerprintRow.rule != COMPANION))


def test_issues_that_become_one_leave_redirects(world) -> None:
    for line in (0, 1, 1):
        world.send(line=line)
    world.use(grouping_near=False)
    world.advance()
    assert world.by_registry() == {1: 1, 2: 2}
    row = world.run(regroups.APPLY, grouping_version=1, grouping_near=False)
    assert world.by_registry() == {2: 3}, "most of the events were there"
    with read(world.engine) as session:
        assert issue_queries.find(session, [1], 1)[0].id == 2
    world.rebuild(row)
    assert world.by_silver() == {2: 3}


def test_cancelled_before_the_switch_leaves_nothing(world) -> None:
    seed(world)
    asked = world.ask(regroups.APPLY, grouping_version=2)
    with pytest.raises(InvalidInput, match="not done yet"):
        world.ask(regroups.APPLY, grouping_version=2)
    with write(world.engine) as session:
        regroups.cancel(session.get_one(RegroupRow, asked), now_us=7)
    assert work(world.lake, world.engine, world.log, asked) is None
    running = world.ask(regroups.APPLY, grouping_version=2)
    taken = regroups.claim(world.engine, running)
    with write(world.engine) as session:
        regroups.cancel(session.get_one(RegroupRow, taken.id), now_us=7)
    with pytest.raises(regroups.CancelledError):
        regroups.progress(world.engine, running, 1, 2)
    assert world.by_registry() == world.by_silver() == {1: 5, 2: 1}
    assert [(project.config_version, project.grouping_floor) for project in world.rows(Project)] == [(2, 0)]


def test_a_fingerprint_rule_over_history_is_tried_and_applied(world) -> None:
    seed(world)
    rules = 'error.type:*Error -> all-errors title="Anything"'
    said = world.run(regroups.PREVIEW, fingerprint_rules=rules).result
    assert (said["events_changing"], said["issues_after"], said["merges_total"]) == (6, 1, 1)
    row = world.run(regroups.APPLY, fingerprint_rules=rules)
    assert world.by_registry() == {1: 6}
    assert [issue.title for issue in world.rows(Issue)] == ["Anything"]
    world.send("OSError", function="open")
    world.version = 3
    world.send("OSError", function="close")
    world.advance()
    world.rebuild(row)
    assert world.by_silver() == world.by_registry() == {1: 8}, "new events, whichever version they were accepted under, follow"
    with pytest.raises(InvalidInput, match="rule"):
        world.ask(regroups.PREVIEW, fingerprint_rules="nonsense")


def test_order_of_files_does_not_matter(world) -> None:
    seed(world)
    config = ProjectConfig(grouping_version=2)
    rows = world.lake.dataset("silver_events").to_table()
    forward = compute(scan(world.lake, 1).batches, History(1, config), 6, lambda *_: None)
    parts = [history_rows.whole(rows.slice(number, 1)) for number in reversed(range(6))]
    backward = compute(iter(parts), History(1, config), 6, lambda *_: None)
    seen = [sorted(msgspec.to_builtins(history.cells), key=str) for history in (forward, backward)]
    assert seen[0] == seen[1]
    assert forward.sights == backward.sights
    assert forward.hours == backward.hours


def moving(world, *offsets):
    """What the API reads of events before it moves them, and of the others of their fingerprint."""
    rows = world.lake.dataset("silver_events").to_table().sort_by("log_offset").to_pylist()
    seen = {row["log_offset"]: seen_of(row) for row in rows}
    chosen = [
        Moving(rows[offset]["event_id"], rows[offset]["fingerprint"], us(rows[offset]["received_at"]), seen[offset]) for offset in offsets
    ]
    names = {one.fingerprint for one in chosen}
    return chosen, {
        name: [seen[row["log_offset"]] for row in rows if row["fingerprint"] == name and row["log_offset"] not in offsets] for name in names
    }


def us(moment):
    return int(moment.timestamp() * 1e6)


def seen_of(row):
    place = {
        f"{end}_{name}": row[column]
        for end in ("first", "last")
        for name, column in (("partition", "log_partition"), ("offset", "log_offset"), ("event_id", "event_id"))
    }
    at = us(row["occurred_at"])
    texts = {name: row[name] for name in ("environment", "type", "value", "title", "culprit", "platform", "level")}
    return Seen(count=1, first_seen_us=at, last_seen_us=at, first_release=row["release"], last_release=row["release"], **texts, **place)


def move(world, *offsets, to=None, issue=1):
    chosen, remains = moving(world, *offsets)
    with write(world.engine) as session:
        return moves.move(session, issue, chosen, remains, to, Who("ana", "another bug", 9))


def follow(world):
    with read(world.engine) as session:
        left = regroups.hours_left(session)
    for one in left:
        assert one.kind == regroups.MOVE
        lake_moves.follow(world.lake, world.engine, from_us(one.hour * HOUR_US))
        regroups.hour_done(world.engine, one.regroup_id, one.hour)
    assert world.by_silver() == world.by_registry()
    return len(left)


def test_moved_events_count_where_they_were_moved_and_stay_there(world) -> None:
    seed(world)
    world.use(grouping_version=1)
    move(world, 0, 4)
    assert world.by_registry() == {1: 3, 2: 1, 3: 2}, "right at once"
    first, other, made = sorted(world.rows(Issue), key=lambda issue: issue.id)
    assert (first.first_event_id, first.last_event_id) == (f"{1:032x}", f"{3:032x}")
    assert (made.first_event_id, made.last_event_id, made.title, made.number) == (f"{0:032x}", f"{4:032x}", first.title, 3)
    assert (made.first_release, made.last_release, other.count) == ("shop@1", "shop@2", 1)
    facets = {(facet.issue_id, facet.value): facet.count for facet in world.rows(IssueFacet, IssueFacet.facet == "release")}
    assert facets == {(1, "shop@1"): 2, (1, "shop@2"): 1, (2, "shop@1"): 1, (3, "shop@1"): 1, (3, "shop@2"): 1}
    assert follow(world) in {1, 2}, "the events' hours"
    assert lake_moves.follow(world.lake, world.engine, from_us(world.at_us)).rows == 0, "again changes nothing"
    world.send(line=0)
    world.send(line=1)
    world.advance()
    assert world.by_silver() == world.by_registry() == {1: 5, 2: 1, 3: 2}, "moving teaches nothing about other events"
    for at_us in {world.at_us - 60_000_000 * 8, world.at_us - 60_000_000}:
        silver.rebuild_hour(world.lake, world.engine, from_us(at_us), still_open=True)
    assert world.by_silver() == world.by_registry(), "a backfill from bronze keeps it"


def test_events_move_before_silver_has_them_and_into_issues_that_exist(world) -> None:
    seed(world)
    chosen, _ = moving(world, 0)
    world.send(line=0)
    world.decide()
    young = f"{6:032x}"
    seen = msgspec.structs.replace(chosen[0].seen, first_offset=6, last_offset=6, first_event_id=young, last_event_id=young)
    with write(world.engine) as session:
        moves.move(session, 1, [Moving(young, chosen[0].fingerprint, world.at_us - 60_000_000, seen)], {}, 2, Who("ana", "", 9))
    assert world.by_registry() == {1: 5, 2: 2}
    world.advance()
    assert world.by_silver() == world.by_registry()
    assert [issue.last_event_id for issue in world.rows(Issue, Issue.id == 2)] == [young]


def test_undoing_a_move_is_exact_with_events_that_came_meanwhile(world) -> None:
    seed(world)
    before = [
        {column.name: getattr(issue, column.name) for column in Issue.__table__.columns} for issue in world.rows(Issue, Issue.id == 1)
    ]
    change = move(world, 0, 4)
    follow(world)
    again = move(world, 4, to=2, issue=3)
    with write(world.engine) as session, pytest.raises(InvalidInput, match="moved again"):
        moves.undo(session, 1, change.id, Who("ana", "", 10))
    assert world.by_registry() == {1: 3, 2: 2, 3: 1}
    with write(world.engine) as session:
        moves.undo(session, 1, again.id, Who("ana", "", 10))
    assert world.by_registry() == {1: 3, 2: 1, 3: 2}
    with write(world.engine) as session:
        moves.undo(session, 1, change.id, Who("ana", "", 11))
    assert world.by_registry() == {1: 5, 2: 1}
    follow(world)
    after = [{column.name: getattr(issue, column.name) for column in Issue.__table__.columns} for issue in world.rows(Issue, Issue.id == 1)]
    assert after == before
    with read(world.engine) as session:
        assert issue_queries.find(session, [1], 3)[0].id == 1, "links to the issue that was made lead back"
        assert not session.scalar(sa.select(sa.func.count()).select_from(MovedEvent))


def test_a_move_is_kept_by_previews_and_by_regroups_and_cannot_be_undone_over_one(world) -> None:
    seed(world)
    change = move(world, 4)
    said = world.run(regroups.PREVIEW, grouping_version=2).result
    assert (said["events"], said["issues_before"], said["issues_after"], said["decisions_overridden"]) == (6, 3, 4, 0)
    follow(world)
    row = world.run(regroups.APPLY, grouping_version=2)
    assert world.by_registry() == {1: 3, 2: 1, 3: 1, 4: 1}
    world.rebuild(row)
    assert world.by_silver() == world.by_registry()
    with write(world.engine) as session, pytest.raises(InvalidInput, match="regrouped"):
        moves.undo(session, 1, change.id, Who("ana", "", 11))


def test_what_cannot_be_moved_is_refused_and_changes_nothing(world) -> None:
    seed(world)
    before = world.by_registry()
    with pytest.raises(InvalidInput, match="keeps at least one"):
        move(world, 0, 1, 2, 3, 4)
    with pytest.raises(NotFound, match="has no event"):
        move(world, 5)
    with pytest.raises(InvalidInput, match="another issue"):
        move(world, 0, to=1)
    chosen, remains = moving(world, 0)
    move(world, 0)
    with write(world.engine) as session, pytest.raises(NotFound, match="has no event"):
        moves.move(session, 1, chosen, remains, None, Who("ana", "", 9))  # somebody else was faster
    assert world.by_registry() == before | {1: 4, 3: 1}
