"""Version 1, frozen: the root cause's type and culprit frame; without a stack, type and masked message."""

from hashlib import blake2b

from seiche.grouping import frames, sdk_fingerprint
from seiche.grouping.masking import masked
from seiche.model.event import Event, ExceptionValue, Frame
from seiche.model.issue import Component, Grouping

VERSION = 1
NAMELESS_EVENT = "(an event without message or exception)"
TITLE_LIMIT = 250


def group(event: Event) -> Grouping:
    """The grouping of an event; the SDK's fingerprint wins where it names one."""
    default = _default(event)
    if sdk_fingerprint.is_default(event.fingerprint):
        return default
    parts = sdk_fingerprint.expanded(event.fingerprint, event, default)
    return Grouping(
        version=VERSION,
        fingerprints=(fingerprint("sdk_fingerprint", *parts),),
        rule="sdk_fingerprint",
        components=tuple(Component("fingerprint", part[:200]) for part in parts),
        type=default.type,
        value=default.value,
        culprit=default.culprit,
        title=default.title,
    )


def fingerprint(*parts: str) -> str:
    """32 hex digits of `parts`; lengths go in, so that no two lists of parts look the same."""
    text = "".join(f"{len(part)}:{part}" for part in (str(VERSION), *parts))
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def root_cause(exceptions: tuple[ExceptionValue, ...]) -> ExceptionValue | None:
    """The innermost exception in the program's own code; wrappers are facts about it, not what it is."""
    for exception in exceptions:
        if any(frame.in_app for frame in exception.frames):
            return exception
    return next((exception for exception in exceptions if exception.frames), exceptions[0] if exceptions else None)


def _default(event: Event) -> Grouping:
    cause = root_cause(event.exceptions)
    stack = cause.frames if cause is not None and cause.frames else event.thread_frames
    frame = frames.culprit(stack)
    kind = cause.type if cause is not None and not cause.synthetic else ""
    said = _said(event, cause)
    components = [Component("type", kind)] if kind else []
    if frame is not None and cause is not None:
        rule = "stack"
        components += [Component("module" if frame.module else "file", frames.place(frame))]
        components += [Component("function", frames.function_name(frame.function))]
    else:
        rule = "message"
        components += [Component("message", masked(event.message_template or said) or NAMELESS_EVENT)]
    return Grouping(
        version=VERSION,
        fingerprints=(fingerprint(rule, *(part for item in components for part in (item.name, item.value))),),
        rule=rule,
        components=tuple(components),
        type=cause.type if cause is not None else "",
        value=said,
        culprit=_shown(frame, event),
        title=_title(cause, said),
    )


def _said(event: Event, cause: ExceptionValue | None) -> str:
    return cause.value if cause is not None and cause.value else event.message


def _title(cause: ExceptionValue | None, said: str) -> str:
    line = next((line.strip() for line in said.splitlines() if line.strip()), "")
    named = cause.type if cause is not None else ""
    title = f"{named}: {line}" if named and line else named or line or NAMELESS_EVENT
    return title if len(title) <= TITLE_LIMIT else title[: TITLE_LIMIT - 1] + "…"


def _shown(frame: Frame | None, event: Event) -> str:
    """For people: the deciding frame, else the transaction."""
    if frame is None:
        return event.transaction[:250]
    where, function = frame.module or frame.filename, frame.function
    return (
        f"{where} in {function}"
        if not frame.module and where and function
        else f"{where}.{function}"
        if where and function
        else where or function
    )[:250]
