"""The lifecycle as a state machine, against a model that knows only what people can see."""

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from seiche.issues import lifecycle
from seiche.issues.counting import EventCounter
from seiche.issues.lifecycle import Releases
from seiche.model.issue import Ignoring, IssueStatus, IssueSubstatus, Resolution, ResolvedIn

RELEASES = ("shop@1.0.0", "shop@1.1.0", "shop@1.2.0", "shop@1.3.0")
DAY_US = 86_400_000_000
START_US = 1_764_000_000_000_000


class Lifecycle(RuleBasedStateMachine):
    """One issue of one project; releases are deployed in order, but events of any of them may come at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START_US
        self.standing = lifecycle.created(self.now)
        self.deployed = {RELEASES[0]: self.now}
        self.fix: tuple[int, int, bool] | None = None
        """(when, index of the first release that must not raise it, whether that release is only expected) of the resolution that holds."""
        self.left: int | None = None
        self.counter: EventCounter | None = None

    @property
    def newest(self) -> int:
        return len(self.deployed) - 1

    def facts(self) -> Releases:
        base = (self.standing.resolution or self.standing.ignoring or Resolution(at_us=0)).release
        newer = [at for name, at in self.deployed.items() if base and name > base]
        return Releases(first_seen_us=self.deployed, newer_at_us=min(newer, default=None))

    @rule(seconds=st.integers(1, 3 * 86_400))
    def time_passes(self, seconds) -> None:
        self.now += seconds * 1_000_000
        change = lifecycle.aged(self.standing, at_us=self.now)
        before = self.standing
        waits = before.ignoring is not None and before.ignoring.until_us is not None and before.ignoring.until_us <= self.now
        lasts = {"new": 7, "regressed": 7, "reopened": 7, "escalating": 1}.get(before.substatus)
        passes = lasts is not None and self.now - before.changed_at_us >= lasts * DAY_US
        assert (change is not None) == (waits or passes)
        if change is not None:
            self.standing = change.standing
            assert change.reason
            assert self.standing.substatus == ("reopened" if waits else "ongoing")
            self.left = self.counter = None

    @precondition(lambda self: self.newest < len(RELEASES) - 1)
    @rule()
    def a_release_is_deployed(self) -> None:
        self.now += 1_000_000
        self.deployed[RELEASES[self.newest + 1]] = self.now

    @rule(how=st.sampled_from([ResolvedIn.NOW, ResolvedIn.RELEASE, ResolvedIn.NEXT_RELEASE]), release=st.integers(0, len(RELEASES) - 1))
    def somebody_resolves(self, how, release) -> None:
        named = release if how == ResolvedIn.RELEASE else self.newest
        before = self.standing
        self.standing = lifecycle.resolved(before, Resolution(at_us=self.now, how=how, release=RELEASES[named]))
        if self.standing is not before:
            self.fix = (self.now, named + (how == ResolvedIn.NEXT_RELEASE), how == ResolvedIn.NEXT_RELEASE)
        assert self.standing.status == IssueStatus.RESOLVED
        assert lifecycle.resolved(self.standing, msgspec.structs.replace(self.standing.resolution, at_us=self.now + 1)) is self.standing
        self.left = self.counter = None

    @rule(events=st.one_of(st.none(), st.integers(1, 3)), hours=st.one_of(st.none(), st.integers(1, 30)))
    def somebody_ignores(self, events, hours) -> None:
        until = None if hours is None else self.now + hours * 3_600_000_000
        before = self.standing
        self.standing = lifecycle.ignored(before, Ignoring(at_us=self.now, events=events, until_us=until))
        if self.standing is not before:
            self.left, self.counter = events, EventCounter(events) if events else None
        assert self.standing.status == IssueStatus.IGNORED
        self.fix = None

    @rule()
    def somebody_reopens(self) -> None:
        before = self.standing
        self.standing = lifecycle.reopened(before, at_us=self.now)
        assert (self.standing is before) == (before.status == IssueStatus.UNRESOLVED)
        self.fix = self.left = self.counter = None

    @rule()
    def it_escalates(self) -> None:
        before = self.standing
        change = lifecycle.escalated(before, "why", at_us=self.now)
        assert (change is None) == (before.status != IssueStatus.UNRESOLVED or before.substatus == IssueSubstatus.ESCALATING)
        self.standing = change.standing if change else before

    @rule(ago_seconds=st.integers(-60, 86_400), release=st.integers(0, len(RELEASES) - 1))
    def an_event_comes(self, ago_seconds, release) -> None:
        release = min(release, self.newest)
        before, occurred = self.standing, self.now - ago_seconds * 1_000_000
        facts = self.facts()
        change = lifecycle.regressed(before, occurred_at_us=occurred, release=RELEASES[release], at_us=self.now, releases=facts)
        if self.fix is None or occurred <= self.fix[0]:
            assert change is None, "late events never reopen"
        else:
            at, first, expected = self.fix
            overdue = expected and self.newest < first and occurred > at + 30 * DAY_US and release >= first - 1
            assert (change is not None) == (release >= first or overdue)
        if change is not None:
            self.standing, self.fix = change.standing, None
            assert (self.standing.status, self.standing.substatus) == (IssueStatus.UNRESOLVED, IssueSubstatus.REGRESSED)
            assert RELEASES[release] in change.reason
        elif before.ignoring is not None:
            self._ignored_event(before.ignoring, occurred, release, facts)

    def _ignored_event(self, ignoring, occurred, release, facts) -> None:
        over = lifecycle.ignoring_ends(
            ignoring, occurred_at_us=occurred, received_at_us=self.now, release=RELEASES[release], releases=facts
        )
        assert bool(over) == (ignoring.until_us is not None and self.now >= ignoring.until_us)
        if self.left is not None:
            self.left -= 1
            reached = self.counter.add(self.now)
            assert reached == (self.left == 0)
            over = over or ("so many" if reached else "")
        if over:
            self.standing = lifecycle.unignored(self.standing, over, at_us=self.now).standing
            self.left = self.counter = None

    @invariant()
    def status_substatus_and_what_holds_it_fit(self) -> None:
        unresolved = self.standing.status == IssueStatus.UNRESOLVED
        assert unresolved == (self.standing.substatus != IssueSubstatus.NONE)
        assert (self.standing.resolution is not None) == (self.standing.status == IssueStatus.RESOLVED)
        assert (self.standing.ignoring is not None) == (self.standing.status == IssueStatus.IGNORED)
        assert self.standing.changed_at_us <= self.now

    @invariant()
    def what_is_resolved_can_always_come_back(self) -> None:
        if self.standing.resolution is None or self.standing.resolution.how == ResolvedIn.RELEASE:
            return
        much_later = self.now + 31 * DAY_US
        facts = Releases(first_seen_us=self.deployed | {"shop@9.0.0": much_later}, newer_at_us=much_later)
        for release in ("shop@9.0.0", "" if self.standing.resolution.how == ResolvedIn.NOW else "shop@9.0.0"):
            event = {"occurred_at_us": much_later + 1, "release": release, "at_us": much_later, "releases": facts}
            assert lifecycle.regressed(self.standing, **event) is not None


Lifecycle.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
test_lifecycle = Lifecycle.TestCase


def resolved(how, release="", at_us=100, **more):
    return lifecycle.resolved(lifecycle.created(0), Resolution(at_us=at_us, how=how, release=release, **more))


SEEN = {"shop@1.0": 10, "shop@2.0": 50, "a1b2c3d": 60, "f00dbabe": 150, "shop@1.9": 160, "shop@2.1": 170}


@pytest.mark.parametrize(
    ("how", "base", "release", "occurred", "comes_back"),
    [
        (ResolvedIn.NOW, "shop@2.0", "", 101, True),
        (ResolvedIn.NOW, "shop@2.0", "", 100, False),
        (ResolvedIn.NOW, "shop@2.0", "shop@1.0", 101, False),
        (ResolvedIn.NOW, "shop@2.0", "shop@2.0", 101, True),
        (ResolvedIn.NOW, "shop@2.0", "a1b2c3d", 101, True),  # separate lines: time decides
        (ResolvedIn.RELEASE, "shop@2.1", "shop@2.0", 500, False),
        (ResolvedIn.RELEASE, "shop@2.1", "shop@2.1", 500, True),
        (ResolvedIn.RELEASE, "shop@2.1", "shop@3.0", 90, False),  # late
        (ResolvedIn.NEXT_RELEASE, "shop@2.0", "shop@2.0", 500, False),
        (ResolvedIn.NEXT_RELEASE, "shop@2.0", "shop@1.9", 500, False),  # a patch of an older version, deployed later
        (ResolvedIn.NEXT_RELEASE, "shop@2.0", "shop@2.1", 500, True),
        (ResolvedIn.NEXT_RELEASE, "shop@2.0", "a1b2c3d", 500, False),  # another line, and it was there before
        (ResolvedIn.NEXT_RELEASE, "shop@2.0", "f00dbabe", 500, True),  # another line that came after
        (ResolvedIn.NEXT_RELEASE, "a1b2c3d", "f00dbabe", 500, True),
        (ResolvedIn.NEXT_RELEASE, "f00dbabe", "a1b2c3d", 500, False),
        (ResolvedIn.NEXT_RELEASE, "shop@2.0", "", 160, False),
        (ResolvedIn.NEXT_RELEASE, "shop@2.0", "", 171, True),
        (ResolvedIn.NEXT_RELEASE, "", "", 101, True),  # no release at all: time decides
        (ResolvedIn.COMMIT, "shop@2.0", "shop@2.0", 500, False),
        (ResolvedIn.COMMIT, "shop@2.0", "shop@2.1", 500, True),
    ],
)
def test_who_reopens(how, base, release, occurred, comes_back) -> None:
    standing = resolved(how, base)
    facts = Releases(first_seen_us=SEEN, newer_at_us=170)
    change = lifecycle.regressed(standing, occurred_at_us=occurred, release=release, at_us=600, releases=facts)
    assert (change is not None) == comes_back


def test_a_commit_counts_in_the_release_that_holds_it() -> None:
    standing = resolved(ResolvedIn.COMMIT, "shop@1.0", commit="abc")
    facts = Releases(first_seen_us=SEEN, newer_at_us=50, fixed_in="shop@2.1")
    event = {"occurred_at_us": 500, "at_us": 600, "releases": facts}
    assert lifecycle.regressed(standing, release="shop@2.0", **event) is None
    assert "resolution in shop@2.1" in lifecycle.regressed(standing, release="shop@2.1", **event).reason


def test_a_next_release_that_never_comes_is_not_waited_for() -> None:
    standing = resolved(ResolvedIn.NEXT_RELEASE, "shop@2.0")
    for release, comes_back in (("shop@2.0", True), ("", True), ("shop@1.0", False)):
        event = {"release": release, "at_us": 10**13, "releases": Releases(first_seen_us=SEEN)}
        assert lifecycle.regressed(standing, occurred_at_us=29 * DAY_US, **event) is None
        assert (lifecycle.regressed(standing, occurred_at_us=31 * DAY_US, **event) is not None) == comes_back


def test_a_change_of_mind_is_a_change() -> None:
    first = resolved(ResolvedIn.NOW, "shop@1.0")
    assert lifecycle.resolved(first, Resolution(at_us=200, release="shop@2.0")) is first
    second = lifecycle.resolved(first, Resolution(at_us=200, how=ResolvedIn.RELEASE, release="shop@2.0"))
    assert second.resolution.release == "shop@2.0"
    third = lifecycle.resolved(second, Resolution(at_us=300, how=ResolvedIn.RELEASE, release="shop@2.1"))
    assert third.resolution.at_us == 300
    asleep = lifecycle.ignored(third, Ignoring(at_us=400, events=5))
    assert (asleep.resolution, asleep.ignoring.events) == (None, 5)
    assert lifecycle.ignored(asleep, Ignoring(at_us=500, events=5)) is asleep
    assert lifecycle.ignored(asleep, Ignoring(at_us=500, events=6)).ignoring.events == 6


def test_an_ignored_issue_escalates_only_if_that_was_its_condition() -> None:
    plain = lifecycle.ignored(lifecycle.created(0), Ignoring(at_us=1))
    assert lifecycle.escalated(plain, "why", at_us=2) is None
    waiting = lifecycle.ignored(lifecycle.created(0), Ignoring(at_us=1, escalating=True))
    assert lifecycle.escalated(waiting, "why", at_us=2).standing.substatus == IssueSubstatus.ESCALATING


def test_ignored_until_the_next_release() -> None:
    ignoring = Ignoring(at_us=100, next_release=True, release="shop@2.0")
    for release, occurred, ends in (("shop@2.0", 500, False), ("shop@2.1", 500, True), ("shop@2.1", 90, False)):
        why = lifecycle.ignoring_ends(
            ignoring, occurred_at_us=occurred, received_at_us=600, release=release, releases=Releases(first_seen_us=SEEN, newer_at_us=170)
        )
        assert bool(why) == ends


def test_time_counts_from_its_very_moment() -> None:
    fresh = lifecycle.created(START_US)
    week = 7 * DAY_US
    assert lifecycle.aged(fresh, at_us=START_US + week - 1) is None
    assert lifecycle.aged(fresh, at_us=START_US + week) is not None
    ignoring = Ignoring(at_us=START_US, until_us=START_US + 10)
    for received, over in ((9, False), (10, True)):
        at_us = START_US + received
        ends = lifecycle.ignoring_ends(ignoring, occurred_at_us=at_us, received_at_us=at_us, release="", releases=Releases())
        assert bool(ends) is over


def test_an_event_without_a_release_is_of_the_newer_one_only_after_that_came() -> None:
    held = lifecycle.resolved(
        lifecycle.created(START_US), Resolution(at_us=START_US + 10, how=ResolvedIn.NEXT_RELEASE, release="shop@1.0.0")
    )
    releases = Releases(first_seen_us={"shop@1.0.0": START_US, "shop@1.1.0": START_US + 50}, newer_at_us=START_US + 50)
    for occurred, comes_back in ((50, False), (51, True)):
        at_us = START_US + occurred
        found = lifecycle.regressed(held, occurred_at_us=at_us, release="", at_us=at_us, releases=releases)
        assert (found is not None) is comes_back


def test_a_release_that_nobody_knows_yet_appeared_with_its_event() -> None:
    held = lifecycle.resolved(
        lifecycle.created(START_US), Resolution(at_us=START_US + 10, how=ResolvedIn.NEXT_RELEASE, release="shop@1.0.0")
    )
    releases = Releases(first_seen_us={"shop@1.0.0": START_US}, newer_at_us=START_US + 20)
    found = lifecycle.regressed(
        held, occurred_at_us=START_US + 30, release="0123456789abcdef0123456789abcdef01234567", at_us=START_US + 30, releases=releases
    )
    assert found is not None


def test_resolving_by_another_commit_is_another_resolution() -> None:
    by = Resolution(at_us=START_US, how=ResolvedIn.COMMIT, commit="aaa")
    held = lifecycle.resolved(lifecycle.created(START_US), by)
    again = lifecycle.resolved(held, msgspec.structs.replace(by, commit="bbb", at_us=START_US + 5))
    assert again.resolution is not None
    assert (again.resolution.commit, again.changed_at_us) == ("bbb", START_US + 5)
