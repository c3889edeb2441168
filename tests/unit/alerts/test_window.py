"""The duplicate window: an hour, in bounded memory, rebuilt from the log without reading all of it."""

from hypothesis import given
from hypothesis import strategies as st

from alerts.window import Window, first_at, key_of, rebuild

START_US = 1_764_000_000_000_000


def test_a_key_is_seen_for_the_length_of_the_window() -> None:
    window = Window(60)
    window.remember([(b"a", 0), (b"b", 30_000_000)])
    assert window.seen(b"a", 60_000_000)
    assert not window.seen(b"a", 60_000_001)
    assert not window.seen(b"c", 0)
    window.remember([(b"c", 61_000_000)])
    assert len(window) == 2


def test_a_repeat_does_not_lengthen_the_window() -> None:
    window = Window(60)
    window.remember([(b"a", 0), (b"a", 50_000_000)])
    assert not window.seen(b"a", 61_000_000)
    window.remember([(b"a", 61_000_000)])
    assert window.seen(b"a", 100_000_000)


def test_projects_are_apart() -> None:
    assert key_of(1, "a" * 32) != key_of(2, "a" * 32)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 40)), max_size=60))
def test_it_decides_as_a_full_history_would(steps) -> None:
    window, history, now = Window(60), {}, 0
    for name, seconds in steps:
        now += seconds * 1_000_000
        key = bytes([name])
        assert window.seen(key, now) == (key in history and now - history[key] <= 60_000_000)
        if not window.seen(key, now):
            history[key] = now
        window.remember([(key, now)])
        assert all(now - at <= 60_000_000 for at in window._seen.values())


def test_rebuilding_reads_the_last_window_only(bench) -> None:
    bench.log.append(*(bench.event(at_us=START_US + number * 1_000_000) for number in range(1000)))
    window = Window(60)
    assert rebuild(window, bench.log, 0, 900) == 61
    assert bench.log.reads < 20
    assert len(window) == 61
    assert window.seen(key_of(bench.project.id, f"{900:032x}"), START_US + 899_000_000)
    assert not window.seen(key_of(bench.project.id, f"{901:032x}"), START_US + 900_000_000)


def test_rebuilding_from_nothing(bench) -> None:
    assert rebuild(Window(60), bench.log, 0, 0) == 0


@given(st.lists(st.integers(0, 20), min_size=1, max_size=30), st.integers(-1, 700))
def test_the_first_offset_at_a_time_is_found_by_halving(gaps, at) -> None:
    times = [sum(gaps[: n + 1]) for n in range(len(gaps))]

    class Log:
        def read(self, partition, offset, *, max_records):
            from types import SimpleNamespace

            return [SimpleNamespace(record=SimpleNamespace(received_at_us=times[offset]))]

    assert first_at(Log(), 0, 0, len(times), at) == next((n for n, time in enumerate(times) if time >= at), len(times))
