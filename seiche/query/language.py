"""The search language of docs/api.md: text to a `Query` and back. `parse` raises `InvalidInput` and nothing else."""

import re
from enum import StrEnum

import msgspec

from seiche.errors import InvalidInput
from seiche.ports.search_index import TextTerm
from seiche.query.text import ends_in_token, tokens

MAX_LENGTH = 1000
MAX_ITEMS = 30
MAX_STARS = 5
"""In one value: databases backtrack at each."""
LEVELS = ("fatal", "error", "warning", "info", "debug")
STATES = ("unresolved", "resolved", "ignored", "new", "ongoing", "regressed")


class Key(StrEnum):
    """What can be filtered on."""

    IS = "is"
    LEVEL = "level"
    RELEASE = "release"
    ENVIRONMENT = "environment"


class Filter(msgspec.Struct, frozen=True):
    """`key:value`; `*` in the value stands for any characters. `is:` takes no `*`."""

    key: Key
    value: str
    negated: bool = False


class Query(msgspec.Struct, frozen=True):
    """All of `terms` and all of `filters` must hold."""

    terms: tuple[TextTerm, ...] = ()
    filters: tuple[Filter, ...] = ()


_QUOTED = r'"(?:[^"\\]|\\.)*"'
_ITEM = re.compile(
    rf'(?P<negated>!)?(?:(?P<key>[A-Za-z_][\w.]*):(?P<value>{_QUOTED}|[^\s"]*)|(?P<phrase>{_QUOTED})|(?P<word>[^\s"!][^\s"]*))(?=\s|$)',
    re.DOTALL,
)
_SPACE = re.compile(r"\s*")
_CHUNK = re.compile(r"\S+")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f\ud800-\udfff]")


def parse(text: str) -> Query:
    """Read a query. Raises `InvalidInput` (reason `invalid_query`) naming the token and what would be right."""
    if len(text) > MAX_LENGTH:
        raise _wrong(f"the query has {len(text)} characters, at most {MAX_LENGTH} are taken")
    if control := _CONTROL.search(text):
        raise _wrong(f"the query holds the control character {control.group()!r}: remove it")
    terms: list[TextTerm] = []
    filters: list[Filter] = []
    at = _end_of_space(text, 0)
    while at < len(text):
        item = _ITEM.match(text, at)
        if item is None:
            raise _unreadable(text, at)
        read = _read(item)
        if isinstance(read, Filter):
            filters.append(read)
        else:
            terms.append(read)
        at = _end_of_space(text, item.end())
    if len(terms) + len(filters) > MAX_ITEMS:
        raise _wrong(f"the query has {len(terms) + len(filters)} words and filters, at most {MAX_ITEMS} are taken")
    return Query(tuple(terms), tuple(filters))


def to_text(query: Query) -> str:
    """A text that `parse` reads as `query`."""
    return " ".join([*map(_term_text, query.terms), *map(_filter_text, query.filters)])


def _read(item: re.Match[str]) -> TextTerm | Filter:
    raw, key, value = item.group(), item["key"], item["value"]
    if key is not None and key.lower() in list(Key):
        return _filter(raw, Key(key.lower()), _unquote(value), negated=item["negated"] is not None)
    if key is not None and value:
        raise _wrong(
            f'unknown filter {raw!r}: the filters are {", ".join(f"{known}:" for known in Key)}; to search for it as text, write "{raw}"'
        )
    if item["negated"]:
        raise _wrong(f"{raw!r}: `!` negates filters only, as in !level:info")
    return _term(raw, _unquote(item["phrase"])) if item["phrase"] else _word(raw)


def _filter(raw: str, key: Key, value: str, *, negated: bool) -> Filter:
    if not value:
        example = {Key.IS: STATES[0], Key.LEVEL: "error", Key.RELEASE: "shop@1.*", Key.ENVIRONMENT: "production"}[key]
        raise _wrong(f"{raw!r} has no value: write for example {key}:{example}")
    if key is Key.IS and value not in STATES:
        raise _wrong(f"{raw!r}: is: takes {', '.join(STATES)}")
    if value.count("*") > MAX_STARS:
        raise _wrong(f"{raw!r} has {value.count('*')} times `*`, at most {MAX_STARS} are taken")
    if key is Key.LEVEL and "*" not in value and value not in LEVELS:
        raise _wrong(f"{raw!r}: level: takes {', '.join(LEVELS)}, or a pattern with *")
    return Filter(key, value, negated)


def _word(raw: str) -> TextTerm:
    body = raw.removesuffix("*")
    if "*" in body:
        raise _wrong(f"{raw!r}: `*` may only end a word, as in {body.split('*')[0] or 'conn'}*")
    return _term(raw, body, prefix=body != raw and ends_in_token(body))


def _term(raw: str, text: str, *, prefix: bool = False) -> TextTerm:
    found = tokens(text)
    if not found:
        raise _wrong(f"{raw!r} holds no letter or digit to search for: leave it out, or put it in quotes with the words around it")
    return TextTerm(found, prefix)


def _unquote(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1], flags=re.DOTALL) if value.startswith('"') else value


def _term_text(term: TextTerm) -> str:
    if term.prefix:
        return ".".join(term.tokens) + "*"
    return term.tokens[0] if len(term.tokens) == 1 else f'"{" ".join(term.tokens)}"'


def _filter_text(item: Filter) -> str:
    value = item.value
    if not re.fullmatch(r'[^\s"]+', value):
        value = '"' + re.sub(r'(["\\])', r"\\\1", value) + '"'
    return f"{'!' if item.negated else ''}{item.key}:{value}"


def _unreadable(text: str, at: int) -> InvalidInput:
    chunk = _CHUNK.match(text, at)
    raw = chunk.group() if chunk else text[at:]
    if '"' in raw:
        return _wrong(f'{raw!r}: a quote opens or closes in the wrong place: quote whole words, as in "connection refused"')
    return _wrong(f"{raw!r}: `!` negates filters only, as in !level:info")


def _end_of_space(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _wrong(message: str) -> InvalidInput:
    return InvalidInput(message, reason="invalid_query")
