"""Version 2: the root cause's culprit frame and line, past helpers; without own code, library and message; without a stack, the template.

An issue owns a set of fingerprints, and an event belongs to the issue that knows any of its own: the first says where the problem
is, the second is the whole stack whatever is marked as in-app, so that a changed in-app rule moves no event. Frozen once shipped.
"""

from functools import lru_cache
from hashlib import blake2b

from seiche.grouping import sdk_fingerprint
from seiche.grouping.builds import version
from seiche.grouping.chains import root_cause
from seiche.grouping.helpers import IMPLICIT
from seiche.grouping.names import file_name, function_name, module_name
from seiche.grouping.shape import Shape, Step, shape
from seiche.grouping.skeleton import skeleton
from seiche.grouping.stacks import Memo
from seiche.grouping.templates import tokens
from seiche.grouping.v1 import NAMELESS_EVENT, TITLE_LIMIT
from seiche.model.event import Event, ExceptionValue
from seiche.model.issue import Component, Grouping

VERSION = 2
TOP = 4
"""Frames whose lines the whole stack's fingerprint has: those of helpers and of who called them."""
Parts = list[tuple[str, str]]


_DECIDED: Memo[tuple[str, tuple[Component, ...], tuple[str, ...]]] = Memo(8192)


def group(event: Event, seen: Shape | None = None, *, key: int | None = None) -> Grouping:
    """The grouping of an event, whose `shape` and `stack_key` may be known already; a fingerprint of its own wins where it names one."""
    seen = seen or shape(event, key=key)
    cause = root_cause(event.exceptions, event.platform)
    said = cause.value if cause is not None and cause.value else event.message
    known = (key, event.platform, seen)
    decided = _DECIDED.get(known) if key is not None else None
    if decided is None:
        decided = _decided(seen, cause)
        if key is not None:
            _DECIDED.put(known, decided)
    rule, components, fingerprints = decided
    default = Grouping(
        version=VERSION,
        fingerprints=fingerprints,
        rule=rule,
        components=components,
        type=cause.type if cause is not None else "",
        value=said,
        culprit=_shown(seen, event),
        title=_title(cause.type if cause is not None else "", said),
    )
    if sdk_fingerprint.is_default(event.fingerprint):
        return default
    bases = default.fingerprints if sdk_fingerprint.uses_default(event.fingerprint) else default.fingerprints[:1]
    every = [sdk_fingerprint.expanded(event.fingerprint, event, default, base) for base in bases]
    named = every[0]
    return Grouping(
        version=VERSION,
        fingerprints=tuple([fingerprint("sdk_fingerprint", *each) for each in every]),
        rule="sdk_fingerprint",
        components=tuple(Component("fingerprint", part[:200]) for part in named),
        type=default.type,
        value=default.value,
        culprit=default.culprit,
        title=default.title,
    )


def _decided(seen: Shape, cause: ExceptionValue | None) -> tuple[str, tuple[Component, ...], tuple[str, ...]]:
    """(rule, what went into it, fingerprints): a function of the shape and the stack alone."""
    rule, parts = identity(seen)
    components = tuple([Component(name, value[:200]) for name, value in parts if value])
    return rule, components, _fingerprints(rule, parts, seen, cause)


def identity(seen: Shape) -> tuple[str, Parts]:
    """(rule, named parts): what the first fingerprint of a shape is made of."""
    if seen.cycle:
        return "recursion", [("type", seen.type), ("cycle", ", ".join(seen.cycle))]
    if not seen.steps:
        return "message", [("type", seen.type), ("logger", seen.logger), ("message", seen.template or NAMELESS_EVENT)]
    parts: Parts = [("type", seen.type)]
    for index in range(seen.culprit + 1) if seen.culprit else (0,):
        helping = index < seen.culprit
        parts += _at(seen.steps[index], "helper " if helping else "")
    if seen.minified:
        rule = "minified"
        if not seen.steps[0].line:
            parts += [
                # A runtime's own errors are told apart by their column; its words vary with the data.
                ("message", "" if seen.type in IMPLICIT else seen.template),
                ("position", seen.position),
                ("caller", seen.via),
                ("build", version(seen.position.rsplit(":", 2)[0], seen.release)),
            ]
    elif not seen.own:
        rule = "library"
        parts.append(("message", seen.template))
    else:
        rule = "helper" if seen.culprit else "culprit"
        if seen.lacking:
            parts.append(("missing", seen.lacking))
        if not any(step.line for step in seen.steps[: seen.culprit + 1]):
            parts.append(("message begins", _beginning(seen.template)))
    return rule, parts


def fingerprint(*parts: str) -> str:
    """32 hex digits of `parts`; lengths go in, so that no two lists of parts look the same."""
    text = "".join([f"{len(part)}:{part}" for part in (str(VERSION), *parts)])
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _at(step: Step, prefix: str) -> Parts:
    return [(f"{prefix}place", step.place), (f"{prefix}function", step.function), (f"{prefix}line", step.line)]


def _fingerprints(rule: str, parts: Parts, seen: Shape, cause: ExceptionValue | None) -> tuple[str, ...]:
    first = fingerprint(rule if rule in {"message", "recursion"} else "stack", *[text for pair in parts for text in pair])
    if rule not in {"culprit", "helper", "library"} or cause is None:
        return (first,)
    whole = [_named(frame.function, frame.module, frame.filename, frame.package) for frame in cause.frames]
    lines = [skeleton(frame.context_line) for frame in cause.frames[-TOP:]]
    said = seen.template if not seen.own else "" if lines[-1] else _beginning(seen.template)
    return first, fingerprint("system", seen.type, *lines, said, seen.lacking, *whole)


@lru_cache(maxsize=32768)
def _named(function: str, module: str, filename: str, package: str) -> str:
    return f"{module_name(module) if module else file_name(filename or package)}\t{function_name(function, module)}"


@lru_cache(maxsize=16384)
def _beginning(template: str) -> str:
    """The first word: of messages made of words and data it is nearly always a word."""
    return next(iter(tokens(template)), "")


def _title(kind: str, said: str) -> str:
    line = next((line.strip() for line in said.splitlines() if line.strip()), "")
    title = f"{kind}: {line}" if kind and line else kind or line or NAMELESS_EVENT
    return title if len(title) <= TITLE_LIMIT else title[: TITLE_LIMIT - 1] + "…"


def _shown(seen: Shape, event: Event) -> str:
    """For people: where it happened, else the transaction."""
    if not seen.steps:
        return event.transaction[:250] if not seen.cycle else seen.cycle[0][:250]
    step = seen.steps[seen.culprit]
    return (f"{step.place} in {step.function}" if step.place and step.function else step.place or step.function or event.transaction)[:250]
