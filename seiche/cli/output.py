"""How commands speak: results to stdout, everything else to stderr; JSON or aligned columns; colour only where a person looks."""

import json
import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any, TextIO

COLOURS = {"green": "32", "yellow": "33", "red": "31", "bold": "1"}


def emit_json(value: Any) -> None:
    """The one result of a command, as JSON that parses."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()


def emit_lines(lines: Iterable[str]) -> None:
    """A result for people."""
    for line in lines:
        sys.stdout.write(line.rstrip() + "\n")
    sys.stdout.flush()


def table(headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
    """Aligned columns; numbers to the right."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max(len(line[column]) for line in [list(headings), *cells]) for column in range(len(headings))]
    right = [bool(rows) and all(isinstance(row[column], int | float) for row in rows) for column in range(len(headings))]
    lines = [list(headings), *cells]
    return ["  ".join(cell.rjust(w) if r else cell.ljust(w) for cell, w, r in zip(line, widths, right, strict=True)) for line in lines]


def _cell(value: Any) -> str:
    return "-" if value is None else str(value).replace("\n", " ")


def say(text: str) -> None:
    """Progress and remarks."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def coloured(text: str, colour: str, stream: TextIO | None = None) -> str:
    """`text` in a colour, where the stream is a terminal and NO_COLOR is not set."""
    if os.environ.get("NO_COLOR") or not (stream or sys.stdout).isatty():
        return text
    return f"\x1b[{COLOURS[colour]}m{text}\x1b[0m"
