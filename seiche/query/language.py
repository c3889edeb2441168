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
STATES = ("unresolved", "resolved", "ignored", "new", "ongoing", "regressed", "escalating", "reopened")


class Key(StrEnum):
    """What can be filtered on."""

    IS = "is"
    LEVEL = "level"
    RELEASE = "release"
    ENVIRONMENT = "environment"
    ASSIGNED = "assigned"
    PRIORITY = "priority"
    FIRST_RELEASE = "first_release"
    TIMES_SEEN = "times_seen"
    AGE = "age"
    EVENT_ID = "event_id"
    HAS = "has"
    TAGS = "tags"
    """`tags.NAME:value`."""


SCOPING = frozenset({Key.LEVEL, Key.RELEASE, Key.ENVIRONMENT})
"""Filters that also narrow the numbers shown: times seen, users, first and last seen, trend, and what is sorted by them."""
EXAMPLES = {
    Key.IS: "unresolved",
    Key.LEVEL: "error",
    Key.RELEASE: "shop@1.*",
    Key.ENVIRONMENT: "production",
    Key.ASSIGNED: "me",
    Key.PRIORITY: "high",
    Key.FIRST_RELEASE: "shop@1.*",
    Key.TIMES_SEEN: ">100",
    Key.AGE: "<24h",
    Key.EVENT_ID: "fc6d8c0c43fc4630ad850ee518f1b9d0",
    Key.HAS: "user",
    Key.TAGS: "Firefox*",
}
PRIORITIES = ("high", "medium", "low")
_NUMBER = re.compile(r"(>=|<=|>|<|)(\d{1,15})")
_AGE = re.compile(r"([<>])(\d{1,6})([mhdw])")
_EVENT_ID = re.compile(r"[0-9a-fA-F]{32}")
_UNITS_US = {"m": 60_000_000, "h": 3_600_000_000, "d": 86_400_000_000, "w": 604_800_000_000}


class Filter(msgspec.Struct, frozen=True):
    """`key:value`; `*` in the value stands for any characters. `is:` takes no `*`."""

    key: Key
    value: str
    negated: bool = False
    name: str = ""
    """Of the tag, with TAGS."""


class Query(msgspec.Struct, frozen=True):
    """All of `terms` and all of `filters` must hold."""

    terms: tuple[TextTerm, ...] = ()
    filters: tuple[Filter, ...] = ()


_QUOTED = r'"(?:[^"\\]|\\.)*"'
_ITEM = re.compile(
    rf'(?P<negated>!)?(?:(?P<key>tags\.[\w.\-]+|[A-Za-z_][\w.]*):(?P<value>{_QUOTED}|[^\s"]*)|(?P<phrase>{_QUOTED})|(?P<word>[^\s"!][^\s"]*))(?=\s|$)',
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
    if key is not None and key.lower().startswith("tags."):
        return _filter(raw, Key.TAGS, _unquote(value), negated=item["negated"] is not None, name=key[len("tags.") :])
    if key is not None and key.lower() in list(Key):
        return _filter(raw, Key(key.lower()), _unquote(value), negated=item["negated"] is not None)
    if key is not None and value:
        raise _wrong(f'unknown filter {raw!r}: the filters are {_known_filters()}; to search for it as text, write "{raw}"')
    if item["negated"]:
        raise _wrong(f"{raw!r}: `!` negates filters only, as in !level:info")
    return _term(raw, _unquote(item["phrase"])) if item["phrase"] else _word(raw)


def _filter(raw: str, key: Key, value: str, *, negated: bool, name: str = "") -> Filter:
    if key is Key.TAGS and not name:
        raise _wrong(f"{raw!r} names no tag: write for example tags.browser:{EXAMPLES[key]}")
    if not value:
        raise _wrong(f"{raw!r} has no value: write for example {f'tags.{name}' if name else key}:{EXAMPLES[key]}")
    if key is Key.IS and value not in STATES:
        raise _wrong(f"{raw!r}: is: takes {', '.join(STATES)}")
    if value.count("*") > MAX_STARS:
        raise _wrong(f"{raw!r} has {value.count('*')} times `*`, at most {MAX_STARS} are taken")
    if key is Key.LEVEL and "*" not in value and value not in LEVELS:
        raise _wrong(f"{raw!r}: level: takes {', '.join(LEVELS)}, or a pattern with *")
    if key is Key.PRIORITY and value not in PRIORITIES:
        raise _wrong(f"{raw!r}: priority: takes {', '.join(PRIORITIES)}")
    if key is Key.TIMES_SEEN and not _NUMBER.fullmatch(value):
        raise _wrong(f"{raw!r}: times_seen: takes a number, as in times_seen:>100")
    if key is Key.AGE and not _AGE.fullmatch(value):
        raise _wrong(f"{raw!r}: age: takes a time in m, h, d or w, as in age:<24h (younger) or age:>7d")
    if key is Key.EVENT_ID and not _EVENT_ID.fullmatch(value.replace("-", "")):
        raise _wrong(f"{raw!r}: event_id: takes a whole event id of 32 hexadecimal digits")
    return Filter(key, value, negated, name)


def compared(item: Filter) -> tuple[str, int]:
    """Of `times_seen:` (operator, number); of `age:` (operator, microseconds): what `parse` has let through."""
    if found := _AGE.fullmatch(item.value):
        return found[1], int(found[2]) * _UNITS_US[found[3]]
    number = _NUMBER.fullmatch(item.value)
    return (number[1] or "=", int(number[2])) if number else ("=", 0)


def _known_filters() -> str:
    return ", ".join(f"{known}:" if known is not Key.TAGS else "tags.NAME:" for known in Key)


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
    key = f"tags.{item.name}" if item.key is Key.TAGS else item.key
    return f"{'!' if item.negated else ''}{key}:{value}"


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
