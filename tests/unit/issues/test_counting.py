"""Counters against a model that keeps everything, stored and loaded at any moment."""

from hypothesis import given
from hypothesis import strategies as st

from seiche.issues.counting import EventCounter, UserCounter
from seiche.issues.escalation import escalates
from seiche.issues.priority import priority
from seiche.model.issue import IssueSubstatus

STEPS = st.lists(st.tuples(st.integers(0, 90), st.sampled_from(["", "ada", "bob", "eve", "joe"]), st.booleans()), max_size=60)


@given(STEPS, st.integers(1, 5), st.one_of(st.none(), st.integers(1, 120)))
def test_both_counters_fire_exactly_at_their_threshold(steps, threshold, window) -> None:
    at, events, users = 1_764_000_000_000_000, [], []
    event_counter, user_counter = EventCounter(threshold, window), UserCounter(threshold, window)
    for seconds, user, restart in steps:
        at += seconds * 1_000_000
        since = 0 if window is None else at - window * 1_000_000
        events = [*(one for one in events if one > since), at]
        users = [*(one for one in users if one[0] > since), *([(at, user)] if user else [])]
        assert event_counter.add(at, user) == (len(events) >= threshold)
        assert user_counter.add(at, user) == (bool(user) and len({name for _, name in users}) >= threshold)
        if len(events) >= threshold:
            events = []
        if user and len({name for _, name in users}) >= threshold:
            users = []
        assert event_counter.count == len(events)
        if restart:
            event_counter = EventCounter(threshold, window, event_counter.state())
            user_counter = UserCounter(threshold, window, user_counter.state())


def test_a_counter_remembers_no_more_than_it_needs() -> None:
    events, users = EventCounter(1000, 86_400), UserCounter(1000)
    for number in range(5000):
        events.add(number * 1000)
        users.add(number, f"user {number}")
    assert len(events.state()) <= 10_000
    assert len(users.state()) <= 25 * 1000
    assert b"user" not in users.state()


def test_escalation_says_why() -> None:
    assert escalates(19, 0) == ""
    assert escalates(20, 0) == "20 events this hour; the busiest hour of the week before had none"
    assert escalates(60, 20) == ""
    assert escalates(61, 20) == "61 events this hour; the busiest hour of the week before had 20"


def test_priority_goes_up_for_a_reason() -> None:
    def of(level, substatus, unhandled=False):
        return priority(level, unhandled=unhandled, substatus=IssueSubstatus(substatus))

    assert of("fatal", "ongoing") == ("high", "fatal")
    assert of("error", "new") == ("medium", "error")
    assert of("error", "new", unhandled=True) == ("high", "error, not handled, new")
    assert of("error", "ongoing", unhandled=True) == ("medium", "error")
    assert of("error", "escalating") == ("high", "error, escalating")
    assert of("warning", "ongoing") == ("low", "warning")
    assert of("info", "regressed", unhandled=True) == ("medium", "info, not handled, regressed")
