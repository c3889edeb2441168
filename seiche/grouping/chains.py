"""Which exception of a chain is the problem. Version 2; frozen with it."""

from seiche.grouping.names import function_name
from seiche.model.event import ExceptionValue, Frame

IMPLICIT_CHAINS = frozenset({"python", "ruby"})
"""Languages that link an exception to the one being handled when it was raised, whether or not it has to do with it."""
WHOLE_STACKS = frozenset({"ruby"})
"""Of these, those whose exceptions hold the stack down to its beginning; the others' begin where they were caught."""


def root_cause(exceptions: tuple[ExceptionValue, ...], platform: str) -> ExceptionValue | None:
    """The innermost exception in the program's own code; wrappers are facts about it, not what it is.

    Where a language chains by itself, a failure of the handler is its own problem: it was raised deeper than where the first was caught.
    """
    if len(exceptions) == 1:
        return exceptions[0]
    chosen: ExceptionValue | None = None
    for exception in exceptions:
        if not any(frame.in_app for frame in exception.frames) or (exception.is_group and chosen is not None):
            continue
        if platform in IMPLICIT_CHAINS:
            if chosen is None or (_fell_further if platform in WHOLE_STACKS else _own_failure)(exception, chosen):
                chosen = exception
        elif chosen is None or _one_call(exception, chosen):
            chosen = exception
        else:
            break
    if chosen is not None:
        return chosen
    return next((exception for exception in exceptions if exception.frames), exceptions[0] if exceptions else None)


def _one_call(outer: ExceptionValue, inner: ExceptionValue) -> bool:
    """Whether a library threw both beneath one call: what it let out is its answer, and what it held varies with the data."""
    if inner.frames[-1].in_app or outer.frames[-1].in_app:
        return False
    asked, asking = (next(frame for frame in reversed(one.frames) if frame.in_app) for one in (inner, outer))
    return asked.lineno is not None and (asked.lineno, *_place(asked)) == (asking.lineno, *_place(asking))


def _own_failure(later: ExceptionValue, earlier: ExceptionValue) -> bool:
    """Whether `later` failed by itself while `earlier` was handled: what caught `earlier` went on to call something that failed."""
    caught_in = _place(earlier.frames[0])
    return _place(later.frames[-1]) != caught_in and any(_place(frame) == caught_in for frame in later.frames[:-1])


def _fell_further(later: ExceptionValue, earlier: ExceptionValue) -> bool:
    """The same of whole stacks: what caught `earlier` is the last that both have, and code of the program's failed beyond it."""
    shared = 0
    for one, other in zip(later.frames, earlier.frames, strict=False):
        if _place(one) != _place(other):
            break
        shared += 1
    caught_in = _place(later.frames[shared - 1]) if shared else None
    return caught_in is not None and any(frame.in_app and _place(frame) != caught_in for frame in later.frames[shared:])


def _place(frame: Frame) -> tuple[str, str]:
    return frame.module or frame.filename, function_name(frame.function, frame.module)
