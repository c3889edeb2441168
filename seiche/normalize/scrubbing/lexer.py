"""Where strings and values begin and end in the bytes of valid JSON. Whatever cannot be told raises `Unclear`."""

import json
import re

_BODY = rb'[^"\\]*+(?:\\.[^"\\]*+)*+'
STRING = re.compile(rb'"' + _BODY + rb'"', re.DOTALL)
TOKEN = re.compile(rb'[ \t\r\n]*+("' + _BODY + rb'"|[{}\[\],:]|[^ \t\r\n{}\[\],:"]++)', re.DOTALL)
_BRACKETS = re.compile(rb'[{}\[\]]|"' + _BODY + rb'"', re.DOTALL)
_BARE = re.compile(rb'[^ \t\r\n{}\[\],:"]++')
_SPACES = re.compile(rb"[ \t\r\n]*+")
# `_meta` says with these what an SDK took out; the empty name stands for the value itself.
_ANNOTATION = re.compile(rb'\{\s*""\s*:\s*\{\s*"(?:rem|len|err)')
_NOTHING = re.compile(rb'true|false|null|""|"\[Filtered\]"|"\{\{auto\}\}"|\[\s*\]|\{\s*\}')
_READ = json.JSONDecoder(strict=False)
_MOST_ESCAPED = 64


class Unclear(Exception):  # noqa: N818 - no error: the slow walk tells
    """The bytes around a hit do not say enough."""


def after_spaces(body: bytes, position: int) -> int:
    """The first position from `position` on that holds no white space."""
    return _SPACES.match(body, position).end()  # type: ignore[union-attr] # matches nothing, at least


def before_spaces(body: bytes, position: int) -> int:
    """The position of the last byte before `position` that is no white space."""
    position -= 1
    while position >= 0 and body[position] in b" \t\r\n":
        position -= 1
    return position


def opening(body: bytes, position: int) -> int:
    """The quote that opens the string in which `position` lies, or which ends there."""
    quote = body.rfind(b'"', 0, position)
    for _ in range(_MOST_ESCAPED):
        if quote < 0:
            raise Unclear
        before = quote
        while before and body[before - 1] == 0x5C:
            before -= 1
        if (quote - before) % 2 == 0:
            return quote
        quote = body.rfind(b'"', 0, before)
    raise Unclear


def value_end(body: bytes, start: int) -> int:
    """The end of the value that begins at `start`."""
    first = body[start : start + 1]
    if first == b'"':
        found = STRING.match(body, start)
        if found is None:
            raise Unclear
        return found.end()
    if first not in (b"{", b"["):
        found = _BARE.match(body, start)
        if found is None:
            raise Unclear
        return found.end()
    flat = body.find(b"}" if first == b"{" else b"]", start) + 1
    inside = body[start + 1 : flat]
    # Nine in ten hold no others, and no brackets or quotes in their strings: this is twenty times as fast.
    if flat and not (b"{" in inside or b"[" in inside or b"\\" in inside) and inside.count(b'"') % 2 == 0:
        return flat
    depth = 0
    for token in _BRACKETS.finditer(body, start):
        kind = body[token.start()]
        if kind in b"{[":
            depth += 1
        elif kind in b"}]":
            depth -= 1
            if not depth:
                return token.end()
    raise Unclear


def hides_something(body: bytes, start: int, end: int) -> bool:
    """Whether the value in `body[start:end]` can be a secret: neither empty nor a yes or no, nor hidden already."""
    if end - start < 16 and _NOTHING.fullmatch(body, start, end):
        return False
    first = body[start]
    if first == 0x7B:
        return _ANNOTATION.match(body, start, end) is None and after_spaces(body, start + 1) < end - 1
    return first != 0x5B or after_spaces(body, start + 1) < end - 1


def is_number(body: bytes, start: int) -> bool:
    """Whether the value that begins at `start` is a number."""
    return body[start] in b"-0123456789"


def read(raw: bytes) -> str:
    """The text of a JSON string, quotes included in `raw`. Raises `Unclear` where it is none."""
    if b"\\" not in raw:
        return raw[1:-1].decode()
    try:
        text = _READ.decode(raw.decode())
    except ValueError:
        raise Unclear from None
    if not isinstance(text, str):
        raise Unclear
    return text


def write(text: str, like: bytes) -> bytes:
    """`text` as a JSON string, in ASCII where `like` was."""
    if like.isascii():
        return json.dumps(text).encode()
    try:
        return json.dumps(text, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        # Half of a surrogate pair can only be written escaped.
        return json.dumps(text).encode()
