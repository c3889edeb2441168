"""Messages without what varies from one occurrence to the next."""

import re
from functools import lru_cache

LIMIT_CHARACTERS = 512
"""Longer messages are told apart by their beginning."""

MASKS = (
    ("email", r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"),
    ("url", r"\b[a-z][a-z0-9+.-]{1,15}://[^\s'\"<>)\]]+"),
    ("uuid", r"\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b"),
    ("ip", r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b|\b(?:[0-9a-fA-F]{1,4}:){3,7}[0-9a-fA-F]{0,4}\b"),
    ("date", r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?\b|\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b"),
    ("hex", r"\b0x[0-9a-fA-F]+\b|@[0-9a-f]{5,16}\b|\b(?=[a-fA-F]*\d)(?=\d*[a-fA-F])[0-9a-fA-F]{7,}\b"),
    ("path", r"(?<![\w.])(?:/[\w.@+-]+){2,}/?|\b[A-Za-z]:\\[^\s'\"]+"),
    ("quoted", r"'[^'\n]{1,200}'(?!\w)|\"[^\"\n]{1,200}\"|`[^`\n]{1,200}`"),
    ("number", r"(?<![A-Za-z_\d])[-+]?\d+(?:[.,]\d+)*(?:[eE][-+]?\d+)?"),
)
_MASK = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in MASKS))
_SPACES = re.compile(r"\s+")


@lru_cache(maxsize=8192)
def masked(message: str) -> str:
    """The first line that says something, with `<email>`, `<number>` and so on in place of what varies."""
    line = next((line for line in message[:4096].splitlines() if line.strip()), "")
    return _MASK.sub(_name, _SPACES.sub(" ", line[:LIMIT_CHARACTERS]).strip())


def _name(found: re.Match[str]) -> str:
    return f"<{found.lastgroup}>"
