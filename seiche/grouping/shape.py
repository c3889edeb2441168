"""What grouping sees of an event: the problem's type, message template and normalised stack. Pure. Version 2; frozen with it."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import msgspec

from seiche.grouping.chains import root_cause
from seiche.grouping.helpers import PASSING, RAISES, is_helper, is_machinery, raises, says_nothing
from seiche.grouping.names import CACHE, file_name, function_name, module_name, type_name
from seiche.grouping.skeleton import minified_skeleton, skeleton
from seiche.grouping.stacks import Memo
from seiche.grouping.templates import lacking, remote, telling, template, unreachable
from seiche.model.event import Event, ExceptionValue, Frame

STEPS = 12
"""So many of the program's own frames are compared; deeper ones are the entry points of everything."""
CALLERS = 3
"""So many callers' columns are kept of minified code."""
HELPERS = 4
"""So many helpers are passed over on the way to the frame they failed for."""
WIDE_COLUMN = 250
"""People do not write lines that long: a bundler does."""
SHORT_NAME = 2
LINE = 500
"""Characters; a longer line is data or a bundle."""
INLINE = frozenset({"", "<listcomp>", "<dictcomp>", "<setcomp>", "<genexpr>"})
"""Functions within a function, which a rewrite or a newer Python leaves out."""
OVERFLOWS = ("RecursionError", "StackOverflowError", "StackOverflowException", "SystemStackError", "InternalError: too much recursion")
OVERFLOW_WORDS = ("maximum call stack", "maximum recursion depth", "stack level too deep", "stack overflow", "too much recursion")
_SCRIPTS = frozenset({"javascript", "node"})


class Step(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One frame of the program's own code: where, in what function, at what line (its skeleton; "" where the SDK sent none)."""

    place: str
    function: str
    line: str = ""


class Shape(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """An event as grouping sees it; a few hundred bytes as JSON."""

    type: str = ""
    template: str = ""
    """The masked message."""
    logger: str = ""
    """Of events without an exception."""
    steps: tuple[Step, ...] = ()
    """Own frames, the failing one FIRST; recursion collapsed, decorators and proxies left out."""
    culprit: int = 0
    """Which of `steps` is at fault; those before it are helpers."""
    above: tuple[str, ...] = ()
    """Library functions that the own code had called when it failed, the failing one first, at most four."""
    own: bool = True
    """Whether `steps` are the program's own; else the stack has none, and they are a library's."""
    minified: bool = False
    position: str = ""
    """Of minified code without its text: `file:line:column` of the failing frame, which holds within one release."""
    columns: tuple[int, ...] = ()
    """Of minified code without its text: how far the next frames of the file are from the failing one."""
    via: str = ""
    """The caller's position, where the message names no subject: then a shared guard or client raised, for the caller."""
    lacking: str = ""
    """The attribute, key or constraint that it is about."""
    release: str = ""
    cycle: tuple[str, ...] = ()
    """Of a stack overflow: the functions that call each other, sorted."""


_SHAPES: Memo[Shape] = Memo(8192)
"""By exact stack and masked message: programs fail at the same places again and again."""


def shape(event: Event, helpers: Mapping[tuple[str, str], bool] | None = None, *, key: int | None = None) -> Shape:
    """What grouping sees of an event. Raises nothing, whatever the event holds.

    `helpers`: whether a (place, function) is a helper, of those about which people said so. `key`: its `stack_key`, where it is known;
    then what was found for another event with this stack is used again.
    """
    cause = root_cause(event.exceptions, event.platform)
    stack = cause.frames if cause is not None else ()
    kind = type_name(cause.type) if cause is not None and not cause.synthetic else ""
    said = cause.value if cause is not None and cause.value else event.message
    if cause is not None and cause.synthetic and event.platform in _SCRIPTS and telling(template(said)) > 1:
        cause = None  # a message, and where it was written: newer SDKs add a stack to what older ones sent without
    if not stack or cause is None:
        raw = (event.message_template if cause is None else "") or said
        return Shape(type=kind, template=template(raw), logger=event.logger if cause is None else "", release=event.release)
    frames, own = _own(stack)
    minified = event.platform in _SCRIPTS and _minified(frames)
    overflows = _overflows(cause.type, said, len(stack))
    if overflows and minified:
        frames = [_turn(frames)]
    about = lacking(kind, said, frames[-1].context_line if frames else "")
    masked = template(said, minified=True) if minified else template(said)  # a cache knows them apart from `minified=False`
    if helpers or key is None:
        return _of_stack(cause, frames, kind, masked, about, event.release, helpers or {}, own=own, minified=minified, overflows=overflows)
    # Whatever else is asked below is a function of these.
    known = (key, event.platform, masked, about, event.release, overflows, bool(cause.value))
    found = _SHAPES.get(known)
    if found is None:
        found = _of_stack(cause, frames, kind, masked, about, event.release, {}, own=own, minified=minified, overflows=overflows)
        _SHAPES.put(known, found)
    return found


def _of_stack(  # noqa: PLR0917
    cause: ExceptionValue,
    frames: list[Frame],
    kind: str,
    said: str,
    about: str,
    release: str,
    helpers: Mapping[tuple[str, str], bool],
    *,
    own: bool,
    minified: bool,
    overflows: bool,
) -> Shape:
    """Of an exception, its own `frames` and its masked message."""
    stack = cause.frames
    if overflows and not minified and (cycle := _cycle(stack)):
        return Shape(type=kind, template=said, cycle=cycle, own=own, release=release)
    steps = _steps(frames, minified=minified)
    above = _above(stack, frames) if own else ()
    placed = minified and bool(steps) and not steps[0].line
    return Shape(
        type=kind,
        template=said,
        steps=steps,
        culprit=_culprit(steps, cause, said, helpers, beneath_library=bool(above)),
        above=above,
        own=own,
        minified=minified,
        position=_position(frames[-1]) if placed else "",
        columns=_columns(frames) if placed else (),
        via=_position(frames[-2]) if placed and len(frames) > 1 and (says_nothing(kind, said) or remote(said)) else "",
        lacking=about,
        release=release,
    )


def _position(frame: Frame) -> str:
    return f"{frame.filename or frame.abs_path}:{frame.lineno}:{frame.colno}"


def _columns(frames: Sequence[Frame]) -> tuple[int, ...]:
    """The distance of a function to those that called it survives in a build whose other parts moved."""
    top = frames[-1]
    return tuple(
        [
            frame.colno - top.colno
            for frame in frames[-2 : -2 - CALLERS : -1]
            if frame.colno is not None and top.colno is not None and (frame.filename, frame.lineno) == (top.filename, top.lineno)
        ]
    )


def _overflows(kind: str, said: str, depth: int) -> bool:
    return kind in OVERFLOWS or (depth > STEPS and any(words in said[:200].lower() for words in OVERFLOW_WORDS))


def _own(stack: Sequence[Frame]) -> tuple[list[Frame], bool]:
    """The program's own frames, oldest first; without any, the library's that have a name."""
    own = [frame for frame in stack if frame.in_app and not _generated(frame.filename)] or [frame for frame in stack if frame.in_app]
    if own:
        return own, True
    return [frame for frame in stack if function_name(frame.function, frame.module) or frame.module or frame.filename], False


@lru_cache(maxsize=CACHE)
def _generated(filename: str) -> bool:
    """Whether a file is none: native functions (`<anonymous>`, `[native code]`) and code that was made at run time (`<string>`)."""
    return filename[:1] in {"<", "["} and filename[-1:] in {">", "]"}


def _turn(frames: Sequence[Frame]) -> Frame:
    """Of a minified stack overflow, the frame that stands for all that take part: the first in the file of those that repeat."""
    counts: dict[str, int] = {}
    for frame in frames:
        counts[_position(frame)] = counts.get(_position(frame), 0) + 1
    repeated = [frame for frame in frames if counts[_position(frame)] * 8 >= len(frames)] or list(frames)
    return min(repeated, key=lambda frame: (frame.lineno or 0, frame.colno or 0, frame.filename))


def _minified(frames: Sequence[Frame]) -> bool:
    """Whether a bundler made most of this code: very long lines, or next to no names longer than two letters."""
    if frames and sum((frame.colno or 0) > WIDE_COLUMN for frame in frames) * 2 >= len(frames):
        return True
    named = [name.rsplit(".", 1)[-1] for frame in frames if (name := function_name(frame.function))]
    return len(named) > 1 and sum(len(name) <= SHORT_NAME for name in named) > len(named) * 0.6


@lru_cache(maxsize=CACHE)
def _step(function: str, module: str, filename: str, package: str, line: str, colno: int, *, minified: bool) -> Step:  # noqa: PLR0917  # a cache's key
    name = function_name(function, module)
    place = module_name(module) if module and not minified else file_name(filename or package)
    if not minified:
        kept = skeleton(line) if line and len(line) < LINE else ""
        own_name = f"{name.rsplit('.', 1)[-1]}("
        if own_name in kept:  # a function that calls itself: its name may change, and is not what tells its line from others
            kept = " ".join(["self(" if token == own_name else token for token in kept.split(" ")])
        return Step(place, name, kept)
    last = name.rsplit(".", 1)[-1]
    kept = minified_skeleton(line, colno) if line else ""
    return Step(place, "" if len(last) <= SHORT_NAME + 1 else last, kept)


def _steps(frames: Sequence[Frame], *, minified: bool) -> tuple[Step, ...]:
    """Top first; a run of the same function counts once, and so does a cycle of two."""
    found: list[Step] = []
    for number, frame in enumerate(reversed(frames), 1):
        step = _step_of(frame, minified=minified)
        if step.function in INLINE and not minified and number < len(frames):
            around = _step_of(frames[-number - 1], minified=False)
            if around.place == step.place and around.function not in INLINE:
                step = Step(step.place, around.function, step.line)
        if len(frames) > 1 and (is_machinery(step.place, step.function) or (step.function in PASSING and frame is not frames[-1])):
            continue
        if found and not minified and (_same(step, found[-1]) or (len(found) > 1 and _same(step, found[-2]))):
            continue
        found.append(step)
        if len(found) == STEPS:
            break
    return tuple(found)


def _step_of(frame: Frame, *, minified: bool) -> Step:
    colno = (frame.colno or 0) if minified else 0
    return _step(frame.function, frame.module, frame.filename, frame.package, frame.context_line, colno, minified=minified)


def _same(one: Step, other: Step) -> bool:
    return one.function == other.function and one.place == other.place and bool(one.function)


def _above(stack: Sequence[Frame], own: Sequence[Frame]) -> tuple[str, ...]:
    """The library's functions between the failure and the program's own code."""
    found: list[str] = []
    for frame in reversed(stack):
        if frame is own[-1]:
            break
        name = function_name(frame.function, frame.module)
        where = module_name(frame.module) if frame.module else file_name(frame.filename or frame.package)
        if name and not is_machinery(where, name):
            found.append(f"{where}.{name}" if where not in {"", "<anonymous>"} else name)
    return tuple(dict.fromkeys(found))[:4]


def _culprit(
    steps: Sequence[Step], cause: ExceptionValue, said: str, told: Mapping[tuple[str, str], bool], *, beneath_library: bool
) -> int:
    """Past the helpers that raised on behalf of others, and those of which people `told` us; 0 where nobody else is left."""
    if told:
        answers = [told.get((step.place, step.function)) for step in steps]
        first = next((index for index, answer in enumerate(answers) if answer is not True), 0)
        if first or (answers and answers[0] is False):
            return first
    silent, asked = bool(cause.value) and says_nothing(cause.type, said), remote(said)
    line = cause.frames[-1].context_line if not beneath_library else ""
    if not steps or unreachable(said) or not (asked or raises(line, cause.type, beneath_library=beneath_library)):
        return 0
    for index, step in enumerate(steps[: HELPERS + 1]):
        if index == 0 and len(steps) > 1 and not beneath_library and (silent or _told_by_caller(step, steps[1])):
            continue
        if not is_helper(step.place, step.function, cause.type, asked=asked):
            return index
    return 0


def _told_by_caller(step: Step, caller: Step) -> bool:
    """Whether a function that raises was handed a literal: `must(form.reason, "reason")` says which problem it is, `must` does not."""
    _, called, arguments = caller.line.partition(f"{step.function.rsplit('.', 1)[-1]}( ")
    return bool(called) and '"' in arguments and RAISES.search(step.line) is not None


def _cycle(stack: Sequence[Frame]) -> tuple[str, ...]:
    """The own functions that make up a fifth of an overflowing stack each, else those of libraries."""
    for own in (True, False):
        counts: dict[str, int] = {}
        for frame in stack:
            if frame.in_app is own:
                step = _step(frame.function, frame.module, frame.filename, frame.package, "", 0, minified=False)
                if step.function:
                    counts[f"{step.place}.{step.function}"] = counts.get(f"{step.place}.{step.function}", 0) + 1
        found = sorted(name for name, count in counts.items() if count > 2 and count * 8 >= sum(counts.values()))
        if found:
            return tuple(found)
    return ()
