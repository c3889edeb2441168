"""What frames lacked, added up in the consumer's transaction: once an event, bounded, forgotten with the project's retention."""

import json

import pytest

from alerts import unresolved
from alerts.forget import forget
from seiche.backends.raw_store import RawStore
from seiche.registry import unresolved as registry
from seiche.registry.artifact_tables import UnresolvedFile
from seiche.testing.bundles import example_event

DAY_US = 86_400_000_000


def minified(bench, file="app.js", **more):
    body = example_event(release="shop@1", debug_ids=False, url=f"https://shop.example.org/static/{file}")
    return bench.event(json.dumps(body).encode(), **more)


def lacked(bench):
    return {row.file.rsplit("/", 1)[-1]: (row.reason, row.frames, row.events) for row in bench.rows(UnresolvedFile)}


def test_batches_add_up_and_a_repeated_event_counts_once(bench):
    consumer = bench.consumer()
    first = minified(bench)
    bench.log.append(first, minified(bench), minified(bench, "lib.js"), bench.event())
    consumer.step(0)
    bench.now_us += DAY_US
    last = minified(bench)
    bench.log.append(first, last)  # the first again
    consumer.step(0)
    assert lacked(bench) == {"app.js": ("release_without_artifacts", 9, 3), "lib.js": ("release_without_artifacts", 3, 1)}
    (row,) = bench.rows(UnresolvedFile, UnresolvedFile.file.endswith("app.js"))
    assert (row.release, row.first_seen_us, row.last_seen_us) == ("shop@1", bench.now_us - DAY_US, bench.now_us)
    assert row.last_event_id == last.event_id


def test_a_batch_that_names_files_without_end_counts_the_others_by_their_reason(bench, monkeypatch):
    monkeypatch.setattr(unresolved, "BATCH_LIMIT", 3)
    bench.log.append(*(minified(bench, f"{number}.js") for number in range(6)))
    bench.consumer().step(0)
    assert lacked(bench) == {
        **{f"{number}.js": ("release_without_artifacts", 3, 1) for number in range(3)},
        "": ("release_without_artifacts", 9, 3),
    }


def test_the_oldest_beyond_the_limit_go(bench, monkeypatch):
    monkeypatch.setattr(registry.add, "__kwdefaults__", {"limit": 2})
    consumer = bench.consumer()
    for number in range(4):
        bench.now_us += 1_000_000
        bench.log.append(minified(bench, f"{number}.js"))
        consumer.step(0)
    assert sorted(lacked(bench)) == ["2.js", "3.js"]


@pytest.mark.parametrize(("days", "left"), [(1, 1), (1000, 0)])
def test_forgotten_with_the_projects_retention(bench, tmp_path, days, left):
    bench.log.append(minified(bench))
    bench.consumer().step(0)
    forget(bench.engine, RawStore(f"file://{tmp_path}"), now_us=bench.now_us + days * DAY_US)
    assert len(bench.rows(UnresolvedFile)) == left
