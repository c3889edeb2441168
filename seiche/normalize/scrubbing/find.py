"""One hyperscan pass over an event's bytes: which kinds of secrets it may hold. Only ends of matches are asked for: starts cost 4x.

Traps met: a leading optional or repeated part after `[` misses matches (hyperscan 0.9.1), so such parts are written out.
"""

import threading
from collections.abc import Callable, Sequence
from enum import IntFlag, auto

import hyperscan

from seiche.errors import ConfigurationError
from seiche.normalize.scrubbing.words import WHOLE


class Kind(IntFlag):
    """What `walk` has to look for."""

    KEY = auto()
    """A sensitive key, or a pair that begins with its name."""
    PART = auto()
    """`key=value`, `'key': value` or JSON inside a string."""
    BEARER = auto()
    CARD = auto()
    IBAN = auto()
    SSN = auto()
    PEM = auto()
    URL = auto()
    ADDRESS = auto()


EVERYTHING = ~Kind(0)
CODE_LINE, CODE_LINES, EXEMPT_PART = 100, 101, 102
_SCRUBBED = "[Filtered]"
SPACE = r"[ \t\r\n]"


def _unfiltered_text() -> str:
    """What may stand in a string that is neither empty nor `[Filtered]`, after its opening quote."""
    pattern = '[^"]'
    for letter in reversed(_SCRUBBED):
        literal = f"\\{letter}" if letter in "[]" else letter
        pattern = f'(?:[^{literal}"]|{literal}{pattern})'
    return pattern


def _value() -> str:
    # Not true, false, null, an empty text, or an object whose first key is empty, as `_meta` has them.
    return rf'{SPACE}*:{SPACE}*(?:"{_unfiltered_text()}|[-0-9]|\[|\{{{SPACE}*(?:"[^"]|\}}))'


def _patterns(words: Sequence[str], addresses: bool) -> list[tuple[str, int, bool]]:
    """(expression, id, caseless)."""
    any_word, whole = "|".join(words), "|".join(WHOLE)
    found = [
        (rf'"(?:pre_context|post_context)"{SPACE}*:{SPACE}*\[', CODE_LINES, False),
        (rf'"context_line"{SPACE}*:{SPACE}*"', CODE_LINE, False),
        (rf'"(?:modules|_meta|sdk|debug_meta)"{SPACE}*:{SPACE}*\{{', EXEMPT_PART, False),
        (r"\\u00(?:2[bd-f]|3\d|4[0-9a-f]|5[0-9af]|6[0-9a-f]|7[0-9a])", int(EVERYTHING), True),
        (rf"\[{SPACE}{{2}}", int(Kind.KEY), False),
        (r"(?:bearer|basic)(?: |\\t|%20)+[a-z0-9._~+/=-]{6}", Kind.BEARER, True),
        (r"[2-6]\d{12}", Kind.CARD, False),
        (r"[2-6]\d{3}[ -]\d{4}[ -]\d{4}[ -]\d", Kind.CARD, False),
        (r"3\d{3}[ -]\d{6}[ -]\d{5}", Kind.CARD, False),
        (r"[A-Z]{2}\d\d[A-Z0-9]{11}", Kind.IBAN, False),
        (r"[A-Z]{2}\d\d [A-Z0-9]{4} [A-Z0-9]{4} [A-Z0-9]", Kind.IBAN, False),
        (r"\b\d{3}-\d{2}-\d{4}\b", Kind.SSN, False),
        (r"-----BEGIN [A-Z0-9 ]{0,40}-----", Kind.PEM, False),
        (r':(?:\\?/){2}[^\s/@"<>]{0,200}:[^\s/@"<>]{1,200}@', Kind.URL, False),
    ]
    if words:
        found += [
            (rf'(?:{any_word})(?:[^"\\]|\\.)*"{_value()}', Kind.KEY, True),
            (rf'"(?:{whole})"{_value()}', Kind.KEY, True),
            (rf'\["[^"\\]{{0,100}}(?:{any_word})[^"\\]{{0,100}}"{SPACE}*,{SPACE}*"{_unfiltered_text()}', Kind.KEY, True),
            (rf'\[{SPACE}"[^"\\]{{0,100}}(?:{any_word})[^"\\]{{0,100}}"{SPACE}*,{SPACE}*"{_unfiltered_text()}', Kind.KEY, True),
            (rf'\["(?:{whole})"{SPACE}*,{SPACE}*"{_unfiltered_text()}', Kind.KEY, True),
            (rf'\[{SPACE}"(?:{whole})"{SPACE}*,{SPACE}*"{_unfiltered_text()}', Kind.KEY, True),
            (rf'(?:{any_word})[^"\\]{{0,100}}\\+"(?: |\\n)*:', Kind.PART, True),
            (rf"(?:{any_word})[\w.-]{{0,40}}=[^\s\"&;,'=\[]", Kind.PART, True),
            (rf"(?:{any_word})[^'\"\\]{{0,100}}' ?: ?(?:[-0-9({{\[\"\\]|b'|'[^\[])", Kind.PART, True),
        ]
    if addresses:
        found.append((r'"[^"\\]{0,20}(?:ip|addr|forwarded)[^"\\]{0,20}"', Kind.ADDRESS, True))
    return found


class Finder:
    """Thread-safe. Raises `ConfigurationError` where hyperscan cannot be used: ingest must not start without it."""

    def __init__(self, words: Sequence[str], *, addresses: bool) -> None:
        patterns = _patterns(words, addresses)
        try:
            self._database = hyperscan.Database()
            flags = [hyperscan.HS_FLAG_SINGLEMATCH if kind in _ONCE else 0 for _, kind, _ in patterns]
            self._database.compile(
                expressions=[expression.encode() for expression, _, _ in patterns],
                ids=[number for number, _ in enumerate(patterns)],
                elements=len(patterns),
                flags=[
                    flag | hyperscan.HS_FLAG_DOTALL | (hyperscan.HS_FLAG_CASELESS if caseless else 0)
                    for flag, (_, _, caseless) in zip(flags, patterns, strict=True)
                ],
            )
        except Exception as error:
            raise ConfigurationError(f"the scrubbing engine cannot be loaded ({error}): nothing is taken without it") from error
        self._kinds = [int(kind) for _, kind, _ in patterns]
        self._lock = threading.Lock()

    def kinds(self, body: bytes) -> Kind:
        """Which kinds `body` may hold, outside program text and exempt parts."""
        hits: list[tuple[int, int]] = []
        with self._lock:  # a database has one scratch space
            self._database.scan(body, match_event_handler=_collector(self._kinds, hits))
        return _outside_of_code(body, hits)


_ONCE = frozenset({int(EVERYTHING)})


def _collector(kinds: Sequence[int], hits: list[tuple[int, int]]) -> Callable[[int, int, int, int, object], None]:
    def hit(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
        hits.append((end, kinds[number]))

    return hit


def _outside_of_code(body: bytes, hits: Sequence[tuple[int, int]]) -> Kind:
    found = Kind(0)
    line = lines = part = -1
    for end, kind in hits:  # hyperscan reports them by their end
        if kind == CODE_LINE:
            line = end
        elif kind == CODE_LINES:
            lines = end
        elif kind == EXEMPT_PART:
            part = end
        elif found & kind != kind and (kind == EVERYTHING or not _is_code(body, end, (line, lines, part))):
            found |= Kind(kind)
    return found


def _is_code(body: bytes, end: int, marks: tuple[int, int, int]) -> bool:
    """Whether a hit lies in source code around a frame, or among the names of packages: those are left as they are."""
    line, lines, part = marks
    if line >= 0 and end - line < 2000 and b'"' not in body[line : end - 1].replace(b'\\"', b""):
        return True
    if lines >= 0 and end - lines < 8000 and b'"]' not in body[lines:end]:
        return True
    return part >= 0 and end - part < 50_000 and body.find(b"}", part, end) < 0
