"""People's own regular expressions, by hyperscan: its time is linear in the text whatever the expression, so none can stop ingest.

It finds all that `re` finds (classes such as \\w are of ASCII), and where matches overlap, or are lazy, their longest: tests compare.
"""

import re
import threading
from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

from seiche.errors import ConfigurationError, InvalidInput

MOST_LETTERS = 1000
_ANCHORS = re.compile(r"(?<!\\)(?:\\\\)*\\[AZz]")


class Expression:
    """One; any number of threads may use it. Raises `InvalidInput` saying why it cannot be used."""

    def __init__(self, pattern: str) -> None:
        check(pattern)
        import hyperscan

        self._scanner = _Scanner([pattern], hyperscan.HS_FLAG_SOM_LEFTMOST)

    def spans(self, data: bytes) -> list[tuple[int, int]]:
        """Where it matches in UTF-8 text, in bytes; matches that overlap are one, so that no part of any is left."""
        found: list[tuple[int, int]] = []
        for start, end in sorted(self._scanner.hits(data)):
            if not found or start >= found[-1][1]:
                found.append((start, end))
            else:
                found[-1] = (found[-1][0], max(end, found[-1][1]))
        return found


class Sieve:
    """Says of many texts, in one pass over all of them, which may hold a match of any of some expressions: none that does is left out."""

    def __init__(self, patterns: Sequence[str]) -> None:
        import hyperscan

        # Line by line, as the texts are put together with line breaks.
        self._scanner = _Scanner(patterns, hyperscan.HS_FLAG_MULTILINE)

    def candidates(self, texts: Sequence[bytes]) -> list[int]:
        """Their places, ascending."""
        ends: list[int] = []
        position = 0
        for text in texts:
            position += len(text)
            ends.append(position)
            position += 1
        hits = {end for _, end in self._scanner.hits(b"\n".join(texts))}
        return sorted({place for hit in hits if (place := bisect_left(ends, hit)) < len(texts)})


def check(pattern: str) -> None:
    """Raises `InvalidInput`."""
    if len(pattern) > MOST_LETTERS:
        raise _unusable(pattern, f"it has more than {MOST_LETTERS} letters")
    if _ANCHORS.search(pattern):
        raise _unusable(pattern, r"write ^ and $ in place of \A, \Z and \z")
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise _unusable(pattern, str(error)) from error


class _Scanner:
    def __init__(self, patterns: Sequence[str], flags: int) -> None:
        import hyperscan

        self._database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        self._scratches = threading.local()
        try:
            self._database.compile(
                expressions=[pattern.encode() for pattern in patterns],
                ids=list(range(len(patterns))),
                elements=len(patterns),
                flags=[flags | hyperscan.HS_FLAG_UTF8] * len(patterns),
            )
        except (hyperscan.error, UnicodeEncodeError) as error:
            raise _unusable(patterns[0] if len(patterns) == 1 else "|".join(patterns), _said(error)) from error

    def hits(self, data: bytes) -> list[tuple[int, int]]:
        import hyperscan

        found: list[tuple[int, int]] = []

        def keep(_number: int, start: int, end: int, _flags: int, _context: Any) -> None:
            found.append((start, end))

        try:
            scratch = self._scratches.__dict__.get("scratch")
            if scratch is None:
                scratch = self._scratches.scratch = hyperscan.Scratch(self._database)
            self._database.scan(data, match_event_handler=keep, scratch=scratch)
        except hyperscan.error as error:
            raise ConfigurationError(f"hyperscan cannot scan a text: {error}") from error
        return found


def _said(error: Exception) -> str:
    text = str(error).strip(" .")
    if "empty buffer" in text:
        return "it also matches an empty text; ask for at least one letter (+ in place of *)"
    return f"it cannot be searched in bounded time ({text}): leave out back-references, look-around and very large repeats"


def _unusable(pattern: str, why: str) -> InvalidInput:
    return InvalidInput(f"the pattern {pattern[:80]!r} cannot be used: {why}", reason="invalid_pattern")
