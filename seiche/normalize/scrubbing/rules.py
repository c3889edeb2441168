"""A configuration's rules, as both ways through an event apply them."""

from typing import Final

from seiche.normalize.scrubbing import lexer
from seiche.normalize.scrubbing.names import FILTERED, Names, counts
from seiche.normalize.scrubbing.pairs import pairs
from seiche.normalize.scrubbing.text import ORDER, PAIRS, RULES

Edit = tuple[int, int, bytes]
"""Bytes from..to are to be replaced by these."""

HIDDEN: Final = f'"{FILTERED}"'.encode()
SOURCE_LINES: Final = frozenset({b"context_line", b"pre_context", b"post_context"})
"""Lines of the program's source: they are in its repository, grouping looks at them, and they are full of `password=`."""
OF_FRAMES: Final = frozenset({b"function", b"raw_function", b"module", b"filename", b"abs_path"})
"""What identifies a frame: left alone below `frames`."""


class Rules:
    """`defaults`: whether our own names and patterns apply, besides the project's."""

    def __init__(self, names: Names, *, defaults: bool) -> None:
        self.names, self.defaults = names, defaults
        self.kinds = ORDER if defaults else (PAIRS,)

    def hide(self, body: bytes, name: str, start: int, end: int) -> bool:
        """Whether the value in `body[start:end]` is to be replaced as a whole because of its name."""
        if not self.names.sensitive(name) or not lexer.hides_something(body, start, end):
            return False
        return not (lexer.is_number(body, start) and counts(name))

    def scrub(self, raw: bytes, kinds: set[int] | None = None) -> bytes | None:
        """A JSON string with its sensitive parts replaced; None where there are none. `kinds`: only these rules."""
        text = found = lexer.read(raw)
        for kind in self.kinds:
            if kinds is None or kind in kinds:
                found = pairs(found, self.names) if kind == PAIRS else RULES[kind](found)
        return None if found == text else lexer.write(found, raw)


def spliced(body: bytes, edits: list[Edit]) -> bytes:
    """`body` with the edits made; of edits within one another the outermost. The same object where there are none."""
    if not edits:
        return body
    edits.sort(key=lambda edit: (edit[0], -edit[1]))
    parts: list[bytes] = []
    done = 0
    for start, end, written in edits:
        if start >= done:
            parts += (body[done:start], written)
            done = end
    parts.append(body[done:])
    return b"".join(parts)
