"""Fingerprint rules, in Sentry's syntax: `matcher... -> fingerprint, ... title="..."`, one a line; the first that matches decides. Pure."""

import re
from functools import lru_cache

import msgspec

from seiche.grouping.rules.matchers import Matcher, all_match
from seiche.grouping.rules.text import Line, Malformed, lines, refuse, unquoted
from seiche.grouping.sdk_fingerprint import VARIABLE, is_variable
from seiche.model.event import Event

PARTS = 20
_ATTRIBUTE = re.compile(r"(title|culprit)\s*=\s*")
_ATTRIBUTES_VALUE = re.compile(r'"((?:[^"\\]|\\.)*)"|((?:\{\{[^}]*\}\}|[^\s"])+)')
_PART = re.compile(r'"((?:[^"\\]|\\.)*)"|((?:\{\{[^}]*\}\}|[^\s,"])+)')
_COMMA = re.compile(r",")


class FingerprintRule(msgspec.Struct, frozen=True):
    """A line."""

    line: int
    text: str
    matchers: tuple[Matcher, ...]
    fingerprint: tuple[str, ...]
    title: str = ""
    culprit: str = ""


@lru_cache(maxsize=256)
def parsed(text: str) -> tuple[FingerprintRule, ...]:
    """The rules of a text. Raises `InvalidInput` that names every line that is wrong, and what is."""
    found: list[FingerprintRule] = []
    problems: list[str] = []
    for line in lines(text):
        try:
            found.append(_rule(line))
        except Malformed as error:
            problems.append(f"line {line.number}: {error}")
    refuse(problems, "fingerprint rules")
    return tuple(found)


def first_match(rules: tuple[FingerprintRule, ...], event: Event) -> FingerprintRule | None:
    """The rule that decides an event."""
    return next((rule for rule in rules if all_match(rule.matchers, event)), None)


def _rule(line: Line) -> FingerprintRule:
    matchers = line.matchers("event")
    if not line.mark("->"):
        wanted = "a matcher such as error.type:Timeout" if not matchers else "another matcher, or `->`"
        raise Malformed(f"expected {wanted} at {line.rest[:30]!r}" if line.rest else "there is no `-> fingerprint`")
    if not matchers:
        raise Malformed("nothing to match before `->`: say for example error.type:* for every exception")
    parts: list[str] = []
    attributes: dict[str, str] = {}
    while line.rest:
        if (name := line.take(_ATTRIBUTE)) is not None:
            value = line.take(_ATTRIBUTES_VALUE)
            if value is None:
                raise Malformed(f"{name[1]}= has no value")
            attributes[name[1]] = _known(unquoted(value))
        elif attributes:
            raise Malformed(f"the fingerprint comes before {' and '.join(attributes)}: {line.rest[:30]!r} is behind")
        elif (part := line.take(_PART)) is not None:
            parts.append(_known(unquoted(part)))
            line.take(_COMMA)
        else:
            raise Malformed(f"cannot read {line.rest[:30]!r}: is a quote missing?")
    if not parts:
        raise Malformed("there is no fingerprint behind `->`; `{{ default }}` is the usual one")
    if len(parts) > PARTS:
        raise Malformed(f"a fingerprint has at most {PARTS} parts")
    return FingerprintRule(line.number, line.text, matchers, tuple(parts), **attributes)


def _known(text: str) -> str:
    for variable in VARIABLE.finditer(text):
        if not is_variable(variable[1]):
            raise Malformed(f"unknown variable {variable[0]}")
    return text
