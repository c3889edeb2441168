"""Where code of one minified build went in the next: what is known to be the same in both tells how far its neighbours moved. Pure.

A minifier leaves columns, and a deploy moves them all. Problems already recognised in both builds are the anchors: what stood beside an
anchor still does. It tells twins apart: two functions with the same message, both moved.
"""

import re
from collections.abc import Callable

import msgspec

from seiche.grouping.names import file_name

ANCHORS = 256
"""Positions kept of a build."""
REACH_COLUMNS = 2000
"""How far an anchor speaks: bundlers put modules in another order."""
TOLERANCE_COLUMNS = 160
"""How far from where its neighbour says it should be a place may be."""
BUILDS = 512
"""Builds kept; the oldest go first."""
_MINIFIED = re.compile(r"\.min(?=\.\w{1,4}$)")
Build = tuple[str, str]
"""(the name of a file without its hash, the version of it)."""


class Position(msgspec.Struct, frozen=True):
    """A place in a build."""

    build: Build
    line: int
    column: int


def position(text: str, release: str) -> Position | None:
    """`file:line:column` as `Shape.position` has it; None where it has no numbers."""
    file, line, column = text.rsplit(":", 2) if text.count(":") > 1 else ("", "", "")
    if not (line.isdigit() and column.isdigit()):
        return None
    return Position((file_name(file), version(file, release)), int(line), int(column))


def version(file: str, release: str) -> str:
    """What tells two builds of a file apart: the hash in its name, else the release."""
    plain = file.rsplit("/", 1)[-1].split("?", 1)[0]
    return plain if _MINIFIED.sub("", plain.lower()) != file_name(file) else release


class Builds:
    """Positions by build; `key` of each says what it is (a fingerprint whose issue may change)."""

    def __init__(self, issue_of: Callable[[str], int | None]) -> None:
        self._issue_of = issue_of
        self._positions: dict[Build, dict[str, Position]] = {}

    def add(self, key: str, place: Position) -> None:
        """A decided fingerprint at a place."""
        known = self._positions.pop(place.build, {})
        self._positions[place.build] = known
        known.pop(key, None)
        known[key] = place
        if len(known) > ANCHORS:
            del known[next(iter(known))]
        if len(self._positions) > BUILDS:
            del self._positions[next(iter(self._positions))]

    def remove(self, key: str, place: Position) -> None:
        """A fingerprint that is forgotten."""
        known = self._positions.get(place.build)
        if known is not None and known.pop(key, None) is not None and not known:
            del self._positions[place.build]

    def nearness(self, now: Position, before: Position) -> float | None:
        """How near `now` is to where the anchor nearest to `before` says that it went, 0 to 1; None without anchors."""
        old = self._by_issue(before)
        new = self._by_issue(now)
        shared = [(abs(old[issue].column - before.column), old[issue], new[issue]) for issue in sorted(old.keys() & new.keys())]
        if not shared or now.build[0] != before.build[0]:
            return None
        distance, was, went = min(shared, key=lambda anchor: (anchor[0], anchor[1].column))
        if distance > REACH_COLUMNS:
            return None
        expected = before.column + went.column - was.column
        return max(0.0, 1.0 - abs(now.column - expected) / TOLERANCE_COLUMNS)

    def _by_issue(self, place: Position) -> dict[int, Position]:
        """Issues that have exactly one place on this line of the build."""
        found: dict[int, Position] = {}
        twice: set[int] = set()
        for key, other in self._positions.get(place.build, {}).items():
            issue = self._issue_of(key)
            if issue is None or other.line != place.line:
                continue
            if issue in found:
                twice.add(issue)
            found[issue] = other
        return {issue: other for issue, other in found.items() if issue not in twice}
