"""Replace secrets in one decoded event. Pure; parts that hold none are returned as the same objects."""

from collections.abc import Callable
from typing import Any

from seiche.normalize.scrubbing.find import Kind
from seiche.normalize.scrubbing.values import replacers
from seiche.normalize.scrubbing.words import ADDRESSES, CODE, EXEMPT, Names

FILTERED = "[Filtered]"
LARGEST_CARD = 10**19


class Walk:
    """The replacements of one configuration, for the kinds of secrets that an event may hold."""

    def __init__(self, names: Names, kinds: Kind, *, values: bool) -> None:
        self._kind_of = names.kind if Kind.KEY in kinds else _never
        self._safe_of = names.kind
        self._addresses = Kind.ADDRESS in kinds
        self._cards = values and Kind.CARD in kinds
        self._replacers: list[Callable[[str], str]] = replacers(names.words, kinds if values else kinds & Kind.PART)

    def event(self, tree: Any) -> Any:
        """The event without its secrets, or the same object where it holds none."""
        if not isinstance(tree, dict):
            return tree
        kept = {key: value for key, value in tree.items() if key in EXEMPT}
        if not kept:
            return self._object(tree)
        rest = {key: value for key, value in tree.items() if key not in EXEMPT}
        scrubbed = self._object(rest)
        return tree if scrubbed is rest else {key: kept[key] if key in kept else scrubbed[key] for key in tree}

    def _value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, dict):
            return self._object(value)
        if isinstance(value, list):
            return self._list(value)
        if self._cards and isinstance(value, int) and not isinstance(value, bool) and 10**12 <= value < LARGEST_CARD:
            return FILTERED if self._text(str(value)) != str(value) else value
        return value

    def _object(self, found: dict[str, Any]) -> dict[str, Any]:
        changed: dict[str, Any] = {}
        for key, value in found.items():
            fresh = self._member(key, value)
            if fresh is not value:
                changed[key] = fresh
        return {**found, **changed} if changed else found

    def _member(self, key: str, value: Any) -> Any:
        kind = self._kind_of(key)
        if kind < 0 or (kind == 0 and self._safe_of(key) < 0):
            return value
        if kind and _is_secret(value, kind):
            return FILTERED
        if self._addresses and isinstance(value, str) and value and ADDRESSES.fullmatch(key):
            return FILTERED
        if key in CODE or key.lower() in CODE:
            return value
        return self._value(value)

    def _list(self, found: list[Any]) -> list[Any]:
        if len(found) == 2 and isinstance(found[0], str) and isinstance(found[1], str):
            fresh = self._member(found[0], found[1])
            return [found[0], fresh] if fresh is not found[1] else found
        fresh_items = [self._value(item) for item in found]
        return fresh_items if any(a is not b for a, b in zip(fresh_items, found, strict=True)) else found

    def _text(self, value: str) -> str:
        if len(value) < 6:
            return value
        fresh = value
        for replace in self._replacers:
            fresh = replace(fresh)
        return value if fresh == value else fresh


def _never(_key: str) -> int:
    return 0


def _is_secret(value: Any, kind: int) -> bool:
    if isinstance(value, str):
        return bool(value) and value.lower() != FILTERED.lower()
    if isinstance(value, bool) or value is None:
        return False
    if isinstance(value, int | float):
        return kind == 2
    # An empty-named member marks Sentry's own remarks about what was removed.
    return not isinstance(value, dict) or "" not in value
