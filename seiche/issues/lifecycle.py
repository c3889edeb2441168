"""Where an issue stands, and what events, people and time do to it. Pure."""

from collections.abc import Mapping

import msgspec

from seiche.issues.releases import is_older
from seiche.model.issue import IssueStatus, IssueSubstatus

NEW_FOR_US = 7 * 86_400 * 1_000_000


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What the lifecycle knows of an issue."""

    status: IssueStatus
    substatus: IssueSubstatus
    changed_at_us: int
    resolved_at_us: int | None = None
    resolved_release: str = ""
    """The newest release it was seen in when it was resolved."""


def created(at_us: int) -> Standing:
    """A new issue."""
    return Standing(status=IssueStatus.UNRESOLVED, substatus=IssueSubstatus.NEW, changed_at_us=at_us)


def decided(standing: Standing, status: IssueStatus, *, at_us: int, newest_release: str = "") -> Standing:
    """After a person's decision. Deciding what is decided already changes nothing; reopening makes it ongoing."""
    if status == standing.status:
        return standing
    if status == IssueStatus.UNRESOLVED:
        return Standing(status=status, substatus=IssueSubstatus.ONGOING, changed_at_us=at_us)
    resolved = status == IssueStatus.RESOLVED
    return Standing(
        status=status,
        substatus=IssueSubstatus.NONE,
        changed_at_us=at_us,
        resolved_at_us=at_us if resolved else None,
        resolved_release=newest_release if resolved else "",
    )


def on_event(standing: Standing, *, occurred_at_us: int, release: str, at_us: int, first_seen_us: Mapping[str, int]) -> Standing:
    """After an event. It reopens a resolved issue if it happened after the resolution, and not in an older release.

    Late events and stragglers of old releases must not reopen what is fixed. An ignored issue stays ignored.
    """
    if standing.status != IssueStatus.RESOLVED or standing.resolved_at_us is None or occurred_at_us <= standing.resolved_at_us:
        return standing
    if is_older(release, standing.resolved_release, first_seen_us):
        return standing
    return Standing(status=IssueStatus.UNRESOLVED, substatus=IssueSubstatus.REGRESSED, changed_at_us=at_us)


def aged(standing: Standing, *, at_us: int) -> Standing:
    """After time alone: nothing is new for more than seven days."""
    if standing.substatus == IssueSubstatus.NEW and at_us - standing.changed_at_us >= NEW_FOR_US:
        return msgspec.structs.replace(standing, substatus=IssueSubstatus.ONGOING)
    return standing
