"""Which issue an event belongs to, as the one writer of a project's issues decides it. Pure but for the index that it teaches.

1. A known fingerprint decides, the most telling one first; so an event whose first is unseen joins by its whole stack.
2. Fingerprints of versions that the project used before are looked up too, never recorded: an upgrade moves nothing.
3. What is left is asked of the near-duplicate index; in doubt it is a new issue.
"""

from collections.abc import Callable, Collection, Sequence

import msgspec

from seiche.grouping.near import Decision, NearIndex
from seiche.grouping.shape import Shape

KNOWN = "known"
UNSEEN = "unseen"
WHOLE_STACK = "same whole stack"
EARLIER_VERSION = "known to an earlier version"
COMPANION = "came with it"
"""Of a fingerprint that is recorded because another of the same event is the issue's."""
Owner = Callable[[str], int | None]
"""The issue of a fingerprint; None of one that nobody has decided."""


class Verdict(msgspec.Struct, frozen=True):
    """The issue of an event, and why."""

    issue_id: int | None
    """None: a new issue."""
    rule: str
    score: float = 1.0
    matched: str = ""
    """The fingerprint that decided."""
    near: Decision | None = None
    """What the near-duplicate index said, where it was asked."""


def settle(
    index: NearIndex | None,
    fingerprints: Sequence[str],
    earlier: Sequence[str],
    shape: Shape | None,
    owner: Owner,
    *,
    barred: Collection[int] = (),
) -> Verdict:
    """Where an event belongs. `index`, `shape`: None without near-duplicates; `barred`: issues that people said it is not."""
    for number, fingerprint in enumerate(fingerprints):
        if (issue := owner(fingerprint)) is not None:
            return Verdict(issue, WHOLE_STACK if number else KNOWN, matched=fingerprint)
    for fingerprint in earlier:
        if (issue := owner(fingerprint)) is not None:
            return Verdict(issue, EARLIER_VERSION, matched=fingerprint)
    if index is None or shape is None:
        return Verdict(None, UNSEEN)
    near = index.decide(shape, barred=barred)
    if near.issue_id is None:
        return Verdict(None, UNSEEN, near=near)
    return Verdict(near.issue_id, near.rule, near.score, near.fingerprint, near)
