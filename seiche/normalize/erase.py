"""What is left of an event when its person is erased: what groups and counts it. Pure.

An allow-list, because nobody knows where a program puts what it knows of people: user, request, breadcrumbs, tags, contexts, extra and
local variables go whole. In the texts that stay (messages, transaction) the person's own values are replaced.
"""

import json
import re
from collections.abc import Collection
from typing import Any

ERASED = "[Erased]"
KEPT = frozenset(
    {
        "event_id", "timestamp", "platform", "level", "logger", "release", "dist", "environment", "type", "sdk", "exception", "threads",
        "stacktrace", "logentry", "message", "transaction", "culprit", "fingerprint", "debug_meta",
    }
)  # fmt: skip
LOST_ANYWHERE = frozenset({"vars", "data", "registers", "raw_stacktrace", "formatted", "params", "user", "request"})
"""`formatted` comes back without its values: a template stays, `logentry.message`."""
SHORTEST_WORD = 4
"""Shorter values stand in too many words that are nobody's."""
KINDS = ("id", "email", "username", "ip_address")


def is_about(event: bytes, kind: str, value: str, client_ip: str) -> bool:
    """Whether the event's user is this one. `kind` is one of `KINDS`."""
    user = _user(_tree(event))
    given = user.get(kind)
    if kind == "ip_address" and given in {None, "", "{{auto}}"}:
        return client_ip == value
    if kind == "email":
        return str(given).casefold() == value.casefold()
    return given is not None and str(given) == value


def words_of(event: bytes, client_ip: str = "") -> set[str]:
    """What identifies the event's user: values to look for in the texts that stay."""
    user = _user(_tree(event))
    found = {str(user[name]) for name in (*KINDS, "name") if isinstance(user.get(name), (str, int))}
    return {word for word in (*found, client_ip) if len(word) >= SHORTEST_WORD and word != "{{auto}}"}


def erased(event: bytes, words: Collection[str]) -> bytes:
    """The event's JSON without its person. What cannot be read leaves an empty event."""
    hidden = pattern(words)
    tree = _tree(event)
    return json.dumps({key: _left(value, hidden) for key, value in tree.items() if key in KEPT}, ensure_ascii=False).encode()


def pattern(words: Collection[str]) -> re.Pattern[str] | None:
    """What to replace in a text; None for no words."""
    longest_first = sorted((word for word in words if len(word) >= SHORTEST_WORD), key=len, reverse=True)
    if not longest_first:
        return None
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, longest_first)) + r")(?!\w)", re.IGNORECASE)


def in_text(text: str, hidden: re.Pattern[str] | None) -> str:
    """A text without what `pattern` made."""
    return text if hidden is None else hidden.sub(ERASED, text)


def in_tree(value: Any, hidden: re.Pattern[str] | None) -> Any:
    """The same in every text of a JSON value."""
    match value:
        case str():
            return in_text(value, hidden)
        case dict():
            return {key: in_tree(part, hidden) for key, part in value.items()}
        case list():
            return [in_tree(part, hidden) for part in value]
        case _:
            return value


def _left(value: Any, hidden: re.Pattern[str] | None) -> Any:
    match value:
        case dict():
            return {key: _left(part, hidden) for key, part in value.items() if key not in LOST_ANYWHERE}
        case list():
            return [_left(part, hidden) for part in value]
        case _:
            return in_tree(value, hidden)


def _tree(event: bytes) -> dict[str, Any]:
    try:
        tree = json.loads(event)
    except (ValueError, RecursionError):
        return {}
    return tree if isinstance(tree, dict) else {}


def _user(tree: dict[str, Any]) -> dict[str, Any]:
    user = tree.get("user")
    return user if isinstance(user, dict) else {}
