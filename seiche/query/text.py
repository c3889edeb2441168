"""How text is split into tokens and matched: the semantics of `seiche.ports.search_index`, for rows that are at hand."""

import re
from collections.abc import Sequence

from seiche.ports.search_index import TextTerm

_TOKEN = re.compile(r"\w+")


def tokens(text: str) -> tuple[str, ...]:
    """Lowercase runs of letters, digits and underscore."""
    return tuple(_TOKEN.findall(text.lower()))


def ends_in_token(text: str) -> bool:
    """Whether a `*` behind `text` extends its last token."""
    return bool(_TOKEN.fullmatch(text.lower()[-1:]))


def matches(terms: Sequence[TextTerm], *texts: str) -> bool:
    """Whether every term matches in one of `texts`; a phrase does not span two of them."""
    split = [tokens(text) for text in texts]
    return all(any(_found(term, words) for words in split) for term in terms)


def _found(term: TextTerm, words: Sequence[str]) -> bool:
    size = len(term.tokens)
    return any(_same(term, words[start : start + size]) for start in range(len(words) - size + 1))


def _same(term: TextTerm, words: Sequence[str]) -> bool:
    if not term.prefix:
        return tuple(words) == term.tokens
    return tuple(words[:-1]) == term.tokens[:-1] and words[-1].startswith(term.tokens[-1])
