"""Reading a line of rules from left to right, with errors that say where and what. Pure."""

import re

from seiche.errors import InvalidInput
from seiche.grouping.rules.matchers import KEYS, SCOPES, Matcher

_SPACE = re.compile(r"\s*")
_KEY = re.compile(r"(!?)((?:tags\.(?:\"[^\"]+\"|[^\s:\"]+))|[A-Za-z_][\w.-]*)\s*:")
_VALUE = re.compile(r'"((?:[^"\\]|\\.)*)"|([^\s"]+)')
_VALUE_IN_BRACKETS = re.compile(r'"((?:[^"\\]|\\.)*)"|([^\s"\]]+)')
LINES = 500
CHARACTERS = 50_000
MATCHERS = 20


class Malformed(Exception):  # noqa: N818 - of one line; `checked` makes an error of it
    """What is wrong with a line."""


class Line:
    """A line and how far it has been read."""

    def __init__(self, number: int, text: str) -> None:
        self.number, self.text, self.at = number, text, 0
        self.skip()

    def skip(self) -> None:
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found is not None else self.at

    @property
    def rest(self) -> str:
        return self.text[self.at :]

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """What follows, if it is this; spaces behind it are passed over."""
        found = pattern.match(self.text, self.at)
        if found is not None:
            self.at = found.end()
            self.skip()
        return found

    def mark(self, text: str) -> bool:
        """Whether exactly this follows."""
        return self.take(re.compile(re.escape(text))) is not None

    def matchers(self, where: str, *, bracketed: bool = False) -> tuple[Matcher, ...]:
        """`key:value` pairs, as many as there are."""
        found: list[Matcher] = []
        while (key := self.take(_KEY)) is not None:
            value = self.take(_VALUE_IN_BRACKETS if bracketed else _VALUE)
            if value is None:
                raise Malformed(f'{key[2]}: has no value; quote values with spaces, as in {key[2]}:"two words"')
            found.append(_matcher(key[2], unquoted(value), where, negated=bool(key[1])))
            if len(found) > MATCHERS:
                raise Malformed(f"more than {MATCHERS} matchers")
        return tuple(found)


def unquoted(value: re.Match[str]) -> str:
    """What stands between quotes, or the bare word."""
    return re.sub(r"\\(.)", r"\1", value[1]) if value[1] is not None else value[2]


def lines(text: str) -> list[Line]:
    """Those that say something: no blank ones, no comments. Raises `InvalidInput` where there are too many."""
    if len(text) > CHARACTERS:
        raise InvalidInput(f"rules have at most {CHARACTERS} characters", reason="invalid_rules")
    found = [Line(number, line.strip()) for number, line in enumerate(text.splitlines(), 1)]
    found = [line for line in found if line.text and not line.text.startswith("#")]
    if len(found) > LINES:
        raise InvalidInput(f"at most {LINES} rules, here are {len(found)}", reason="invalid_rules")
    return found


def refuse(problems: list[str], what: str) -> None:
    """Raises `InvalidInput` that names every wrong line."""
    if problems:
        shown = "; ".join(problems[:10]) + (f"; and {len(problems) - 10} more" if len(problems) > 10 else "")
        raise InvalidInput(f"{what}: {shown}", reason="invalid_rules")


def _matcher(key: str, value: str, where: str, *, negated: bool) -> Matcher:
    if key.startswith("thread."):
        raise Malformed(f"{key} cannot be matched: only the crashed thread's stack is kept")
    name = f"tags.{key[5:].strip(chr(34))}" if key.startswith("tags.") else KEYS.get(key, "")
    if not name or (name.split(".", 1)[0] not in SCOPES[where]):
        known = ", ".join(
            sorted({key for key, name in KEYS.items() if name in SCOPES[where]} | ({"tags.NAME"} if where == "event" else set()))
        )
        raise Malformed(f"unknown matcher {key!r}; these are known here: {known}")
    if name == "app" and value.lower() not in {"yes", "no", "1", "0", "true", "false"}:
        raise Malformed(f"app: is yes or no, not {value!r}")
    return Matcher(name, value, negated)
