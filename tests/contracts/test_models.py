"""Any sequence of calls agrees with a model that is a list or a dict: one for each port, over every implementation.

The stores are as expensive as they are, so that one of each serves all examples: the model remembers what earlier ones left.
"""

import asyncio
from collections import Counter
from datetime import timedelta

import hypothesis
import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import strategies as st

from lake.tables import SEARCH_COLUMNS, SILVER_EVENTS
from seiche.errors import OffsetOutOfRange, StoreUnavailable
from seiche.model.outcome import Outcome, Tally
from seiche.ports.search_index import TextTerm
from seiche.registry import sightings
from seiche.registry.engine import read, write
from seiche.registry.tables import DuplicateRow, OutcomeCount
from tests.contracts.test_event_log import IMPLEMENTATIONS, World, event
from tests.contracts.test_registry import engine, url  # noqa: F401 - fixtures
from tests.contracts.test_search_index import HOUR, clickhouse, empty, olap, opensearch  # noqa: F401 - fixtures

EXAMPLES = hypothesis.settings(max_examples=15, deadline=None, database=None, derandomize=True)
SHARE = st.floats(0, 1.1)


def steps(*kinds: st.SearchStrategy[tuple[object, ...]]) -> st.SearchStrategy[list[tuple[object, ...]]]:
    return st.lists(st.one_of(*kinds), min_size=1, max_size=12)


def kind(name: str, *values: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.tuples(st.just(name), *values)


LOG_STEPS = steps(
    kind("append", st.lists(st.integers(0, 3000), min_size=1, max_size=6), st.integers(0, 10_000)),
    kind("read", SHARE, st.integers(1, 12), st.integers(1, 20_000)),
    kind("read", SHARE, st.integers(1, 12), st.integers(1, 20_000)),
    kind("acknowledge", st.sampled_from(["alerts", "pipeline"]), SHARE),
    kind("reopen"),
    kind("another reader"),
)


@pytest.mark.parametrize("profile", IMPLEMENTATIONS)
def test_the_event_log_is_a_list(profile, tmp_path) -> None:
    world = World(profile, tmp_path / "data")
    model: list[tuple[int, int]] = []  # (received at, size of the body)
    acknowledged: dict[str, int] = {}
    with asyncio.Runner() as loop:
        writer, reader = world.writer(), world.reader()
        loop.run(writer.__aenter__())

        @EXAMPLES
        @hypothesis.given(LOG_STEPS)
        def play(script) -> None:
            nonlocal writer, reader
            for what, *given in script:
                place = int(given[-1] * len(model)) if what == "acknowledge" else int(given[0] * len(model)) if what == "read" else 0
                if what == "append":
                    sizes, at_us = given
                    records = [event(len(model) + n, at_us=at_us, body=b"x" * size) for n, size in enumerate(sizes)]
                    assert list(loop.run(writer.append(records))) == list(range(len(model), len(model) + len(sizes)))
                    newest_us = max(at_us, model[-1][0] if model else 0)
                    model.extend((newest_us, size) for size in sizes)
                elif what == "read" and place > len(model):
                    with pytest.raises(OffsetOutOfRange):
                        reader.read(0, place)
                elif what == "read":
                    found = reader.read(0, place, max_records=given[1], max_bytes=given[2])
                    assert [one.offset for one in found] == list(range(place, place + len(found)))
                    assert [int(one.record.event_id, 16) for one in found] == [one.offset for one in found]
                    assert [(one.record.received_at_us, len(one.record.body)) for one in found] == model[place : place + len(found)]
                    assert bool(found) == (place < len(model))
                    assert len(found) <= given[1]
                    assert len(found) <= 1 or sum(len(one.record.body) for one in found) <= given[2]
                elif what == "acknowledge":
                    acknowledged[given[0]] = min(place, len(model))
                    reader.acknowledge(given[0], 0, acknowledged[given[0]])
                elif what == "reopen":
                    loop.run(writer.__aexit__(None, None, None))
                    writer = world.writer()
                    loop.run(writer.__aenter__())
                else:
                    reader.close()
                    reader = world.reader()
                assert (reader.start_offset(0), reader.end_offset(0)) == (0, len(model))
            assert reader.acknowledged(0) == acknowledged

        play()
        loop.run(writer.__aexit__(None, None, None))
        reader.close()
        assert len(model) > 15


WORDS = ("quick", "brown", "quick_brown", "fox", "foxes", "30s", "naïve")
TEXT = st.lists(st.sampled_from(WORDS), max_size=5).map(tuple)
ROW = st.tuples(st.integers(1, 2), st.sampled_from(["f1", "f2", "f3"]), st.integers(0, 179), TEXT)
TERM = st.one_of(
    st.sampled_from(WORDS).map(lambda one: TextTerm((one,))),
    st.tuples(st.sampled_from(WORDS), st.sampled_from(WORDS)).map(TextTerm),
    st.sampled_from(["q", "quick", "fo", "foxes", "n", "30"]).map(lambda one: TextTerm((one,), prefix=True)),
    st.tuples(st.sampled_from(WORDS), st.sampled_from(["br", "fo"])).map(lambda both: TextTerm(both, prefix=True)),
)
SEARCHES = st.lists(TERM, max_size=2)
INDEX_STEPS = steps(
    kind("index", st.lists(ROW, min_size=1, max_size=6)),
    kind("index", st.lists(ROW, min_size=1, max_size=6)),
    kind("repeat"),
    kind("replace", st.integers(0, 2), TEXT),
    kind("drop", st.integers(0, 2), st.integers(1, 2)),
    kind("search", st.integers(1, 2), SEARCHES),
    kind("search", st.integers(1, 2), SEARCHES),
)


def matches(text: tuple[str, ...], term: TextTerm) -> bool:
    """As the port's docstring has it."""
    count = len(term.tokens)
    for at in range(len(text) - count + 1):
        found = text[at : at + count]
        if found[:-1] == term.tokens[:-1] and (found[-1].startswith(term.tokens[-1]) if term.prefix else found[-1] == term.tokens[-1]):
            return True
    return False


def as_rows(held) -> pa.Table:
    """Of {offset: (project, fingerprint, minute, text)}."""
    rows = [
        (0, offset, HOUR + timedelta(minutes=minute), project, f"e{offset}", fingerprint, " ".join(text))
        for offset, (project, fingerprint, minute, text) in sorted(held.items())
    ]
    schema = pa.schema([SILVER_EVENTS.field(name) for name in SEARCH_COLUMNS])
    return pa.Table.from_pylist([dict(zip(SEARCH_COLUMNS, row, strict=True)) for row in rows], schema=schema)


def test_the_search_index_is_a_dict(empty) -> None:  # noqa: F811 - the fixture
    model: dict[int, tuple[int, str, int, tuple[str, ...]]] = {}
    last: dict[int, tuple[int, str, int, tuple[str, ...]]] = {}
    end = 0

    def of_hour(number: int) -> dict[int, tuple[int, str, int, tuple[str, ...]]]:
        return {offset: row for offset, row in model.items() if row[2] // 60 == number}

    @EXAMPLES
    @hypothesis.given(INDEX_STEPS)
    def play(script) -> None:
        nonlocal end, last
        for what, *given in script:
            if what == "index":
                last = dict(enumerate(given[0], start=end))
                end += len(last)
                model.update(last)
                empty.index(as_rows(last), version=f"v{end}")
            elif what == "repeat" and last and last.items() <= model.items():
                empty.index(as_rows(last), version=f"v{end}")
            elif what == "replace":
                changed = {offset: (*row[:3], given[1]) for offset, row in of_hour(given[0]).items()}
                model.update(changed)
                empty.replace_hour(HOUR + timedelta(hours=given[0]), as_rows(changed))
            elif what == "drop":
                project, before = given[1], given[0] * 60
                for offset in [offset for offset, row in model.items() if row[0] == project and row[2] < before]:
                    del model[offset]
                empty.drop_project_before(project, HOUR + timedelta(minutes=before))
            elif what == "search":
                project, terms = given
                found = {offset: row for offset, row in model.items() if row[0] == project and all(matches(row[3], term) for term in terms)}
                assert set(empty.fingerprints(project, terms)) == {row[1] for row in found.values()}
                ids = empty.event_ids(project, ["f1", "f2", "f3"], terms, limit=1000)
                assert Counter(ids) == Counter(f"e{offset}" for offset in found)
                minutes = [found[int(one[1:])][2] for one in ids]
                assert minutes == sorted(minutes, reverse=True)
            assert empty.indexed_offset(0) == end
        assert [empty.hour_rows(HOUR + timedelta(hours=hour)) for hour in range(3)] == [len(of_hour(hour)) for hour in range(3)]

    play()
    assert end > 20


TALLY = st.builds(
    Tally,
    project_id=st.integers(1, 2),
    public_key=st.just("k"),
    category=st.sampled_from(["error", "session"]),
    outcome=st.sampled_from([Outcome.RECEIVED, Outcome.FILTERED]),
    reason=st.sampled_from(["", "browser"]),
    minute=st.integers(1, 3),
    quantity=st.integers(1, 50),
)
REGISTRY_STEPS = steps(
    kind("commit", st.lists(TALLY, max_size=6), st.lists(st.integers(0, 30), max_size=4), st.integers(1, 9)),
    kind("commit", st.lists(TALLY, max_size=6), st.lists(st.integers(0, 30), max_size=4), st.integers(1, 9)),
    kind("give up", st.lists(TALLY, max_size=6), st.lists(st.integers(0, 30), max_size=4), st.integers(1, 9)),
    kind("too late", st.lists(TALLY, max_size=6), st.lists(st.integers(0, 30), max_size=4), st.integers(1, 9)),
)


class GivenUpError(Exception):
    """In the middle of a transaction."""


def test_the_registry_is_counters_and_a_position(engine) -> None:  # noqa: F811 - the fixture
    counts: Counter[tuple[object, ...]] = Counter()
    repeated: set[int] = set()
    position = 0

    @EXAMPLES
    @hypothesis.given(REGISTRY_STEPS)
    def play(script) -> None:
        nonlocal position
        for what, tallies, offsets, further in script:
            start = position - 1 if what == "too late" else position
            expected = {"give up": GivenUpError, "too late": StoreUnavailable}.get(what)

            def commit(start=start, tallies=tallies, offsets=offsets, further=further, what=what) -> None:
                with write(engine) as session:
                    sightings.add_outcomes(session, tallies)
                    rows = [{"partition": 0, "offset": one, "project_id": 1, "event_id": "e", "received_at_us": 1} for one in offsets]
                    sightings.add_duplicates(session, rows)
                    sightings.move(session, 0, start, start + further, now_us=1)
                    if what == "give up":
                        raise GivenUpError

            if expected is not None:
                with pytest.raises(expected):
                    commit()
            else:
                commit()
                position += further
                repeated.update(offsets)
                for one in tallies:
                    counts[one.project_id, one.minute, one.category, one.outcome.value, one.reason] += one.quantity
            with read(engine) as session:
                rows = session.scalars(sa.select(OutcomeCount)).all()
                assert {(row.project_id, row.minute, row.category, row.outcome, row.reason): row.quantity for row in rows} == counts
                assert set(session.scalars(sa.select(DuplicateRow.offset))) == repeated
                assert sightings.position(session, 0) == position

    play()
    assert position > 20
