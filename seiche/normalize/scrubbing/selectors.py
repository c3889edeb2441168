"""Which values of an event a scrubbing rule looks at: `extra.**`, `**.card_number`, `user.email`, `request.headers.*`, `$string`.

A path of names, from the event down. `*` is one level (a name, or a place in a list), `**` any number of levels, `'a.b'` a name with
dots; letters' case does not matter. `$string`, `$number` and `$any` as the last part say what kind of value it must be; alone they
mean everywhere. All rules are followed at once, so that what none of them can reach is not even looked at.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from seiche.errors import InvalidInput

MOST_PARTS = 20
KEPT: Final = frozenset({"event_id", "timestamp", "platform", "type", "level", "sdk", "_meta", "debug_meta"})
"""At the top: Seiche cannot read the event without them, and nothing personal stands there."""
_PART = re.compile(r"'([^']+)'|(\$[a-z]+)|([^.'\s]+)")
_KINDS: Final[dict[str, tuple[type, ...]]] = {"$string": (str,), "$number": (int, float), "$any": (object,)}

State = frozenset[tuple[int, int]]
"""(rule, how many parts of its path have been met)."""


class Selectors:
    """Raises `InvalidInput` naming the source that is not usable."""

    def __init__(self, sources: Sequence[str]) -> None:
        found = [_parsed(source) for source in sources]
        self._paths, self._kinds = [path for path, _ in found], [kind for _, kind in found]
        self.start: State = self._closed({(rule, 0) for rule in range(len(found))})
        self._steps: dict[tuple[State, str], State] = {}
        self._ends: dict[State, tuple[int, ...]] = {}

    def step(self, state: State, name: str) -> State:
        """Below `name`; empty where no rule can reach anything there."""
        key = (state, name)
        found = self._steps.get(key)
        if found is None:
            if len(self._steps) > 10_000:
                self._steps.clear()
            found = self._steps[key] = self._stepped(state, name.lower())
        return found

    def rules(self, state: State, value: Any) -> tuple[int, ...]:
        """The rules that select a value in this state."""
        ends = self._ends.get(state)
        if ends is None:
            ends = self._ends[state] = tuple(sorted(rule for rule, met in state if met == len(self._paths[rule])))
        if not ends or isinstance(value, bool):
            return ()
        return tuple(rule for rule in ends if isinstance(value, self._kinds[rule]))

    def _stepped(self, state: State, name: str) -> State:
        reached: set[tuple[int, int]] = set()
        for rule, met in state:
            path = self._paths[rule]
            if met == len(path):
                continue
            if path[met] == "**":
                reached.add((rule, met))
            elif path[met] in ("*", name):
                reached.add((rule, met + 1))
        return self._closed(reached)

    def _closed(self, places: set[tuple[int, int]]) -> State:
        """`**` may also stand for nothing."""
        todo = list(places)
        while todo:
            rule, met = todo.pop()
            path = self._paths[rule]
            if met < len(path) and path[met] == "**" and (rule, met + 1) not in places:
                places.add((rule, met + 1))
                todo.append((rule, met + 1))
        return frozenset(places)


def _parsed(source: str) -> tuple[tuple[str, ...], tuple[type, ...]]:
    parts: list[str] = []
    kind: tuple[type, ...] = (object,)
    position = 0
    while position < len(source):
        found = _PART.match(source, position)
        if found is None or kind != (object,):
            raise _unusable(source, "write names with dots in between, such as extra.** or user.email; $string only at the end")
        position = found.end()
        if position < len(source):
            if source[position] != "." or position + 1 == len(source):
                raise _unusable(source, "write names with dots in between, such as extra.** or user.email")
            position += 1
        quoted, typed, plain = found.groups()
        if typed is not None:
            if typed not in _KINDS:
                raise _unusable(source, f"{typed} is unknown: there are {', '.join(_KINDS)}")
            kind = _KINDS[typed] if typed != "$any" else (object,)
            parts += ["**"] if not parts else []
        else:
            parts.append((quoted or plain).lower())
    if not parts or len(parts) > MOST_PARTS:
        raise _unusable(source, f"it needs 1 to {MOST_PARTS} parts")
    return tuple(parts), kind


def _unusable(source: str, why: str) -> InvalidInput:
    return InvalidInput(f"the source {source[:80]!r} cannot be used: {why}", reason="invalid_source")
