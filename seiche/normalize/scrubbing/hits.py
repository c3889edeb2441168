"""From hyperscan's hits to edits, without decoding the event: a few bytes around each hit say what it is.

Hits are read in the order of where they end, so that what lies within a replaced value is skipped. Whatever the bytes around do not say
raises `Unclear`, and `seiche.normalize.scrubbing.walk` reads the event instead.
"""

import re

import msgspec

from seiche.normalize.scrubbing import lexer, patterns, text
from seiche.normalize.scrubbing.checks import is_card
from seiche.normalize.scrubbing.rules import HIDDEN, OF_FRAMES, SOURCE_LINES, Edit, Rules
from seiche.protocol.event import Unread

Hit = tuple[int, int]
"""(where it ends, kind)."""

_MEMBER = re.compile(rb'"[ \t\r\n]*:[ \t\r\n]*(' + patterns.VALUE.encode() + rb")\Z", re.DOTALL)
_WINDOW = 96
_LONGEST_ARRAY = 16
_MOST_CANDIDATES = 8


_UNREAD = msgspec.json.Decoder(Unread)


class Finder:
    """Reads the hits of one event. `unread` spares a decoding where the gate has done it."""

    def __init__(self, body: bytes, rules: Rules, unread: Unread | None = None) -> None:
        self.body, self.rules, self._unread = body, rules, unread
        self.edits: list[Edit] = []
        self.strings: dict[tuple[int, int], set[int]] = {}
        # Ends of values are found by reading them; an event of nested ones must not be read again and again.
        self.budget = 2 * len(body) + 1000

    def find(self, hits: list[Hit]) -> list[Edit]:
        """The edits. Raises `Unclear`."""
        hits.sort()
        if any(kind == patterns.ESCAPED for _, kind in hits):
            raise lexer.Unclear
        kept = self._kept(hits)
        done = string_end = 0
        kinds: set[int] = set()
        for position, kind in hits:
            last = position - 1
            if kind >= patterns.UNSCANNED or last < done or any(start <= last < end for start, end in kept):
                continue
            if kind == patterns.MEMBER:
                done = max(done, self._member(position))
            elif kind == patterns.PAIR:
                done = max(done, self._pair(last))
            elif kind == text.CARDS and self._is_bare(last):
                continue
            elif last < string_end:
                kinds.add(kind)
            else:
                start = lexer.opening(self.body, last)
                string_end = self._end(start)
                kinds = self.strings.setdefault((start, string_end), {kind})
        for (start, end), found in self.strings.items():
            self._string(start, end, found)
        return self.edits

    def _end(self, start: int) -> int:
        end = lexer.value_end(self.body, start)
        self.budget -= end - start
        if self.budget < 0:
            raise lexer.Unclear
        return end

    def _member(self, position: int) -> int:
        found = _MEMBER.search(self.body, max(0, position - _WINDOW), position)
        if found is None:
            raise lexer.Unclear
        return self._hide(self.body, found.start(), found.start(1))

    def _hide(self, body: bytes, name_end: int, start: int) -> int:
        """Replace the value that begins at `start` if its name says so; where it ends, or 0."""
        name = lexer.read(body[lexer.opening(body, name_end) : name_end + 1])
        if not self.rules.names.sensitive(name):
            return 0
        end = self._end(start)
        if not self.rules.hide(body, name, start, end):
            return 0
        self.edits.append((start, end, HIDDEN))
        return end

    def _pair(self, comma: int) -> int:
        body = self.body
        name_end = lexer.before_spaces(body, comma)
        start = lexer.opening(body, name_end)
        before = lexer.before_spaces(body, start)
        if body[before] != 0x5B or not self.rules.names.sensitive(lexer.read(body[start : name_end + 1])):
            return 0
        value = lexer.after_spaces(body, comma + 1)
        end = self._end(value)
        behind = lexer.after_spaces(body, end)
        return self._hide(body, name_end, value) if body[behind : behind + 1] == b"]" else 0

    def _is_bare(self, last: int) -> bool:
        """Whether the digits around a hit are a number and no card's. Raises `Unclear` where they may be a number that is one."""
        body, start, end = self.body, last, last + 1
        while body[start - 1] in b"0123456789":
            start -= 1
        while body[end : end + 1].isdigit():
            end += 1
        before, behind = lexer.before_spaces(body, start), lexer.after_spaces(body, end)
        if body[before] not in b":,[-" or body[behind : behind + 1] not in (b",", b"]", b"}"):
            return False
        if is_card(body[start:end].decode()) or start != before + 1 or end - start < 13:
            raise lexer.Unclear
        return False

    def _string(self, start: int, end: int, kinds: set[int]) -> None:
        raw = self.body[start:end]
        changed = self.rules.scrub(raw, kinds)
        if changed is not None and not self._is_code(start, end):
            self.edits.append((start, end, changed))

    def _is_code(self, start: int, end: int) -> bool:
        """Whether a string is source of the program. Raises `Unclear` where only what is above it tells."""
        body = self.body
        behind = lexer.after_spaces(body, end)
        if body[behind : behind + 1] == b":":
            return False
        for _ in range(_LONGEST_ARRAY):
            before = lexer.before_spaces(body, start)
            if before < 0:
                raise lexer.Unclear
            if body[before] == 0x3A:
                name = self._name_before(before)
                if name in OF_FRAMES:
                    raise lexer.Unclear
                return name in SOURCE_LINES
            if body[before] == 0x5B:
                colon = lexer.before_spaces(body, before)
                return colon >= 0 and body[colon] == 0x3A and self._name_before(colon) in SOURCE_LINES
            quote = lexer.before_spaces(body, before)
            if body[before] != 0x2C or body[quote] != 0x22:
                raise lexer.Unclear
            start = lexer.opening(body, quote)
        raise lexer.Unclear

    def _name_before(self, colon: int) -> bytes:
        end = lexer.before_spaces(self.body, colon)
        return self.body[lexer.opening(self.body, end) + 1 : end]

    def _kept(self, hits: list[Hit]) -> list[tuple[int, int]]:
        """The values, from..to, that are left as they are: the project's safe fields, and some at the top."""
        ranges: list[tuple[int, int]] = []
        seen = 0
        last_hit = max((position for position, kind in hits if kind < patterns.UNSCANNED), default=0)
        for position, kind in hits:
            if kind < patterns.UNSCANNED or position > last_hit or any(start <= position < end for start, end in ranges):
                continue
            name_end = lexer.before_spaces(self.body, position - 1)
            raw = self.body[lexer.opening(self.body, name_end) : name_end + 1]
            start = lexer.after_spaces(self.body, position)
            if kind == patterns.SAFE:
                if self.rules.names.safe(lexer.read(raw)):
                    ranges.append((start, self._end(start)))
                continue
            end = self._end(start)
            if not any(start <= at - 1 < end and other < patterns.UNSCANNED for at, other in hits):
                continue
            seen += 1
            if seen > _MOST_CANDIDATES:
                raise lexer.Unclear
            if self._unread is None:
                self._unread = self._read_top()
            if bytes(getattr(self._unread, raw.strip(b'"_').decode())) == self.body[start:end]:
                self._only_one(raw, start, end, hits)
                ranges.append((start, end))
        return ranges

    def _read_top(self) -> Unread:
        try:
            return _UNREAD.decode(self.body)
        except (msgspec.DecodeError, RecursionError):
            raise lexer.Unclear from None

    def _only_one(self, raw: bytes, start: int, end: int, hits: list[Hit]) -> None:
        """Raises `Unclear` where the same name and value also stand elsewhere: only reading everything tells which is at the top."""
        for position, kind in hits:
            if kind != patterns.UNSCANNED or self._name_before(position - 1) != raw[1:-1]:
                continue
            other = lexer.after_spaces(self.body, position)
            if other != start and self.body.startswith(self.body[start:end], other):
                raise lexer.Unclear
