"""Stack-trace rules, in Sentry's syntax: `[caller] | matcher... | [callee] action...`; all that match apply, in their order. Pure.

`+app` and `-app` say whose frame it is, `-group` leaves it out of grouping (`+group` takes that back), `^` and `v` before an action mean
the frames above (towards the failure) and below. `max-frames=N` and `min-frames=N` bound the stack. Ours besides: `-culprit` says that
a frame is a helper, whose caller is at fault; `+culprit` that it is at fault itself, whatever it called.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

import msgspec

from seiche.grouping.names import file_name, function_name, module_name
from seiche.grouping.rules.matchers import OF_EXCEPTIONS, Matcher, exception_matches, family, frame_matches
from seiche.grouping.rules.text import Line, Malformed, lines, refuse
from seiche.model.event import Event, ExceptionValue, Frame

_FLAG = re.compile(r"([\^v]?)([+-])(app|group|culprit)(?=\s|$)")
_BOUND = re.compile(r"(max-frames|min-frames)=(\d{1,4})(?=\s|$)")
_CATEGORY = re.compile(r"category=([\w-]{1,40})(?=\s|$)")
Helpers = dict[tuple[str, str], bool]
"""(place, function) -> whether it is a helper, of frames about which a rule says so."""


class Flag(msgspec.Struct, frozen=True):
    """`^-app`."""

    name: str
    value: bool
    reach: str = ""
    """"": the frame; "^": all above; "v": all below."""


class StackRule(msgspec.Struct, frozen=True):
    """A line."""

    line: int
    matchers: tuple[Matcher, ...]
    caller: tuple[Matcher, ...] = ()
    callee: tuple[Matcher, ...] = ()
    flags: tuple[Flag, ...] = ()
    max_frames: int = 0
    min_frames: int = 0
    category: str = ""


class _Marks:
    """What rules said of one stack so far."""

    def __init__(self, frames: Sequence[Frame]) -> None:
        self.frames = list(frames)
        self.group = [True] * len(frames)
        self.culprit: list[bool | None] = [None] * len(frames)
        self.category = [""] * len(frames)
        self.max_frames = self.min_frames = 0


@lru_cache(maxsize=256)
def parsed(text: str) -> tuple[StackRule, ...]:
    """The rules of a text. Raises `InvalidInput` that names every line that is wrong, and what is."""
    found: list[StackRule] = []
    problems: list[str] = []
    for line in lines(text):
        try:
            found.append(_rule(line))
        except Malformed as error:
            problems.append(f"line {line.number}: {error}")
    refuse(problems, "stack-trace rules")
    return tuple(found)


def applied(rules: tuple[StackRule, ...], event: Event) -> tuple[Event, Helpers]:
    """The event as grouping is to see it."""
    if not rules:
        return event, {}
    helpers: Helpers = {}
    exceptions = tuple([_exception(rules, event, one, helpers) for one in event.exceptions])
    thread = _stack(rules, event.platform, ExceptionValue(), event.thread_frames, helpers) if event.thread_frames else ()
    return msgspec.structs.replace(event, exceptions=exceptions, thread_frames=thread), helpers


def marked(rules: tuple[StackRule, ...], event: Event) -> Event:
    """The event as people are to see it: every frame, and which of them the rules call the program's own."""
    if not rules:
        return event

    def frames(one: ExceptionValue, found: Sequence[Frame]) -> tuple[Frame, ...]:
        marks = _Marks(found)
        for rule in rules:
            _apply(rule, event.platform, one, marks)
        return tuple(marks.frames)

    exceptions = tuple([msgspec.structs.replace(one, frames=frames(one, one.frames)) for one in event.exceptions])
    return msgspec.structs.replace(event, exceptions=exceptions, thread_frames=frames(ExceptionValue(), event.thread_frames))


def _exception(rules: tuple[StackRule, ...], event: Event, one: ExceptionValue, helpers: Helpers) -> ExceptionValue:
    if not one.frames:
        return one
    return msgspec.structs.replace(one, frames=_stack(rules, event.platform, one, one.frames, helpers))


def _stack(
    rules: tuple[StackRule, ...], platform: str, exception: ExceptionValue, frames: Sequence[Frame], helpers: Helpers
) -> tuple[Frame, ...]:
    marks = _Marks(frames)
    for rule in rules:
        _apply(rule, platform, exception, marks)
    last = next((index for index in reversed(range(len(frames))) if marks.culprit[index]), len(frames))
    found: list[Frame] = []
    for index, frame in enumerate(marks.frames):
        if not marks.group[index]:
            continue
        # What a frame at fault called is to grouping like a library.
        found.append(msgspec.structs.replace(frame, in_app=False) if index > last and frame.in_app else frame)
        if (said := marks.culprit[index]) is not None:
            place = module_name(frame.module) if frame.module else file_name(frame.filename or frame.package)
            helpers[place, function_name(frame.function, frame.module)] = not said
            if said and not frame.in_app:
                found[-1] = msgspec.structs.replace(frame, in_app=True)
    if marks.max_frames:
        found = found[-marks.max_frames :]
    return tuple(found) if len(found) >= marks.min_frames else ()


def _apply(rule: StackRule, platform: str, exception: ExceptionValue, marks: _Marks) -> None:
    """Which frames match is settled before any of them is changed."""
    hits = [index for index in range(len(marks.frames)) if _matches(rule, index, platform, exception, marks)]
    if not hits:
        return
    marks.max_frames, marks.min_frames = rule.max_frames or marks.max_frames, rule.min_frames or marks.min_frames
    for hit in hits:
        if rule.category:
            marks.category[hit] = rule.category
        for flag in rule.flags:
            reached = {"": range(hit, hit + 1), "^": range(hit + 1, len(marks.frames)), "v": range(hit)}[flag.reach]
            for index in reached:
                if flag.name == "app":
                    if marks.frames[index].in_app is not flag.value:
                        marks.frames[index] = msgspec.structs.replace(marks.frames[index], in_app=flag.value)
                elif flag.name == "group":
                    marks.group[index] = flag.value
                else:
                    marks.culprit[index] = flag.value


def _matches(rule: StackRule, index: int, platform: str, exception: ExceptionValue, marks: _Marks) -> bool:
    def frame(matchers: Sequence[Matcher], at: int) -> bool:
        return 0 <= at < len(marks.frames) and all(_one(one, marks.frames[at], platform, exception, marks.category[at]) for one in matchers)

    return (
        frame(rule.matchers, index)
        and (not rule.caller or frame(rule.caller, index - 1))
        and (not rule.callee or frame(rule.callee, index + 1))
    )


def _one(matcher: Matcher, frame: Frame, platform: str, exception: ExceptionValue, category: str) -> bool:
    if matcher.key == "family":
        wanted = {name.strip() for name in matcher.pattern.lower().split(",")}
        return (family(frame.platform or platform) in wanted or "all" in wanted) is not matcher.negated
    if matcher.key in OF_EXCEPTIONS:
        return exception_matches(matcher, exception)
    return frame_matches(matcher, frame, category)


def _rule(line: Line) -> StackRule:
    caller = _bracketed(line)
    if caller and not line.mark("|"):
        raise Malformed("a `|` belongs between [caller] and the frame")
    matchers = line.matchers("frame")
    callee: tuple[Matcher, ...] = ()
    if line.mark("|"):
        callee = _bracketed(line)
        if not callee:
            raise Malformed("behind `|` comes [callee]")
    if not matchers:
        raise Malformed(f"expected a matcher such as stack.function:handle* at {line.rest[:30]!r}")
    flags: list[Flag] = []
    bounds = {"max-frames": 0, "min-frames": 0}
    category = ""
    while line.rest:
        if (flag := line.take(_FLAG)) is not None:
            flags.append(Flag(flag[3], flag[2] == "+", flag[1]))
        elif (bound := line.take(_BOUND)) is not None:
            bounds[bound[1]] = int(bound[2])
        elif (named := line.take(_CATEGORY)) is not None:
            category = named[1]
        else:
            known = "+app, -app, +group, -group, +culprit, -culprit (with ^ or v before), max-frames=N, min-frames=N, category=NAME"
            raise Malformed(f"unknown action at {line.rest[:30]!r}; these are known: {known}")
    if not flags and not category and not any(bounds.values()):
        raise Malformed("there is no action, such as -app")
    return StackRule(line.number, matchers, caller, callee, tuple(flags), bounds["max-frames"], bounds["min-frames"], category)


def _bracketed(line: Line) -> tuple[Matcher, ...]:
    if not line.mark("["):
        return ()
    found = line.matchers("frame", bracketed=True)
    if not line.mark("]"):
        raise Malformed(f"expected a matcher or `]` at {line.rest[:30]!r}")
    if not found:
        raise Malformed("[ ] is empty")
    return found
