"""What full-text search looks at, most telling first, each piece once, bounded."""

from collections.abc import Iterator

from seiche.model.event import Event, Frame
from seiche.model.issue import Grouping

LIMIT_CHARACTERS = 4096
PIECE_LIMIT = 1024


def search_text(event: Event, grouping: Grouping) -> str:
    """Title, message, exceptions, frames (the program's own first) and breadcrumbs: a line each.

    Whole pieces are left out where they repeat, not single words: a phrase is found only where its words stand together.
    """
    kept: dict[str, None] = {}
    left = LIMIT_CHARACTERS
    for raw in _pieces(event, grouping):
        piece = raw if len(raw) <= PIECE_LIMIT else raw[:PIECE_LIMIT]
        if piece and piece not in kept:
            if len(piece) >= left:
                kept[piece[: left - 1]] = None
                break
            kept[piece] = None
            left -= len(piece) + 1
    return "\n".join(kept)


def _pieces(event: Event, grouping: Grouping) -> Iterator[str]:
    yield from (grouping.title, event.message, event.transaction)
    for exception in reversed(event.exceptions):
        yield exception.type
        yield exception.value
    for frame in reversed(event.frames):
        if frame.in_app:
            yield from (_place(frame), frame.filename, frame.context_line.strip())
    for crumb in reversed(event.breadcrumbs):
        yield crumb.message
    for frame in reversed(event.frames):
        if not frame.in_app:
            yield from (_place(frame), frame.filename)
    for exception in event.exceptions:
        for frame in reversed(exception.frames):
            yield _place(frame)


def _place(frame: Frame) -> str:
    return f"{frame.module} {frame.function}" if frame.module else frame.function
