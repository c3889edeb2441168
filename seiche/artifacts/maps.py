"""Parsed maps, kept while they are used: bounded by the size of the files that they were made of. For many threads."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from seiche.artifacts.lines import leads_nowhere
from seiche.symbolicate.artifacts import ClassMapping, Missing, Position, SourceMap

CONTEXT_LINES = 5
LINE_CHARACTERS = 1024
Parsed = SourceMap | ClassMapping | Missing


class ParsedMap:
    """One source map with its minified file: without that, functions keep their minified names."""

    def __init__(self, minified: bytes, source_map: bytes, name: str) -> None:
        from symbolic.sourcemapcache import SourceMapCache

        self.name = name
        self._cache = SourceMapCache.from_bytes(minified, source_map)

    def lookup(self, line: int, column: int) -> Position | None:
        """Both count from 1."""
        if line > 0xFFFFFFFF or column > 0xFFFFFFFF:
            return None
        token = self._cache.lookup(line, column, CONTEXT_LINES)
        if token is None:
            return None
        return Position(
            token.src or "",
            token.line,
            token.col,
            token.function_name or "",
            _line(token.context_line or ""),
            tuple([_line(line) for line in token.pre_context]),
            tuple([_line(line) for line in token.post_context]),
        )


def parsed_source_map(minified: bytes, source_map: bytes, name: str) -> SourceMap | Missing:
    """The map, or why it cannot be read."""
    from symbolic.exceptions import SymbolicError

    if leads_nowhere(source_map):
        return Missing("map_unreadable", f"{name} cannot be read as a source map: it leads to lines that no file has")
    try:
        return ParsedMap(minified, source_map, name)
    except SymbolicError as error:
        return Missing("map_unreadable", f"{name} cannot be read as a source map: {str(error)[:300]}")


def _line(text: str) -> str:
    return text.rstrip("\r\n")[:LINE_CHARACTERS]


class MapCache:
    """The least recently used are forgotten."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes, self._held_bytes = most_bytes, 0
        self._lock = threading.Lock()
        self._kept: OrderedDict[Any, tuple[Any, int]] = OrderedDict()

    def get(self, key: Any, make: Callable[[], tuple[Any, int]]) -> Any:
        """The kept map, or a new one; `make` says how many bytes went into it."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
                return found[0]
        made, size = make()
        with self._lock:
            if size and key not in self._kept:  # what could not be made may be there the next time
                self._kept[key] = (made, size)
                self._held_bytes += size
            while self._held_bytes > self._most_bytes and len(self._kept) > 1:
                _, (_, freed) = self._kept.popitem(last=False)
                self._held_bytes -= freed
        return made

    @property
    def held_bytes(self) -> int:
        """Of the files behind what is kept."""
        return self._held_bytes
