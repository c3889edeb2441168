"""The lifecycle as a state machine, against a model that knows only what people can see."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from seiche.issues import lifecycle
from seiche.model.issue import IssueStatus, IssueSubstatus

RELEASES = ("shop@1.0.0", "shop@1.1.0", "shop@1.2.0")
DAY_US = 86_400_000_000


class Lifecycle(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = 1_764_000_000_000_000
        self.standing = lifecycle.created(self.now)
        self.resolved: tuple[int, int] | None = None
        """(when, index of the release) of the resolution that holds."""

    @rule(seconds=st.integers(1, 3 * 86_400))
    def time_passes(self, seconds) -> None:
        self.now += seconds * 1_000_000
        before = self.standing
        self.standing = lifecycle.aged(before, at_us=self.now)
        if before.substatus != IssueSubstatus.NEW:
            assert self.standing is before
        elif self.now - before.changed_at_us >= 7 * DAY_US:
            assert self.standing.substatus == IssueSubstatus.ONGOING

    @rule(status=st.sampled_from(IssueStatus), release=st.integers(0, 2))
    def somebody_decides(self, status, release) -> None:
        before = self.standing
        self.standing = lifecycle.decided(before, status, at_us=self.now, newest_release=RELEASES[release])
        if status == before.status:
            assert self.standing is before
        elif status == IssueStatus.RESOLVED:
            self.resolved = (self.now, release)
        else:
            self.resolved = None
        assert self.standing.status == status

    @rule(ago_seconds=st.integers(-60, 86_400), release=st.integers(0, 2))
    def an_event_comes(self, ago_seconds, release) -> None:
        before, occurred = self.standing, self.now - ago_seconds * 1_000_000
        self.standing = lifecycle.on_event(before, occurred_at_us=occurred, release=RELEASES[release], at_us=self.now, first_seen_us={})
        if self.resolved is not None and occurred > self.resolved[0] and release >= self.resolved[1]:
            assert (self.standing.status, self.standing.substatus) == (IssueStatus.UNRESOLVED, IssueSubstatus.REGRESSED)
            self.resolved = None
        else:
            assert self.standing is before

    @precondition(lambda self: self.standing.status == IssueStatus.IGNORED)
    @rule()
    def events_leave_an_ignored_issue_alone(self) -> None:
        after = lifecycle.on_event(self.standing, occurred_at_us=self.now + 10**9, release="", at_us=self.now, first_seen_us={})
        assert after is self.standing

    @invariant()
    def status_and_substatus_fit(self) -> None:
        unresolved = self.standing.status == IssueStatus.UNRESOLVED
        assert unresolved == (self.standing.substatus != IssueSubstatus.NONE)
        assert (self.standing.resolved_at_us is not None) == (self.standing.status == IssueStatus.RESOLVED)
        assert self.standing.changed_at_us <= self.now


Lifecycle.TestCase.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
test_lifecycle = Lifecycle.TestCase


def test_an_event_without_a_release_reopens() -> None:
    resolved = lifecycle.decided(lifecycle.created(0), IssueStatus.RESOLVED, at_us=10, newest_release="1.0")
    assert lifecycle.on_event(resolved, occurred_at_us=11, release="", at_us=12, first_seen_us={}).substatus == IssueSubstatus.REGRESSED
    assert lifecycle.on_event(resolved, occurred_at_us=10, release="2.0", at_us=12, first_seen_us={}) is resolved
