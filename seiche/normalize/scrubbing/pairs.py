"""`name=value`, `'name': 'value'` and `("name", "value")` within a text.

Query strings, log lines, reprs, and JSON in strings, however often escaped.
"""

import re
from typing import NamedTuple

from seiche.normalize.scrubbing.names import FILTERED, Names, counts

_NAME = r"""[^\s"'=&;,:?/\\(){}<>#|+!`]"""
_EQUALS = re.compile(rf"(?<!{_NAME})({_NAME}++) ?= ?(?!=)")
# The same quote around name and value: in JSON within JSON within JSON it is \\\".
_QUOTED = re.compile(r"""(?<!\\)(\\*+["'])([^"'\\]++)\1\s*+(:|=>|=|,)\s*+""")
_QUOTE = re.compile(r"""[bBuUrRfF]?(\\*+["'])""")
_ANY_QUOTE = {'"': re.compile(r'\\*+"'), "'": re.compile(r"\\*+'")}
_BARE = re.compile(r"""(?i:(?:bearer|basic|digest|negotiate|token) +)?[^\s&;"'<>]++""")
_BARE_IN_LIST = re.compile(r"""[^\s&;"'<>,}\])]++""")
_TRAILING = ")]},.\\"
_HARMLESS = re.compile(
    r"None|null|nil|NULL|undefined|\(null\)|[Tt]rue|[Ff]alse|\?|\$[0-9]+|%s|%\([A-Za-z_]+\)s|\*+|\{\{auto\}\}|\[Filtered\]|\[\s*|\{\s*|\(\s*"
)
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_BRACKET = re.compile(r"""[\[({\])}]|(?<!\\)\\*+["']""")
_END_OF_PAIR = re.compile(r"""\\*+["']?\s*+[\])]""")


class _Edit(NamedTuple):
    start: int
    end: int
    written: str


def pairs(text: str, names: Names) -> str:
    """`text` with the values of sensitive names replaced."""
    return _scan(_scan(text, _QUOTED, names), _EQUALS, names)


def _scan(text: str, pattern: re.Pattern[str], names: Names) -> str:
    parts: list[str] = []
    done = position = 0
    while (found := pattern.search(text, position)) is not None:
        edit = None
        if pattern is _EQUALS:
            position = found.end()
            if names.sensitive_in_text(found[1]):
                edit = _value(text, position, found[1], "")
        else:
            # Were it no name, its closing quote may open one.
            position = found.end(2)
            if names.sensitive_in_text(found[2]):
                edit = _quoted(text, found)
        if edit is not None:
            parts += (text[done : edit.start], edit.written)
            done = position = edit.end
    if not parts:
        return text
    parts.append(text[done:])
    return "".join(parts)


def _quoted(text: str, found: re.Match[str]) -> _Edit | None:
    edit = _value(text, found.end(), found[2], found[1])
    if edit is None or found[3] != ",":
        return edit
    # Two in brackets, and nothing else, are a name and its value.
    before = found.start() - 1
    while before >= 0 and text[before] == " ":
        before -= 1
    return edit if before >= 0 and text[before] in "[(" and _END_OF_PAIR.match(text, edit.end) else None


def _value(text: str, start: int, name: str, quote: str) -> _Edit | None:
    """What to replace of the value that begins at `start`; None where it is no secret."""
    if (opened := _QUOTE.match(text, start)) is not None:
        end = _closing(text, opened.end(), opened[1])
        content = text[opened.end() : end]
        return None if not content or _HARMLESS.fullmatch(content) else _Edit(opened.end(), end, FILTERED)
    if text.startswith(FILTERED, start):
        return None
    if text[start : start + 1] in ("[", "{", "("):
        end = _balanced(text, start)
        return None if not text[start + 1 : end - 1].strip() else _Edit(start, end, f"{quote}{FILTERED}{quote}")
    bare = (_BARE_IN_LIST if quote else _BARE).match(text, start)
    content = bare.group().rstrip(_TRAILING) if bare else ""
    if not content or _HARMLESS.fullmatch(content) or (_NUMBER.fullmatch(content) and counts(name)):
        return None
    return _Edit(start, start + len(content), f"{quote}{FILTERED}{quote}")


def _closing(text: str, start: int, quote: str) -> int:
    """Where the string ends that `quote` opened; the text's end where it was cut off.

    Within n backslashes a quote ends its string if as many stand before it, not counting pairs of escaped ones.
    """
    depth = len(quote) - 1
    for found in _ANY_QUOTE[quote[-1]].finditer(text, start):
        if (len(found.group()) - 1) % (2 * (depth + 1)) == depth:
            return found.end() - len(quote)
    return len(text)


def _balanced(text: str, start: int) -> int:
    """The end of the brackets that open at `start`; the text's end where they were cut off."""
    depth, position = 0, start
    while (found := _BRACKET.search(text, position)) is not None:
        position = found.end()
        last = found.group()[-1]
        if last in "\"'":
            end = _closing(text, position, found.group())
            position = min(len(text), end + len(found.group()))
        else:
            depth += 1 if last in "[({" else -1
            if not depth:
                return position
    return len(text)
