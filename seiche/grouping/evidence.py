"""How alike two shapes are, and by which rule they may be one problem. Pure, symmetric in nothing: `seen` came later than `known`.

A rule says what may have changed between releases (a name, a line, a module); what it takes as given must agree. The score then weighs
everything that both shapes have: names, place, line, message, callers (aligned, by rarity and nearness to the failure) and library frames.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from typing import Protocol

import msgspec

from seiche.grouping.helpers import IMPLICIT
from seiche.grouping.names import CACHE, words
from seiche.grouping.shape import Shape, Step
from seiche.grouping.skeleton import informative
from seiche.grouping.templates import property_of, telling, tokens

Rarity = Callable[[str], float]
"""How telling a frame is, 0 to 1: one that everything passes through says nothing."""
WEIGHTS = {"function": 0.2, "place": 0.15, "line": 0.3, "message": 0.15, "callers": 0.2, "library": 0.1, "missing": 0.3}
OTHER_WORDS = "same function, its message's words vary"
"""Holds only with company: one other message may be another mistake of the function."""
MINIFIED = "minified, same message"
CHANGED = "same function, changed line"
HALF, SAME_WORDS = 0.5, 0.75
"""How alike words must be where a rule takes them as given."""
LONG_LINE = 0.5
"""The weight of the very same line, where it names three things or more: few programs hold such a line twice."""
ALONE = 0.66
"""Of one message in two builds: enough where no other issue has it. Modules change places, so the column can only speak for it."""
CLOSE = 0.85
MOVED_CALLER = 0.8
"""Of a caller whose name is known from another module."""
SLACK_COLUMNS = 3
DECAY = 0.35
_FILE_TYPE = re.compile(
    r"\.(?:py|pyx|[cm]?[jt]sx?|vue|svelte|rb|php|go|rs|java|kts?|scala|groovy|cs|fs|vb|swift|mm?|c|cc|cpp|cxx|hh?|hpp|exs?|erl|dart|lua|pl|pm)$"
)
"""How much less each further frame says."""


class Evidence(msgspec.Struct, frozen=True):
    """Why two shapes may be one problem."""

    rule: str
    score: float
    parts: tuple[tuple[str, float], ...] = ()
    """What was compared, each 0 to 1."""


class Surroundings(Protocol):
    """What is known besides the two shapes."""

    def rarity(self, frame: str) -> float:
        """How telling a frame is, 0 to 1: one that everything passes through says nothing."""
        ...

    def nearness(self, seen: Shape, known: Shape) -> float | None:
        """How near a shape's position in a minified build is to where another's would be by now; None where nobody knows."""
        ...

    def renamed(self, before: str, now: str) -> bool:
        """Whether a module is known to have become another: an issue has gone from the one to the other."""
        ...


def compare(seen: Shape, known: Shape, callers: Collection[str], around: Surroundings) -> Evidence | None:
    """The evidence that `seen` is the problem of `known`, whose direct callers were `callers`; None where no rule lets them be.

    Two messages without a stack have none here: it takes several to see which of their words are data, and that is the index's business.
    """
    if seen.type != known.type or bool(seen.cycle) != bool(known.cycle):
        return None
    found: Evidence | None = None
    if seen.cycle:
        found = _recursion(seen, known)
    elif bool(seen.steps) != bool(known.steps):
        found = _stack_lost(seen, known)
    elif seen.steps and seen.minified == known.minified and seen.own == known.own:
        if seen.minified:
            found = _minified(seen, known, around)
        else:
            found = _written(seen, known, callers, around) if seen.own else _library(seen, known, around.rarity)
    return found


def _written(seen: Shape, known: Shape, callers: Collection[str], around: Surroundings) -> Evidence | None:
    at, was = seen.steps[seen.culprit], known.steps[known.culprit]
    if at.place != was.place and not seen.culprit:
        # If the module has another name now, so has each of its frames.
        known = msgspec.structs.replace(known, steps=tuple([_as_now(step, was.place, at.place) for step in known.steps]))
        before = f"{was.place}."
        callers = [f"{at.place}.{caller[len(before) :]}" if caller.startswith(before) else caller for caller in callers]
    said = message(seen.template, known.template)
    if (said is not None and said < HALF) or (seen.lacking and known.lacking and seen.lacking != known.lacking):
        return None
    parts = {
        "function": likeness(at.function, was.function),
        "place": _placed(at.place, was.place),
        "line": _lines(at.line, was.line),
        "message": said,
        "callers": _called(seen, known, callers, around.rarity),
        "library": _overlap(seen.above, known.above),
        "missing": 1.0 if seen.lacking and seen.lacking == known.lacking else None,
    }
    renamed = at.place != was.place and around.renamed(was.place, at.place)
    rule = _rule(seen, known, at, was, parts, renamed=renamed)
    if rule is not None and rule.startswith("extracted"):
        # What failed is now one call deeper: its caller is what is to be compared.
        way = alignment(seen.steps[seen.culprit + 2 :], known.steps[known.culprit + 1 :], around.rarity)
        parts |= {"function": 1.0, "callers": way, "line": 1.0 if rule.endswith("same line") else parts["line"]}
    if (
        rule is not None
        and (parts["callers"] or 0.0) < HALF
        and (said == 1.0 or parts["missing"])
        and (rule == CHANGED or at.line == was.line != "" or (parts["library"] == 1.0 and telling(seen.template) > 1))
    ):
        parts["callers"] = None  # the very words in the very function or line: other ways to it say nothing against that
    return None if rule is None else _weighed(rule, parts, at.line if at.line == was.line else "")


def _literals(step: Step) -> list[str]:
    """What a line spells out: twins differ in it (`kind: "order"`), a rewritten line does not."""
    return [token for token in step.line.split(" ") if token[0] in "\"'`"] if step.line else []


def _as_now(step: Step, before: str, now: str) -> Step:
    return Step(now, step.function, step.line) if step.place == before else step


def _rule(seen: Shape, known: Shape, at: Step, was: Step, parts: dict[str, float | None], *, renamed: bool) -> str | None:
    """What changed, where the rest agrees enough to say that only this did."""
    said = parts["message"]
    similar, called = (parts["line"] or 0.0) >= HALF, (parts["callers"] or 0.0) >= HALF
    same_words = said is not None and said >= SAME_WORDS and telling(seen.template) > 1
    alike = max(parts["function"] or 0.0, parts["callers"] or 0.0) >= HALF
    same_line = bool(at.line) and at.line == was.line and informative(at.line) > (0 if alike or same_words else 1)
    likely = called or likeness(_last(at.place), _last(was.place)) >= HALF
    no_lines = not at.line and not was.line
    caller = seen.steps[seen.culprit + 1] if len(seen.steps) > seen.culprit + 1 else None
    function, place = at.function == was.function, at.place == was.place or renamed
    rewritten = bool(at.line) != bool(was.line)
    siblings = place or _siblings(at.place, was.place)
    moved, extracted = function and not place and bool(at.function), caller is not None and not function and _still(caller, was)
    rules = (
        (OTHER_WORDS, function and place and no_lines and (said or 0.0) >= HALF),
        (CHANGED, function and place and not no_lines and (same_words or similar or rewritten)),
        ("extracted function, same line", extracted and same_line),
        ("renamed function, same line", place and not function and same_line),
        (
            "renamed function, similar line",
            place and not function and similar and (called or bool(parts["missing"])) and said in (None, 1.0),
        ),
        ("extracted function, same words", extracted and place and no_lines and seen.template == known.template),
        (
            "renamed function, same callers",
            place
            and not function
            and no_lines
            and not renamed
            and (same_words or seen.above == known.above or (parts["function"] or 0.0) >= HALF),
        ),
        (
            "moved module",
            moved and _last(at.place) == _last(was.place) and (same_line or (no_lines and same_words) or parts["callers"] == 1.0),
        ),
        ("moved function, same line", moved and same_line and informative(at.line) > 2),
        ("renamed module", moved and siblings and _unchanged(at, was, parts, likely=likely, same_words=same_words)),
        ("renamed module, known", renamed and function and no_lines and (same_words or (said is None and called))),
        ("renamed module, similar line", moved and siblings and similar and (called or same_words) and _literals(at) == _literals(was)),
        (
            "renamed function and module, same line",
            siblings
            and not function
            and same_line
            and (likely or (parts["function"] or 0.0) >= HALF)
            and (same_words or bool(parts["missing"]) or informative(at.line) > 1),
        ),
        ("extracted function, same message", extracted and place and _says_it_all(seen, known)),
        ("extracted function, similar line", extracted and place and similar and seen.template == known.template),
    )
    return next((rule for rule, holds in rules if holds), None)


def _says_it_all(seen: Shape, known: Shape) -> bool:
    """A message that somebody wrote for one purpose: long, the same, and not a runtime's, which is the same for every mistake of a kind."""
    return seen.template == known.template and telling(seen.template) > 3 and seen.type not in IMPLICIT


def _weighed(rule: str, parts: dict[str, float | None], line: str) -> Evidence:
    known = [(name, value) for name, value in parts.items() if value is not None]
    weights = WEIGHTS | ({"line": LONG_LINE} if informative(line) > 2 else {})
    total = sum(weights[name] for name, _ in known)
    score = sum(weights[name] * value for name, value in known) / total if total else 0.0
    return Evidence(rule, round(score, 4), tuple((name, round(value, 3)) for name, value in known))


def _stack_lost(seen: Shape, known: Shape) -> Evidence | None:
    """One of them has no stack (asynchronous code, an older library): only a message that says much can carry it."""
    if not seen.type or seen.template != known.template or telling(seen.template) < 4 or seen.logger or known.logger:
        return None
    return Evidence("same type and message, one without a stack", 0.75, (("message", 1.0),))


def _library(seen: Shape, known: Shape, rarity: Rarity) -> Evidence | None:
    """Stacks of libraries only: an upgrade changes frames, data changes words; not both."""
    way, said = alignment(seen.steps, known.steps, rarity), message(seen.template, known.template) or 0.0
    rule = "same library, same message" if seen.template == known.template and telling(seen.template) > 1 else None
    if rule is None and seen.steps[0] == known.steps[0] and said >= HALF:
        rule = OTHER_WORDS
    return Evidence(rule, round(0.4 * said + 0.6 * way, 4), (("message", round(said, 3)), ("frames", round(way, 3)))) if rule else None


def _recursion(seen: Shape, known: Shape) -> Evidence | None:
    shared = _overlap(seen.cycle, known.cycle) or 0.0
    named = [[one.rsplit(".", 1)[-1] for one in cycle] for cycle in (seen.cycle, known.cycle)]
    shared = max(shared, 0.9 * (_overlap(*named) or 0.0))
    return Evidence("same cycle", round(shared, 4), (("cycle", round(shared, 3)),)) if shared else None


def _minified(seen: Shape, known: Shape, around: Surroundings) -> Evidence | None:
    """Message, surviving names and the column's neighbours: all that a minifier leaves where the text itself is missing."""
    top, was = seen.steps[0], known.steps[0]
    if top.line and was.line:
        line = _lines(top.line, was.line) or 0.0
        if line < SAME_WORDS or informative(top.line) < 3:
            return None
        return Evidence("minified, similar line", round(line, 4), (("line", round(line, 3)),))
    same = seen.template == known.template
    if same and telling(seen.template) < 2:
        return None
    near, spaced = around.nearness(seen, known), _spacing(seen.columns, known.columns)
    said = 1.0 if same else message(seen.template, known.template) or 0.0
    if said < HALF or (not same and ((near or 0.0) < CLOSE or property_of(seen.template) != property_of(known.template))):
        return None
    if seen.via and min((told for told in (near, spaced) if told is not None), default=0.0) < HALF:
        return None  # a client's or a guard's: only its caller tells which, so it must be shown
    names = alignment([step for step in seen.steps if step.function], [step for step in known.steps if step.function], around.rarity)
    depth = min(len(seen.steps), len(known.steps)) / max(len(seen.steps), len(known.steps))
    parts = {"message": said, "names": names, "depth": depth, "column": near, "spacing": spaced}
    total = (ALONE if same else HALF) + 0.05 * names + 0.02 * depth + 0.17 * (near or 0.0) + 0.1 * (spaced or 0.0)
    rule = MINIFIED if same else "minified, same place"
    return Evidence(rule, round(total, 4), tuple((name, round(value, 3)) for name, value in parts.items() if value is not None))


def _spacing(one: Sequence[int], other: Sequence[int]) -> float | None:
    """Whether callers are as far from the failing function as they were; the first stands nearest, and says most."""
    same = [abs(now - before) <= SLACK_COLUMNS for now, before in zip(one, other, strict=False)]
    if len(same) < 2:
        return float(same[0]) if same else None
    return 0.7 * same[0] + 0.3 * sum(same[1:]) / len(same[1:])


def alignment(one: Sequence[Step], other: Sequence[Step], rarity: Rarity) -> float:
    """How much of two ways they share in order, each frame weighed by rarity and nearness to the failure (after FaST and TraceSim)."""
    ones, others = [name(step) for step in one], [name(step) for step in other]
    if not ones or not others:
        return 0.0
    weigh = {frame: rarity(frame) for frame in {*ones, *others}}

    def weight(frame: str, index: int) -> float:
        return weigh[frame] / (1.0 + DECAY * index)

    positions = {frame: index for index, frame in reversed(list(enumerate(others)))}
    shared, last = 0.0, -1
    for index, frame in enumerate(ones):
        found = positions.get(frame, -1)
        if found > last:
            shared += weight(frame, index) + weight(frame, found)
            last = found
    total = sum(weight(frame, index) for index, frame in enumerate(ones)) + sum(weight(frame, index) for index, frame in enumerate(others))
    return shared / total if total else 0.0


def name(step: Step) -> str:
    """A frame as one text."""
    return f"{step.place}.{step.function}"


def _called(seen: Shape, known: Shape, callers: Collection[str], rarity: Rarity) -> float | None:
    """How alike the ways to the culprits are; None where neither shows one."""
    way, other = seen.steps[seen.culprit + 1 :], known.steps[known.culprit + 1 :]
    return max(_known_caller(seen, callers, rarity), alignment(way, other, rarity)) if way or other else None


def _known_caller(seen: Shape, callers: Collection[str], rarity: Rarity) -> float:
    if len(seen.steps) <= seen.culprit + 1:
        return 0.0
    step = seen.steps[seen.culprit + 1]
    if name(step) in callers:
        return rarity(name(step))
    moved = len(words(step.function)) > 1 and any(caller.endswith(f".{step.function}") for caller in callers)
    return MOVED_CALLER if moved else 0.0


@lru_cache(maxsize=CACHE)
def likeness(one: str, other: str) -> float:
    """Two names by their words, 0 to 1; a word that was only added costs little (`map`, `mapChecked`)."""
    if one == other:
        return 1.0
    ones, others = Counter(words(one)), Counter(words(other))
    shared = sum((ones & others).values())
    if not shared:
        return 0.0
    return max(
        2.0 * shared / (sum(ones.values()) + sum(others.values())), 0.7 if shared == min(sum(ones.values()), sum(others.values())) else 0.0
    )


def message(one: str, other: str) -> float | None:
    """Two templates by their words, masks included; None where neither says anything."""
    if one == other:
        return 1.0 if telling(one) else None
    if not telling(one) and not telling(other):
        return None
    return _dice(tokens(one), tokens(other))


def _placed(one: str, other: str) -> float:
    if one == other:
        return 1.0
    if _last(one) == _last(other):
        return 0.85
    return max(likeness(_last(one), _last(other)), 1.0 if _siblings(one, other) else 0.0) * 0.5


@lru_cache(maxsize=CACHE)
def _last(place: str) -> str:
    return _FILE_TYPE.sub("", place.replace("\\", "/").replace("::", "/").rsplit("/", 1)[-1]).rsplit(".", 1)[-1]


@lru_cache(maxsize=CACHE)
def _siblings(one: str, other: str) -> bool:
    """Whether two places are modules of one package, or files of one language (of which only the name is known)."""
    ending, other_ending = _FILE_TYPE.search(one), _FILE_TYPE.search(other)
    if ending is not None or other_ending is not None:
        return ending is not None and other_ending is not None and ending[0] == other_ending[0]
    return bool(one and other) and one[: -len(_last(one))] == other[: -len(_last(other))]


def _still(caller: Step, was: Step) -> bool:
    """Whether a caller is the function that failed before, perhaps in a module that has another name now."""
    return caller.function == was.function and (caller.place == was.place or (bool(caller.function) and _siblings(caller.place, was.place)))


def _unchanged(at: Step, was: Step, parts: dict[str, float | None], *, likely: bool, same_words: bool) -> bool:
    """Whether all but the module is as it was: line and callers, line and most of its name, or line and message."""
    if not at.line and not was.line:
        return (parts["callers"] or 0.0) >= HALF and (parts["message"] is None or same_words)
    return at.line == was.line and bool(informative(at.line)) and (likely or (same_words and informative(at.line) > 1))


def _lines(one: str, other: str) -> float | None:
    if not one or not other:
        return None
    return 1.0 if one == other else _dice(one.split(" "), other.split(" "))


def _overlap(one: Sequence[str], other: Sequence[str]) -> float | None:
    if not one and not other:
        return None
    return _dice(one, other)


def _dice(one: Sequence[str], other: Sequence[str]) -> float:
    total = len(one) + len(other)
    return 2.0 * sum((Counter(one) & Counter(other)).values()) / total if total else 0.0
