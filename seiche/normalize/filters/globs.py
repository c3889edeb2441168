"""Globs as Sentry's filters have them: `*` any text, `?` one letter, `{a,b}` one of several; the whole text, in any case of letters."""

import re
from collections.abc import Iterator
from typing import Final

from seiche.errors import InvalidInput

MOST_LETTERS = 1024
MOST_STARS = 32
MOST_WAYS = 64
"""Braces multiply: a pattern is as many simple ones as there are ways through it."""
_STAR: Final = "*"

Way = tuple[str, ...]
"""A glob without braces: regular expressions of one letter each, and stars."""


def compiled(globs: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    """One expression each. Raises `InvalidInput` naming the one that is not usable."""
    return tuple(_compiled(glob) for glob in globs)


def matches(patterns: tuple[re.Pattern[str], ...], text: str) -> bool:
    """Whether one of them matches all of `text`."""
    return any(pattern.fullmatch(text) for pattern in patterns)


def _compiled(glob: str) -> re.Pattern[str]:
    if not glob.strip():
        raise _unusable(glob, "is empty and would match nothing: take it out")
    if len(glob) > MOST_LETTERS or glob.count(_STAR) > MOST_STARS:
        raise _unusable(glob, f"is too long: at most {MOST_LETTERS} letters and {MOST_STARS} stars")
    return re.compile("|".join(_expression(way) for way in _ways(glob)), re.IGNORECASE | re.DOTALL)


def _ways(glob: str) -> list[Way]:
    done: list[Way] = [()]
    options: list[list[str]] | None = None
    letters = iter(glob)
    for letter in letters:
        if letter == "{" and options is None:
            options = [[]]
        elif letter == "{":
            raise _unusable(glob, "has braces within braces: write two patterns")
        elif letter == "}" and options is not None:
            done = [(*way, *option) for way in done for option in options]
            options = None
            if len(done) > MOST_WAYS:
                raise _unusable(glob, f"has more than {MOST_WAYS} combinations of its braces: write several patterns")
        elif letter == "," and options is not None:
            options.append([])
        else:
            found = _letter(letter, letters)
            if options is None:
                done = [(*way, found) for way in done]
            else:
                options[-1].append(found)
    if options is not None:
        raise _unusable(glob, r"has a brace that is never closed: close it, or write \{")
    return done


def _letter(letter: str, rest: Iterator[str]) -> str:
    if letter == "\\":
        return re.escape(next(rest, "\\"))
    return {"?": ".", _STAR: _STAR}.get(letter) or re.escape(letter)


def _expression(way: Way) -> str:
    """Each star takes as little as it can and never gives it back (an atomic group), so that no text takes long.

    What follows the last star stands where the text ends, whatever the stars before it took.
    """
    pieces: list[str] = [""]
    for letter in way:
        if letter == _STAR:
            pieces.append("")
        else:
            pieces[-1] += letter
    if len(pieces) == 1:
        return pieces[0]
    return pieces[0] + "".join(f"(?>.*?{piece})" for piece in pieces[1:-1] if piece) + ".*" + pieces[-1]


def _unusable(glob: str, why: str) -> InvalidInput:
    return InvalidInput(f"the pattern {glob[:80]!r} {why}", reason="invalid_glob")
