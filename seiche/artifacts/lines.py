"""Whether a source map leads to lines that cannot be: `symbolic` (13.0) counts to four billion, for seconds, at each look-up of line -1."""

import re
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

import msgspec

MOST_LINE = 0xFFFF_FFFE
MOST_SECTIONS = 8
"""Levels of maps within maps."""
_THIRD = re.compile(r"(?:^|[,;])(?:[g-z0-9+/]*[A-Za-f]){2}([g-z0-9+/]*[A-Za-f])")
"""The third number of a segment: its source line, as a difference. Digits from `g` on say that the number goes on."""
_DIGITS = {letter: number for number, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")}


class _Map(msgspec.Struct):
    mappings: Any = None
    sections: Any = None


_DECODER = msgspec.json.Decoder(_Map)


def leads_nowhere(source_map: bytes) -> bool:
    """Some 0.3 us a segment; what cannot be read as JSON is left to `symbolic`, which says so."""
    if source_map.startswith(b")]}"):
        source_map = source_map.partition(b"\n")[2]
    try:
        found = _DECODER.decode(source_map)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return any(not 0 <= line <= MOST_LINE for mappings in _mappings(found.mappings, found.sections, 0) for line in _extremes(mappings))


def _mappings(mappings: Any, sections: Any, level: int) -> Iterator[str]:
    if isinstance(mappings, str):
        yield mappings
    if isinstance(sections, list) and level < MOST_SECTIONS:
        for section in sections:
            inner = section.get("map") if isinstance(section, dict) else None
            if isinstance(inner, dict):
                yield from _mappings(inner.get("mappings"), inner.get("sections"), level + 1)


def _extremes(mappings: str) -> tuple[int, ...]:
    """The lowest and the highest source line, from 0."""
    steps = _THIRD.findall(mappings)
    known = {text: _number(text) for text in set(steps)}
    lines = list(accumulate(known[text] for text in steps))
    return (min(lines), max(lines)) if lines else ()


def _number(text: str) -> int:
    """One number as source maps write it: base 32, lowest digit first, the sign in the lowest bit."""
    value = sum((_DIGITS[letter] & 31) << (5 * place) for place, letter in enumerate(text[:13]))
    return -(value >> 1) if value & 1 else value >> 1
