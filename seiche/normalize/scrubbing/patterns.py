"""What hyperscan looks for in an event's bytes: everything that the rules could change, and little more.

Traps met: hyperscan takes four times as long if it must say where a hit begins, so every pattern ends where `hits` can go on.
It misses hits of `[` + `\\s*` + more (0.9.1), so no pattern begins with a bracket, and tests compare each with `re`.
`\\b` does not hold in JSON, where a line break before a word is the letter n.
"""

import json
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

from seiche.errors import ConfigurationError
from seiche.normalize.scrubbing import names, text

# Kinds of hits below 10 are rules of `text`: the last byte is within a string.
MEMBER: Final = 10
"""A sensitive key; the last byte is the first of its value that shows that the value is to be hidden."""
PAIR: Final = 11
"""A sensitive word in a string that another value follows: perhaps the first of two in an array; the last byte is the comma."""
ESCAPED: Final = 12
"""An escaped ASCII letter or the like, which could hide any of the others."""
UNSCANNED: Final = 13
"""A key below which nothing is looked at, if it stands at the top; the last byte is the colon."""
SAFE: Final = 14
"""A key that the project's owners call safe; the last byte is the colon."""

_ANY = r'(?:[^"\\]|\\.)*'
_SPACE = r"[ \t\r\n]*"
_ESCAPED_SPACE = r"(?:\s|\\[nrt])"
# What may stand before a number or code: `\n` ends in a letter and `\u00a0` in a digit, so that a boundary would not do.
_BEFORE = r"(?:[^0-9A-Za-z.]|\\[bfnrt]|\\u[0-9A-Fa-f]{4})"


def _not(literal: str) -> str:
    """Matches as soon as what follows cannot be `literal` any more."""
    head, rest = re.escape(literal[0]), literal[1:]
    other = rf"[^{head}]"
    return rf"(?:{other}|{head}{_not(rest)})" if rest else other


_UNFILTERED = _not('Filtered]"')
VALUE = (
    rf'(?:"(?:[^"\[]|\[{_UNFILTERED})|-?[0-9]|\[{_SPACE}[^ \t\r\n\]]|\{{{_SPACE}(?:[^ \t\r\n"}}]|"[^"]|'
    rf'""{_SPACE}:{_SPACE}(?:[^ \t\r\n{{]|\{{{_SPACE}(?:[^ \t\r\n"]|"(?:[^rle]|r[^e]|re[^m]|l[^e]|le[^n]|e[^r]|er[^r])))))'
)
"""As much of a value as shows that it is neither empty, nor filtered, nor what `_meta` says about a filtered one."""

_VALUE_RULES = {
    text.HEADERS: r"(?:authorization|cookie|x-[a-z-]{0,40}(?:token|key|secret|auth)) ?: ?[^\s\"]",
    text.CREDENTIALS: rf'(?:bearer|basic){_ESCAPED_SPACE}+[^\s"\[]',
    text.CARDS: rf"{_BEFORE}[2-6][0-9]{{3}}(?:[ -]?[0-9]){{9}}",
    text.SOCIAL_SECURITY: rf"{_BEFORE}[0-9]{{3}}-[0-9]{{2}}-[0-9]{{4}}",
    text.KEYS: r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY",
    text.ADDRESSES: r""":(?:\\?/){2}[^\s/"'<>@]{1,1000}@""",
}
_CASED_RULES = {
    text.ACCOUNTS: rf"{_BEFORE}[A-Z]{{2}}[0-9]{{2}}(?: ?[A-Za-z0-9]){{11}}",
    text.TOKENS: r"gh[pousr]_[0-9A-Za-z]{36}|github_pat_[0-9A-Za-z_]{40}|glpat-[0-9A-Za-z_-]{20}|xox[abeoprs]-[0-9A-Za-z-]{10}|"
    r"[rs]k_(?:live|test)_[0-9A-Za-z]{16}|AKIA[0-9A-Z]{16}|AIza[0-9A-Za-z_-]{35}|eyJ[0-9A-Za-z_-]{8,}\.eyJ",
}
UNSCANNED_NAMES = ("_meta", "debug_meta", "sdk", "modules")


def patterns(*, defaults: bool, addresses: bool, own: Iterable[str], safe: Iterable[str]) -> list[tuple[int, str, bool]]:
    """(kind, pattern, whether letters' case matters) for a configuration; the patterns mean the same to `re` over bytes."""
    words = [_raw(name) for name in own] + ([names.WORDS] if defaults else [])
    exact = ([names.EXACT] if defaults else []) + ([names.ADDRESSES] if addresses else [])
    found: list[tuple[int, str, bool]] = []
    part = "|".join(words + exact)
    if words:
        found.append((MEMBER, rf'(?:{"|".join(words)}){_ANY}"{_SPACE}:{_SPACE}{VALUE}', False))
        found.append((PAIR, rf'(?:{"|".join(words)}){_ANY}"{_SPACE},', False))
    if exact:
        found.append((MEMBER, rf'"(?:{"|".join(exact)})"{_SPACE}:{_SPACE}{VALUE}', False))
        found.append((PAIR, rf'"(?:{"|".join(exact)})"{_SPACE},', False))
    if part:
        found += [
            # `name=value`; the name may go on, with letters that are escaped.
            (text.PAIRS, rf'(?:{part})(?:[^\s"\'=&;,:?/\\(){{}}<>#|+!`]|\\u[0-9a-f]{{4}})* ?(?:=|\\u003d) ?[^\s="&]', False),
            (
                text.PAIRS,
                rf'(?:{part})(?:[^"\'\\]|\\u[0-9a-f]{{4}})*(?:\'|\\u0027|\\(?:\\\\)*"|\\+u0022){_ESCAPED_SPACE}*(?:[:=,]|\\u003d)',
                False,
            ),
            (ESCAPED, r"\\u00(?:2[05adef]|3\d|3a|[46][1-9a-f]|40|[57][0-9a]|5[bdf])", False),
            (UNSCANNED, rf'"(?:{"|".join(UNSCANNED_NAMES)})"{_SPACE}:', True),
        ]
    if defaults:
        found += [(kind, pattern, False) for kind, pattern in _VALUE_RULES.items()]
        found += [(kind, pattern, True) for kind, pattern in _CASED_RULES.items()]
    kept = [_raw(name) for name in safe]
    if kept:
        found.append((SAFE, rf'"(?:{"|".join(kept)})"{_SPACE}:', False))
    return found


def _raw(name: str) -> str:
    """A pattern of all the bytes in which JSON may write `name`, but for escaped letters and digits (`ESCAPED`)."""
    return "".join(f"(?:{'|'.join(_letter(letter))})" if not (letter.isascii() and letter.isalnum()) else letter for letter in name)


def _letter(letter: str) -> list[str]:
    ways = set()
    for same in {letter, letter.lower(), letter.upper()}:
        raw, escaped = (json.dumps(same, ensure_ascii=ascii_only)[1:-1].encode() for ascii_only in (False, True))
        ways |= {raw, escaped, *([rb"\u%04x" % ord(same)] if len(same) == 1 and ord(same) < 0x10000 else [])}
    if letter == "/":
        ways.add(rb"\/")
    return sorted("".join(chr(byte) if chr(byte).isalnum() and byte < 128 else f"\\x{byte:02x}" for byte in way) for way in ways)


@lru_cache(maxsize=256)
def compiled(*, defaults: bool, addresses: bool, own: tuple[str, ...], safe: tuple[str, ...]) -> Any:
    """A database of them. Raises `ConfigurationError` where hyperscan cannot load, or a project's own fields are too many for it."""
    try:
        import hyperscan
    except ImportError as error:
        raise ConfigurationError(
            f"scrubbing needs hyperscan, which does not load here ({error}): install seiche's dependencies again"
        ) from error
    wanted = patterns(defaults=defaults, addresses=addresses, own=own, safe=safe)
    if not wanted:
        return None
    try:
        database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        database.compile(
            expressions=[pattern.encode() for _, pattern, _ in wanted],
            ids=[kind for kind, _, _ in wanted],
            elements=len(wanted),
            flags=[hyperscan.HS_FLAG_DOTALL | (0 if cased else hyperscan.HS_FLAG_CASELESS) for _, _, cased in wanted],
        )
    except hyperscan.error as error:
        raise ConfigurationError(
            f"hyperscan cannot be used for scrubbing: {error}; shorten the project's sensitive and safe fields"
        ) from error
    return database
