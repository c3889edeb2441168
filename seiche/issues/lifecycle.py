"""Where an issue stands, and what events, people and time do to it. Pure: every change comes with its reason."""

from collections.abc import Mapping

import msgspec

from seiche.issues.releases import is_older
from seiche.model.issue import Ignoring, IssueStatus, IssueSubstatus, Resolution, ResolvedIn

DAY_US = 86_400 * 1_000_000
PASSES_AFTER_US = {
    IssueSubstatus.NEW: 7 * DAY_US,
    IssueSubstatus.REGRESSED: 7 * DAY_US,
    IssueSubstatus.REOPENED: 7 * DAY_US,
    IssueSubstatus.ESCALATING: DAY_US,
}
"""How long a substatus lasts; then the issue is ongoing."""
NEXT_RELEASE_WITHIN_US = 30 * DAY_US
"""A next release that has not come by then is not waited for: a resolution must never hide an issue for good."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What the lifecycle knows of an issue."""

    status: IssueStatus
    substatus: IssueSubstatus
    changed_at_us: int
    resolution: Resolution | None = None
    """Set while it is resolved."""
    ignoring: Ignoring | None = None
    """Set while it is ignored."""


class Change(msgspec.Struct, frozen=True):
    """Where an issue stands now, and why."""

    standing: Standing
    reason: str


class Releases(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a project's releases when an event comes."""

    first_seen_us: Mapping[str, int] = msgspec.field(default_factory=dict)
    newer_at_us: int | None = None
    """When the project first saw a release that is newer than the one a "next release" counts from; None before that."""
    fixed_in: str = ""
    """The first release that holds the commit an issue was resolved by; "" while none is known."""


def created(at_us: int) -> Standing:
    """A new issue."""
    return Standing(status=IssueStatus.UNRESOLVED, substatus=IssueSubstatus.NEW, changed_at_us=at_us)


def resolved(standing: Standing, resolution: Resolution) -> Standing:
    """After a person resolved it. Saying the same again changes nothing: the first time counts."""
    held = standing.resolution
    same = held is not None and (held.how, held.commit) == (resolution.how, resolution.commit)
    if same and (resolution.how != ResolvedIn.RELEASE or (held and held.release) == resolution.release):
        return standing
    return Standing(status=IssueStatus.RESOLVED, substatus=IssueSubstatus.NONE, changed_at_us=resolution.at_us, resolution=resolution)


def ignored(standing: Standing, ignoring: Ignoring) -> Standing:
    """After a person ignored it. The same conditions again change nothing: what was counted stays counted."""
    held = standing.ignoring
    if held is not None and msgspec.structs.replace(held, at_us=ignoring.at_us, release=ignoring.release) == ignoring:
        return standing
    return Standing(status=IssueStatus.IGNORED, substatus=IssueSubstatus.NONE, changed_at_us=ignoring.at_us, ignoring=ignoring)


def reopened(standing: Standing, *, at_us: int) -> Standing:
    """After a person, or a condition, reopened it."""
    if standing.status == IssueStatus.UNRESOLVED:
        return standing
    return Standing(status=IssueStatus.UNRESOLVED, substatus=IssueSubstatus.REOPENED, changed_at_us=at_us)


def regressed(standing: Standing, *, occurred_at_us: int, release: str, at_us: int, releases: Releases) -> Change | None:
    """After an event of a resolved issue: reopened, if the fix was in what raised it.

    Late events (they occurred before the resolution) and events of older releases never reopen. Where releases do not compare,
    and for events without one, time alone decides: hiding a bug is worse than showing a fixed one again.
    """
    held = standing.resolution
    if held is None or occurred_at_us <= held.at_us:
        return None
    raised_in = f"an event of {release}" if release else "an event without a release"
    if held.how in {ResolvedIn.NOW, ResolvedIn.RELEASE} or releases.fixed_in:
        fixed_in = releases.fixed_in or held.release
        if is_older(release, fixed_in, releases.first_seen_us):
            return None
        reason = f"{raised_in}, after its resolution" + (f" in {fixed_in}" if held.how != ResolvedIn.NOW else "")
    else:
        why = _in_next_release(release, held.release, held.at_us, occurred_at_us, releases)
        if not why:
            return None
        reason = f"{raised_in}, resolved in the release after {held.release or 'that moment'}: {why}"
    return Change(Standing(status=IssueStatus.UNRESOLVED, substatus=IssueSubstatus.REGRESSED, changed_at_us=at_us), reason)


def unignored(standing: Standing, reason: str, *, at_us: int) -> Change | None:
    """After a condition of an ignored issue was met."""
    return Change(reopened(standing, at_us=at_us), reason) if standing.ignoring is not None else None


def ignoring_ends(ignoring: Ignoring, *, occurred_at_us: int, received_at_us: int, release: str, releases: Releases) -> str:
    """Why an event ends the ignoring, by time or release ("" where it does not); counts are kept by `seiche.issues.counting`."""
    if ignoring.until_us is not None and received_at_us >= ignoring.until_us:
        return "the time it was ignored for is over"
    if ignoring.next_release and occurred_at_us > ignoring.at_us:
        why = _in_next_release(release, ignoring.release, ignoring.at_us, occurred_at_us, releases)
        return f"ignored until the release after {ignoring.release or 'that moment'}: {why}" if why else ""
    return ""


def escalated(standing: Standing, reason: str, *, at_us: int) -> Change | None:
    """After far more events than its own past explains. An ignored issue comes back only if that was its condition."""
    waits = standing.ignoring is not None and standing.ignoring.escalating
    if not waits and (standing.status != IssueStatus.UNRESOLVED or standing.substatus == IssueSubstatus.ESCALATING):
        return None
    return Change(Standing(status=IssueStatus.UNRESOLVED, substatus=IssueSubstatus.ESCALATING, changed_at_us=at_us), reason)


def aged(standing: Standing, *, at_us: int) -> Change | None:
    """After time alone."""
    if standing.ignoring is not None and standing.ignoring.until_us is not None and at_us >= standing.ignoring.until_us:
        return unignored(standing, "the time it was ignored for is over", at_us=at_us)
    lasts_us = PASSES_AFTER_US.get(standing.substatus)
    if lasts_us is None or at_us - standing.changed_at_us < lasts_us:
        return None
    after = Standing(status=IssueStatus.UNRESOLVED, substatus=IssueSubstatus.ONGOING, changed_at_us=at_us)
    return Change(after, f"{standing.substatus.value} for {lasts_us // DAY_US} {'days' if lasts_us > DAY_US else 'day'}")


def _in_next_release(release: str, base: str, since_us: int, occurred_at_us: int, releases: Releases) -> str:
    """Why an event counts as one of a release newer than `base`; "" where it does not."""
    if not base:
        return "the project had no release then"
    known = releases.first_seen_us
    if releases.newer_at_us is None and occurred_at_us > since_us + NEXT_RELEASE_WITHIN_US:
        return "" if is_older(release, base, known) else f"no newer release came within {NEXT_RELEASE_WITHIN_US // DAY_US} days"
    if not release:
        late = releases.newer_at_us is not None and occurred_at_us > releases.newer_at_us
        return "a newer release was out by then" if late else ""
    newer = is_older(base, release, known)
    if newer is None:
        # Separate lines, as a version and a commit hash are: the one that appeared later is the next.
        newer = known.get(release, occurred_at_us) > since_us
    return f"{release} is newer" if newer else ""
