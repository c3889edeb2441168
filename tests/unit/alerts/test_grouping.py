"""Grouping through the real consumer: what the registry says is what the bench says, whatever the batches and restarts."""

import gzip
import json

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts import identity
from alerts.indexes import Indexes
from bench.grouping import DATA, Issues, load, score
from seiche.grouping import analyse
from seiche.grouping.near import NearIndex
from seiche.model.project import ProjectConfig
from seiche.model.record import LogRecord, RecordKind
from seiche.normalize import normalise
from seiche.registry import grouping, issue_queries, project_queries, projects
from seiche.registry.engine import read, write
from seiche.registry.grouping_tables import NearMemberRow
from seiche.registry.tables import Activity, FingerprintRow, Issue, Project
from seiche.settings import AlertSettings

START_US = 1_764_000_000_000_000
LINE = "    return order.items.price.net"


def body(function="total", line=LINE, *, release="1", message="cannot price it", **fields):
    frames = [
        {"module": "shop.web", "function": "pay", "filename": "shop/web.py", "lineno": 3, "in_app": True, "context_line": "total(order)"},
        {"module": "shop.cart", "function": function, "filename": "shop/cart.py", "lineno": 7, "in_app": True, "context_line": line},
    ]
    thrown = {"type": "PriceError", "value": message, "stacktrace": {"frames": frames}}
    return json.dumps({"platform": "python", "release": release, "exception": {"values": [thrown]}, **fields}).encode()


def map_of(bench):
    return {row.fingerprint: row for row in bench.rows(FingerprintRow)}


def test_every_fingerprint_of_an_event_is_recorded_and_any_of_them_decides(bench) -> None:
    bench.log.append(bench.event(body()))
    consumer = bench.consumer()
    consumer.step(0)
    first, second = sorted(map_of(bench).values(), key=lambda row: row.rule, reverse=True)
    assert (first.rule, second.rule, second.components) == ("unseen", "came with it", [])
    # The caller is no longer marked as own code: another first fingerprint, the same whole stack.
    changed = json.loads(body(line="raise PriceError(1)"))
    changed["exception"]["values"][0]["stacktrace"]["frames"][1]["in_app"] = False
    original = json.loads(body(line="raise PriceError(1)"))
    bench.log.append(bench.event(json.dumps(original).encode()), bench.event(json.dumps(changed).encode()))
    consumer.step(0)
    assert [issue.count for issue in bench.rows(Issue)] == [1, 2]
    assert {row.rule for row in bench.rows(FingerprintRow, FingerprintRow.issue_id == 2)} == {"unseen", "came with it", "same whole stack"}


def test_a_renamed_function_joins_once_with_reason_score_and_activity(bench) -> None:
    bench.log.append(bench.event(body()), bench.event(body("sum_up", release="2")), bench.event(body("sum_up", release="2")))
    bench.consumer().step(0)
    (issue,) = bench.rows(Issue)
    assert issue.count == 3
    (joined,) = bench.rows(FingerprintRow, FingerprintRow.rule == "renamed function, same line")
    assert joined.score == joined.evidence["score"] > joined.evidence["needs"]
    assert joined.evidence["matched"] in map_of(bench)
    assert dict(joined.evidence["parts"])["line"] == 1.0
    (told,) = bench.rows(Activity, Activity.kind == identity.JOINED)
    assert (told.issue_id, told.reason) == (issue.id, f"renamed function, same line (score {joined.score:.2f})")


def test_switched_off_nothing_joins_and_an_own_fingerprint_never_asks(bench) -> None:
    config = ProjectConfig(grouping_near=False)
    with write(bench.engine) as session:
        project_queries.change_config(session, session.get(Project, bench.project.id), {"grouping_near": False}, now_us=1)
    for record in (bench.event(body()), bench.event(body("sum_up", release="2"))):
        bench.log.append(msgspec.structs.replace(record, config_version=2))
    bench.log.append(bench.event(body(fingerprint=["mine"])), bench.event(body("sum_up", release="2", fingerprint=["yours"])))
    bench.consumer().step(0)
    assert len(bench.rows(Issue)) == 4
    assert bench.rows(NearMemberRow) == []
    assert config.grouping_version == 2


def test_merged_fingerprints_take_their_look_alikes_along(bench) -> None:
    bench.log.append(bench.event(body()), bench.event(body(message="other", line="raise Other(1)", function="pay")))
    consumer = bench.consumer()
    consumer.step(0)
    with write(bench.engine) as session:
        project = session.get(Project, bench.project.id)
        project.map_version += 1
        session.execute(sa.update(FingerprintRow).where(FingerprintRow.issue_id == 1).values(issue_id=2, map_version=project.map_version))
    bench.log.append(bench.event(body("sum_up", release="2")))
    consumer.step(0)
    assert [issue.count for issue in bench.rows(Issue)] == [1, 2]


def test_what_a_failed_transaction_taught_is_forgotten(bench, monkeypatch) -> None:
    bench.log.append(bench.event(body()))
    consumer = bench.consumer()
    failing = iter([True, True, False])

    def refuse(*args, **more):
        if next(failing, False):
            raise ValueError("no")
        return real(*args, **more)

    real = grouping.save
    monkeypatch.setattr(grouping, "save", refuse)
    consumer.step(0)
    bench.log.append(bench.event(body()), bench.event(body("sum_up", release="2")))
    consumer.step(0)
    # The first one became unprocessable; nothing of it was left in the index.
    assert sorted(issue.count for issue in bench.rows(Issue)) == [1, 2]
    with read(bench.engine) as session:
        stored = grouping.members(session, bench.project.id, 2)
    assert [member.issue_id for member in stored] == [2, 2]


def test_another_consumers_members_are_noticed(bench) -> None:
    one, other = bench.consumer(), bench.consumer()
    bench.log.append(bench.event(body()))
    one.step(0)
    bench.log.append(bench.event(body(message="x", line="raise Other(1)", function="pay")))
    other.step(0)
    bench.log.append(bench.event(body("charge", "raise Other(1)", release="2", message="x")), bench.event(body("sum_up", release="2")))
    one.step(0)
    with read(bench.engine) as session:
        positions = [row.position for row in bench.rows(NearMemberRow)]
        assert grouping.last_position(session, bench.project.id) == max(positions)
    assert len(set(positions)) == len(positions) == 4
    assert next(issue.count for issue in bench.rows(Issue)) == 2


def test_a_change_of_version_moves_no_event(bench) -> None:
    """Issues made under version 1 keep matching under version 2, and new ones are split as version 2 splits."""
    with write(bench.engine) as session:
        project = session.get(Project, bench.project.id)
        project_queries.change_config(session, project, {"grouping_version": 1}, now_us=1)
        changed = project_queries.change_config(session, project, {"grouping_version": 2}, now_us=2)
    assert (changed.version, changed.grouping_earlier) == (3, (1,))
    old = [body(), body(line="raise Other(1)"), body("other", "raise Other(1)")]
    new = [*old, body("total", "raise Third(1)"), body("fresh", "a.b(1)"), body("fresh", "c.d(2)")]
    consumer = bench.consumer()
    for version, bodies in ((2, old), (3, new)):
        bench.log.append(*(msgspec.structs.replace(bench.event(each), config_version=version) for each in bodies))
        consumer.step(0)
    # Version 1 knows no lines: total is one issue; version 2 leaves it so, and tells the two of `fresh` apart.
    assert [issue.count for issue in bench.rows(Issue)] == [5, 2, 1, 1]
    assert {row.rule for row in bench.rows(FingerprintRow) if row.version == 2} >= {"known to an earlier version", "unseen"}


STREAM = st.lists(
    st.builds(
        body,
        st.sampled_from(["total", "sum_up", "add"]),
        st.sampled_from([LINE, "raise Other(1)", "self.owner.name.first()"]),
        release=st.sampled_from(["1", "2", "3"]),
        message=st.sampled_from(["cannot price it", "user anna is gone", "user ben is gone"]),
    ),
    min_size=2,
    max_size=14,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STREAM, st.lists(st.integers(1, 5), min_size=14, max_size=14), st.integers(0, 13))
def test_the_same_stream_gives_the_same_groups_whatever_the_batches_and_restarts(bench, stream, sizes, restart_at) -> None:
    project = projects.create_project(bench.engine, "Another")
    consumer = bench.consumer()
    done = 0
    for size in sizes:
        some = stream[done : done + size]
        if not some:
            break
        if done <= restart_at < done + size:
            consumer = bench.consumer()
        bench.log.append(*(bench.event(each, project_id=project.id) for each in some))
        consumer.step(0)
        done += len(some)
    owner = {row.fingerprint: row.issue_id for row in bench.rows(FingerprintRow, FingerprintRow.project_id == project.id)}
    first = min(owner.values())
    live = [owner[analyse(event_of(each), ProjectConfig()).grouping.fingerprints[0]] - first + 1 for each in stream]
    issues = Issues()
    assert live == [issues.issue_of(event_of(each)) for each in stream]
    with read(bench.engine) as session:
        stored = grouping.members(session, project.id, 2)
    assert [(one.fingerprint, one.issue_id - first + 1, one.releases, one.callers, one.shape) for one in stored] == [
        (one.fingerprint, one.issue_id, one.releases, one.callers, one.shape) for one in issues.index.members()
    ]


def event_of(raw):
    return normalise(raw, LogRecord(kind=RecordKind.EVENT, received_at_us=START_US, project_id=1, event_id="a" * 32), ProjectConfig())


@pytest.mark.parametrize(("name", "f1", "over", "hidden"), [("dev.jsonl.gz", 0.96, 0.03, 0.03), ("d4j.jsonl.gz", 0.90, 0.08, 0.12)])
def test_the_product_groups_the_labelled_events_as_the_bench_does(bench, name, f1, over, hidden) -> None:
    lines = [json.loads(line) for line in gzip.decompress((DATA / name).read_bytes()).splitlines()]
    ids = {project: projects.create_project(bench.engine, project).id for project in sorted({line["project"] for line in lines})}
    bench.log.append(
        *(
            bench.event(json.dumps(line["event"]).encode(), event_id=f"{n:032x}", project_id=ids[line["project"]])
            for n, line in enumerate(lines)
        )
    )
    consumer = bench.consumer(settings=AlertSettings(batch_records=100))
    while consumer.step(0):
        pass
    owner = {(row.project_id, row.fingerprint): row.issue_id for row in bench.rows(FingerprintRow)}
    rows, expected = load(name), {project: Issues() for project in ids}
    live = [owner[ids[row.project], analyse(row.event, ProjectConfig()).grouping.fingerprints[0]] for row in rows]
    made = [(row.project, expected[row.project].issue_of(row.event)) for row in rows]
    assert len(set(zip(live, made, strict=True))) == len(set(live)) == len(set(made))
    found = score(rows, live)
    assert found.f1 >= f1
    assert found.over <= over
    assert found.hidden <= hidden


def test_memory_is_bounded_over_all_projects(bench) -> None:
    indexes = Indexes(limit=1)
    other = projects.create_project(bench.engine, "Other")
    with write(bench.engine) as session:
        for number, project_id in enumerate([bench.project.id, other.id], 1):
            project = session.get(Project, project_id)
            assert isinstance(indexes.of(session, project, 0), NearIndex)
            assert number == len(indexes)
        indexes.trim()
    assert len(indexes) == 2  # empty ones cost nothing


def test_what_decided_is_told_before_what_only_came_with_it(bench) -> None:
    bench.log.append(bench.event(body()), bench.event(body("sum_up", release="2")))
    bench.consumer().step(0)
    with read(bench.engine) as session:
        told = [row.rule for row in issue_queries.fingerprints(session, bench.project.id, 1)]
    assert sorted(told[:2]) == ["renamed function, same line", "unseen"]
    assert told[2:] == ["came with it", "came with it"]
