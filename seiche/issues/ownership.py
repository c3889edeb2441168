"""Ownership rules: text like CODEOWNERS to rules, and the last one that matches an event. Pure.

# what this is for
path:src/payments/*          #payments ada@example.org
module:shop.checkout.*       #checkout
url:*/admin/*                ada@example.org
tags.region:"north west"     #oncall
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

import msgspec

from seiche.model.event import Event

MOST_RULES = 1000
MOST_OWNERS = 10
KINDS = "path:, module:, url: and tags.NAME:"
_RULE = re.compile(r'(?P<kind>[^\s:"]+):(?P<pattern>"(?:[^"\\]|\\.)*"|[^\s"]+)(?P<owners>(?:\s.*)?)')
_TAG = re.compile(r"tags\.[\w.\-]{1,200}")
_TEAM = re.compile(r"#[a-z0-9][a-z0-9_\-]{0,63}")
_MAIL = re.compile(r"[^@\s,;<>\"#]+@[^@\s,;<>\"#]+")


class Rule(msgspec.Struct, frozen=True):
    """One line: what matches belongs to `owners`."""

    line: int
    text: str
    kind: str
    """path, module, url, or tags.NAME."""
    pattern: str
    owners: tuple[str, ...]
    """Mail addresses of members and `#team` slugs, first the one that issues are assigned to."""


class Wrong(msgspec.Struct, frozen=True):
    """A line that is no rule, and why."""

    line: int
    why: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.why}"


class Traits(msgspec.Struct, frozen=True):
    """What rules look at in an event."""

    paths: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    url: str = ""
    tags: Mapping[str, str] = msgspec.field(default_factory=dict)


def parse(text: str, *, known: Callable[[str], bool] = lambda _owner: True) -> tuple[tuple[Rule, ...], tuple[Wrong, ...]]:
    """(rules, what is wrong with the other lines). `known`: whether there is such a member or team."""
    rules: list[Rule] = []
    wrong: list[Wrong] = []
    for number, line in enumerate(text.splitlines(), start=1):
        said = line.strip()
        if not said or said.startswith("#"):
            continue
        found = _rule(number, said, known)
        if isinstance(found, Wrong):
            wrong.append(found)
        else:
            rules.append(found)
    if len(rules) > MOST_RULES:
        wrong.append(Wrong(rules[MOST_RULES].line, f"a project has at most {MOST_RULES} ownership rules"))
    return tuple(rules), tuple(wrong)


def traits(event: Event) -> Traits:
    """In-app frames decide; where there is none, all of them. Needs an event with its details for the URL."""
    stacks = [exception.frames for exception in event.exceptions] + [event.thread_frames]
    frames = [frame for stack in stacks for frame in stack]
    chosen = [frame for frame in frames if frame.in_app] or frames
    url = event.request.get("url")
    return Traits(
        paths=_unique(path.replace("\\", "/") for frame in chosen for path in (frame.filename, frame.abs_path)),
        modules=_unique(frame.module for frame in chosen),
        url=url if isinstance(url, str) else "",
        tags={"environment": event.environment, "release": event.release, "level": event.level} | dict(event.tags),
    )


def owner(rules: Iterable[Rule], of: Traits) -> Rule | None:
    """The last rule that matches."""
    return next((rule for rule in reversed(tuple(rules)) if matches(rule, of)), None)


def matches(rule: Rule, of: Traits) -> bool:
    """`*` stands for any characters, `?` for one; a path may begin at any folder, and one that ends in `/` holds all below it."""
    fits = _pattern(rule.kind == "path", rule.pattern).fullmatch
    match rule.kind:
        case "path":
            return any(map(fits, of.paths))
        case "module":
            return any(map(fits, of.modules))
        case "url":
            return bool(of.url) and fits(of.url) is not None
        case _:
            value = of.tags.get(rule.kind.removeprefix("tags."))
            return value is not None and fits(value) is not None


def _rule(number: int, said: str, known: Callable[[str], bool]) -> Rule | Wrong:
    found = _RULE.fullmatch(said)
    if found is None:
        return Wrong(number, f"{said[:80]!r} is no rule: write a matcher ({KINDS}) and its owners, as in `path:src/pay/* #payments`")
    kind, owners = found["kind"], tuple(dict.fromkeys(found["owners"].split()))
    if kind not in {"path", "module", "url"} and not _TAG.fullmatch(kind):
        return Wrong(number, f"{kind[:80] + ':'!r} is no matcher: there are {KINDS}")
    if why := _wrong_owners(said, owners, known):
        return Wrong(number, why)
    pattern = found["pattern"]
    if pattern.startswith('"'):
        pattern = re.sub(r"\\(.)", r"\1", pattern[1:-1])
    return Rule(number, said, kind, pattern, owners)


def _wrong_owners(said: str, owners: tuple[str, ...], known: Callable[[str], bool]) -> str:
    if not owners:
        return f"{said[:80]!r} has no owner: add a member's mail address or a #team"
    if len(owners) > MOST_OWNERS:
        return f"there are {len(owners)} owners, at most {MOST_OWNERS} are taken"
    for one in owners:
        if not _TEAM.fullmatch(one) and not _MAIL.fullmatch(one):
            return f"{one[:80]!r} is neither a mail address nor a #team"
        if not known(one):
            return f"there is no {'team' if one.startswith('#') else 'member'} {one[:80]!r} in this organization"
    return ""


@lru_cache(maxsize=4096)
def _pattern(is_path: bool, text: str) -> re.Pattern[str]:
    body = "".join({"*": ".*", "?": "."}.get(letter) or re.escape(letter) for letter in re.sub(r"\*+", "*", text))
    if is_path:
        body = ("" if text.startswith(("/", "*")) else "(?:.*/)?") + body + (".*" if text.endswith("/") else "")
    return re.compile(body, re.DOTALL)


def _unique(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, texts)))
