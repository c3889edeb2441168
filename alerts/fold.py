"""A batch's sightings, folded by issue: counts, first and last event, facets. Pure."""

from collections.abc import Iterable
from typing import Any, TypeVar

from alerts.prepare import Sighting
from seiche.registry.regroup_tables import TOTALED
from seiche.registry.tables import Issue

VALUE_CHARACTERS = 2048
FACET_CHARACTERS = 250
K = TypeVar("K", int, tuple[int, str])
"""Whose facets: an issue's, or a (project, fingerprint)'s."""


def new_issue(first: Sighting, *, now_us: int) -> Issue:
    """A row for an unseen fingerprint; its number comes when it is stored, its counts by `add`."""
    event, grouping = first.event, first.grouping
    return Issue(
        project_id=first.record.project_id,
        type=grouping.type[:256],
        value=grouping.value[:VALUE_CHARACTERS],
        title=grouping.title,
        culprit=grouping.culprit[:256],
        level=event.level,
        platform=event.platform[:32],
        status="unresolved",
        substatus="new",
        status_changed_at_us=now_us,
        count=0,
        first_seen_us=event.occurred_at_us,
        last_seen_us=event.occurred_at_us,
        first_partition=first.partition,
        first_offset=first.offset,
        first_event_id=event.event_id,
        last_partition=first.partition,
        last_offset=first.offset,
        last_event_id=event.event_id,
        first_release=event.release,
        last_release=event.release,
        resolved_release="",
        unhandled=False,
        priority="medium",
        priority_by="",
        created_at_us=now_us,
    )


def add(issue: Issue, seen: Iterable[Sighting]) -> None:
    """Count sightings (ascending offsets) into their issue."""
    found = list(seen)
    occurred = [one.event.occurred_at_us for one in found]
    issue.count += len(found)
    issue.first_seen_us = min(issue.first_seen_us, *occurred)
    issue.last_seen_us = max(issue.last_seen_us, *occurred)
    last = found[-1]
    issue.last_partition, issue.last_offset, issue.last_event_id = last.partition, last.offset, last.event.event_id
    issue.level = last.event.level
    issue.unhandled = issue.unhandled or any(exception.handled is False for one in found for exception in one.event.exceptions)
    issue.last_release = next((one.event.release for one in reversed(found) if one.event.release), issue.last_release)
    issue.first_release = issue.first_release or next((one.event.release for one in found if one.event.release), "")


def totals(seen: Iterable[Sighting]) -> list[dict[str, Any]]:
    """Rows of `fingerprint_totals` (ascending offsets): what each fingerprint's events of this batch add up to."""
    found: dict[tuple[int, str], Issue] = {}
    by_key: dict[tuple[int, str], list[Sighting]] = {}
    for one in seen:
        by_key.setdefault(one.key, []).append(one)
    for key, of_key in by_key.items():
        found[key] = new_issue(of_key[0], now_us=0)
        add(found[key], of_key)
    return [
        {"project_id": key[0], "fingerprint": key[1], **{name: getattr(row, name) for name in TOTALED}}
        for key, row in sorted(found.items())
    ]


def fingerprint_facets(seen: Iterable[Sighting]) -> list[dict[str, Any]]:
    """Rows of `fingerprint_facets`."""
    rows = _facets((one.key, one) for one in seen)
    return [{"project_id": key[0], "fingerprint": key[1], **rest} for key, rest in rows]


def facets(seen: Iterable[tuple[int, Sighting]]) -> list[dict[str, Any]]:
    """Rows of `issue_facets` for sightings with their issue's id."""
    return [{"issue_id": issue_id, **rest} for issue_id, rest in _facets(seen)]


def _facets(seen: Iterable[tuple[K, Sighting]]) -> list[tuple[K, dict[str, Any]]]:
    found: dict[tuple[K, str, str], list[int]] = {}
    for owner, one in seen:
        event = one.event
        for facet, value in (("release", event.release), ("environment", event.environment), ("level", event.level)):
            if not value:
                continue
            row = found.setdefault((owner, facet, value[:FACET_CHARACTERS]), [0, event.occurred_at_us, event.occurred_at_us])
            row[0] += 1
            row[1], row[2] = min(row[1], event.occurred_at_us), max(row[2], event.occurred_at_us)
    names = ("count", "first_seen_us", "last_seen_us")
    return [
        (owner, {"facet": facet, "value": value, **dict(zip(names, row, strict=True))})
        for (owner, facet, value), row in sorted(found.items())
    ]


def releases(seen: Iterable[Sighting]) -> dict[tuple[int, str], int]:
    """(project, release) -> when it was first received in this batch."""
    found: dict[tuple[int, str], int] = {}
    for one in seen:
        if one.event.release:
            found.setdefault((one.record.project_id, one.event.release), one.record.received_at_us)
    return found
