"""Other grouping settings over history: what was seen -> which issue each fingerprint would be of. Pure, deterministic.

The events are taken in the order of the log, exactly as the one writer of a project's issues takes them (`seiche.grouping.identity`).
What people decided is kept: their fingerprints are pinned to issues, and a new fingerprint whose events mostly come from a pinned one
is pinned as well. Issues keep their ids by largest overlap.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

import msgspec

from seiche.grouping.identity import KNOWN, UNSEEN, settle
from seiche.grouping.near import NearIndex
from seiche.grouping.shape import Shape
from seiche.model.issue import Grouping


class Sight(msgspec.Struct, frozen=True):
    """The first event, in the order of the log, of a set of fingerprints in a release from a caller."""

    partition: int
    offset: int
    grouping: Grouping
    shape: Shape | None


class Known(msgspec.Struct, frozen=True):
    """A fingerprint as the map has it now."""

    issue_id: int
    pinned: bool = False


class Placed(msgspec.Struct):
    """A fingerprint of the next map."""

    fingerprint: str
    group: int
    """Fingerprints of one group are one issue."""
    rule: str
    score: float
    pinned: bool
    grouping: Grouping | None
    """None of companions and of what stays as it was."""
    matched: str = ""


class Plan(msgspec.Struct):
    """The next map beside the current one."""

    placed: dict[str, Placed]
    """Of the new grouping, by fingerprint; old fingerprints that no event has any more are in `retired`."""
    issue_of: dict[int, int]
    """Group -> the issue whose id it keeps. Groups that are not here are new issues."""
    retired: dict[str, int]
    """Old fingerprint -> the group that has most of its events."""
    heirs: dict[int, int]
    """Issue that disappears -> the group that has most of its events."""
    overridden: int
    """Fingerprints that people put into different issues and that are one fingerprint now."""
    index: NearIndex


Overlap = Mapping[tuple[str, str], int]
"""(old fingerprint, new fingerprint) -> events."""


def plan(sights: Iterable[Sight], overlap: Overlap, known: Mapping[str, Known], *, redecide: bool = False, restore: bool = False) -> Plan:
    """The next map. `redecide`: which fingerprints belong together is asked again even where it was decided (pins excepted).

    `restore`: `known` is an earlier map, to be gone back to: its issues keep their ids, however many events they have.
    """
    pins, overridden = _pins(overlap, known)
    owner: dict[str, int] = dict(pins)
    if not redecide:
        owner |= {fingerprint: one.issue_id for fingerprint, one in known.items() if fingerprint not in owner}
    placed, index = _replay(sights, owner, pins)
    for (_, new), _count in sorted(overlap.items()):
        if new not in placed:  # moved events and what cannot be processed keep their fingerprints, and have no sight
            placed[new] = Placed(new, known[new].issue_id, KNOWN, 1.0, known[new].pinned, None)
    retired = {
        old: placed[most].group
        for old, most in _most(((old, new), count) for (old, new), count in overlap.items()).items()
        if old not in placed
    }
    if restore:  # what has no event left goes back as well
        retired |= {name: one.issue_id for name, one in known.items() if name not in placed and name not in retired}
    own = {*(one.group for one in placed.values()), *retired.values()} if restore else set()
    issue_of = _ids(overlap, known, placed, pins, {group: group for group in own if group > 0})
    return Plan(placed, issue_of, retired, _heirs(overlap, known, placed, issue_of, retired), overridden, index)


def _replay(sights: Iterable[Sight], owner: dict[str, int], pins: Mapping[str, int]) -> tuple[dict[str, Placed], NearIndex]:
    index = NearIndex()
    placed: dict[str, Placed] = {}
    made = 0
    for one in sorted(sights, key=lambda sight: (sight.partition, sight.offset)):
        first, *companions = one.grouping.fingerprints
        verdict = settle(index, one.grouping.fingerprints, (), one.shape, owner.get)
        group = verdict.issue_id
        if group is None:
            made -= 1
            group = made
        if first not in placed:
            rule = UNSEEN if verdict.rule == KNOWN and first not in pins else verdict.rule
            placed[first] = Placed(first, group, rule, verdict.score, first in pins, one.grouping, verdict.matched)
        owner.setdefault(first, group)
        for each in companions:
            # As it is live: the whole stack leads to the issue of the first event that had it.
            if each not in owner:
                owner[each] = group
                placed[each] = Placed(each, group, "came with it", 1.0, pinned=False, grouping=None, matched=first)
        if one.shape is not None:
            index.add(group, first, one.shape)
    return placed, index


def _pins(overlap: Overlap, known: Mapping[str, Known]) -> tuple[dict[str, int], int]:
    """New fingerprint -> the issue that people put most of its events into; and how many unite what people kept apart."""
    pins = {fingerprint: one.issue_id for fingerprint, one in known.items() if one.pinned}
    votes: defaultdict[str, Counter[int | None]] = defaultdict(Counter)
    for (old, new), count in overlap.items():
        if new not in pins:
            one = known.get(old)
            votes[new][one.issue_id if one is not None and one.pinned else None] += count
    overridden = 0
    for new, found in votes.items():
        (winner, _), *_ = sorted(found.items(), key=lambda pair: (-pair[1], pair[0] or 0))
        overridden += len([issue for issue in found if issue is not None]) > 1
        if winner is not None:
            pins[new] = winner
    return pins, overridden


def _ids(
    overlap: Overlap, known: Mapping[str, Known], placed: Mapping[str, Placed], pins: Mapping[str, int], given: Mapping[int, int]
) -> dict[int, int]:
    """Which group keeps which issue's id: those that have theirs `given`, pinned ones theirs, then by the number of events in common."""
    issue_of = dict(given) | {placed[new].group: issue for new, issue in sorted(pins.items()) if new in placed and placed[new].pinned}
    shared: Counter[tuple[int, int]] = Counter()
    for (old, new), count in overlap.items():
        if old in known:
            shared[placed[new].group, known[old].issue_id] += count
    taken = set(issue_of.values())
    # Of equal overlaps the older issue wins, and of equal groups the one that has the id already.
    for (group, issue), _count in sorted(shared.items(), key=lambda item: (-item[1], item[0][1], item[0][0] != item[0][1], -item[0][0])):
        if group not in issue_of and issue not in taken:
            issue_of[group] = issue
            taken.add(issue)
    return issue_of


def _heirs(
    overlap: Overlap,
    known: Mapping[str, Known],
    placed: Mapping[str, Placed],
    issue_of: Mapping[int, int],
    retired: Mapping[str, int],
) -> dict[int, int]:
    """Issues that no group keeps, and that own nothing else, lead to the group with most of their events."""
    counted = (((known[old].issue_id, placed[new].group), count) for (old, new), count in overlap.items() if old in known)
    most = _most(counted)
    staying = {one.issue_id for fingerprint, one in known.items() if fingerprint not in placed and fingerprint not in retired}
    return {issue: group for issue, group in most.items() if issue not in set(issue_of.values()) and issue not in staying}


def _most(counted: Iterable[tuple[tuple, int]]) -> dict:  # type: ignore[type-arg]  # generic in both keys
    """(one, other) -> count, as one -> the other with most; of equals the smaller."""
    sums: Counter[tuple] = Counter()  # type: ignore[type-arg]
    for pair, count in counted:
        sums[pair] += count
    found: dict = {}  # type: ignore[type-arg]
    for (one, other), _count in sorted(sums.items(), key=lambda item: (-item[1], item[0])):
        found.setdefault(one, other)
    return found
