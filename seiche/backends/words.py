"""How text becomes words: one place for every search index, so that index and query agree."""

import re

WORD = re.compile(r"\w+")
WORD_CHARACTERS = 128
"""Longer words (base64, hashes of hashes) are cut: nobody types them, and they would fill the dictionary."""


def words(text: str) -> list[str]:
    """Lowercase runs of letters, digits and underscore: the tokens of the port's contract."""
    return [cut(word) for word in WORD.findall(text.lower())]


def cut(word: str) -> str:
    """A word as it is indexed."""
    return word[:WORD_CHARACTERS]
