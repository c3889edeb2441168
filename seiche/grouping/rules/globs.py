"""Globs of rules: `*` and `?` and `[a-z]`; in paths `*` stays within a folder and `**` does not. Pure."""

import re
from functools import lru_cache


@lru_cache(maxsize=4096)
def matches(pattern: str, value: str) -> bool:
    """A whole value, letter case counting."""
    return _compiled(pattern, path=False).fullmatch(value) is not None


@lru_cache(maxsize=4096)
def matches_path(pattern: str, value: str) -> bool:
    """A whole path, whatever its case and its separators; a relative path also matches as if it began with a slash."""
    plain = value.replace("\\", "/").lower()
    wanted = _compiled(pattern.replace("\\", "/").lower(), path=True)
    return wanted.fullmatch(plain) is not None or (not plain.startswith("/") and wanted.fullmatch("/" + plain) is not None)


@lru_cache(maxsize=2048)
def _compiled(pattern: str, *, path: bool) -> re.Pattern[str]:
    one = "[^/]" if path else "."
    found: list[str] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if char == "*":
            run = len(pattern) - at - len(pattern[at:].lstrip("*"))
            found.append(".*" if run > 1 else f"{one}*")
            at += run
            continue
        closing = pattern.find("]", at + 2) if char == "[" else -1
        if char == "?":
            found.append(one)
        elif closing > 0:
            body = re.sub(r"([\\\[&|~])", r"\\\1", pattern[at + 1 : closing])
            found.append("[" + ("^" + body[1:] if body[0] in "!^" else body) + "]")
            at = closing
        else:
            found.append(re.escape(char))
        at += 1
    try:
        return re.compile("".join(found), re.DOTALL)
    except re.error:  # `[z-a]`: as text
        return re.compile(re.escape(pattern))
