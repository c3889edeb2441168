"""What a rule can ask of an event, of one exception and of one frame. Pure."""

from collections.abc import Iterable, Iterator

import msgspec

from seiche.grouping.rules.globs import matches, matches_path
from seiche.model.event import Event, ExceptionValue, Frame

KEYS = {
    **{name: name for name in (
        "type", "value", "mechanism", "message", "logger", "level", "release", "environment", "sdk", "transaction", "family", "module",
        "path", "package", "function", "app", "category",
    )},
    "error.type": "type", "error.value": "value", "error.mechanism": "mechanism", "stack.module": "module", "stack.abs_path": "path",
    "stack.package": "package", "stack.function": "function", "in_app": "app",
}  # fmt: skip
"""Sentry's names, long and short -> ours."""
OF_FRAMES = frozenset({"module", "path", "package", "function", "app"})
OF_EXCEPTIONS = frozenset({"type", "value", "mechanism"})
OF_EVENTS = frozenset({"message", "logger", "level", "release", "environment", "sdk", "transaction", "family", "tags"})
SCOPES = {"event": OF_FRAMES | OF_EXCEPTIONS | OF_EVENTS, "frame": OF_FRAMES | OF_EXCEPTIONS | {"family", "category"}}
"""What may be asked by fingerprint rules and by stack-trace rules."""
FAMILIES = {"node": "javascript", "objc": "native", "swift": "native", "c": "native", "cocoa": "native", "rust": "native"}


class Matcher(msgspec.Struct, frozen=True):
    """`!key:pattern`."""

    key: str
    pattern: str
    negated: bool = False


def frame_matches(matcher: Matcher, frame: Frame, category: str = "") -> bool:
    """Whether a frame is as asked; both its paths count."""
    match matcher.key:
        case "path":
            found = any(matches_path(matcher.pattern, path) for path in (frame.abs_path, frame.filename) if path)
        case "package":
            found = bool(frame.package) and matches_path(matcher.pattern, frame.package)
        case "app":
            found = frame.in_app is (matcher.pattern.lower() in {"yes", "1", "true"})
        case "category":
            found = matches(matcher.pattern, category)
        case _:
            found = matches(matcher.pattern, frame.function if matcher.key == "function" else frame.module)
    return found is not matcher.negated


def exception_matches(matcher: Matcher, exception: ExceptionValue) -> bool:
    """Of one exception of a chain."""
    if matcher.key == "value":
        return matches(matcher.pattern.lower(), exception.value.lower()) is not matcher.negated
    if matcher.key == "mechanism":
        return matches(matcher.pattern, exception.mechanism) is not matcher.negated
    qualified = f"{exception.module}.{exception.type}" if exception.module else exception.type
    return (matches(matcher.pattern, exception.type) or matches(matcher.pattern, qualified)) is not matcher.negated


def event_matches(matcher: Matcher, event: Event) -> bool:
    """Of the event itself. `message` also asks the exceptions' values."""
    match matcher.key:
        case "message":
            wanted = matcher.pattern.lower()
            said = [event.message, *(exception.value for exception in event.exceptions)]
            found = any(matches(wanted, text.lower()) for text in said if text)
        case "level":
            found = matches(matcher.pattern.lower(), event.level.lower())
        case "family":
            found = family(event.platform) in {name.strip() for name in matcher.pattern.lower().split(",")} or matcher.pattern == "all"
        case "sdk":
            found = matches(matcher.pattern, event.sdk_name)
        case key if key.startswith("tags."):
            found = any(matches(matcher.pattern, value) for name, value in event.tags if name == key[5:])
        case _:
            found = matches(matcher.pattern, getattr(event, matcher.key))
    return found is not matcher.negated


def all_match(matchers: Iterable[Matcher], event: Event) -> bool:
    """Whether one exception answers all that is asked of exceptions, one frame all that is asked of frames, and the event the rest."""
    found = list(matchers)
    if not all(event_matches(one, event) for one in found if one.key not in OF_FRAMES and one.key not in OF_EXCEPTIONS):
        return False
    of_exceptions = [one for one in found if one.key in OF_EXCEPTIONS]
    if of_exceptions and not any(all(exception_matches(one, exception) for one in of_exceptions) for exception in event.exceptions):
        return False
    of_frames = [one for one in found if one.key in OF_FRAMES]
    return not of_frames or any(all(frame_matches(one, frame) for one in of_frames) for frame in frames(event))


def frames(event: Event) -> Iterator[Frame]:
    """Of all exceptions, else of the thread."""
    stacks = [exception.frames for exception in event.exceptions if exception.frames] or [event.thread_frames]
    for stack in stacks:
        yield from stack


def family(platform: str) -> str:
    """What Sentry calls a group of platforms."""
    return FAMILIES.get(platform, platform)
