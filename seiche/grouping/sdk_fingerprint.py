"""A fingerprint that an SDK or a rule names, with its variables filled in."""

import re
from collections.abc import Sequence

from seiche.model.event import Event, Frame
from seiche.model.issue import Grouping

VARIABLE = re.compile(r"\{\{\s*([\w.\- ]+?)\s*\}\}")
DEFAULT = "default"
_EVENTS = ("message", "transaction", "level", "logger", "release", "environment")
_FRAMES = ("function", "module", "package", "abs_path")
_NAMES = frozenset({
    DEFAULT, "type", "error.type", "value", "error.value", *_EVENTS, *_FRAMES, *(f"stack.{name}" for name in _FRAMES),
})  # fmt: skip


def is_variable(name: str) -> bool:
    """Whether `{{ name }}` means something."""
    return name in _NAMES or (name.startswith("tags.") and len(name) > len("tags."))


def is_default(parts: Sequence[str]) -> bool:
    """Whether the decision is left to us."""
    return not parts or all((found := VARIABLE.fullmatch(part.strip())) is not None and found[1] == DEFAULT for part in parts)


def expanded(parts: Sequence[str], event: Event, default: Grouping, fingerprint: str = "") -> tuple[str, ...]:
    """Each part with `{{ default }}`, `{{ type }}`, `{{ tags.x }}` and so on replaced; unknown variables stay as they are.

    `fingerprint` is what `{{ default }}` stands for: one of `default`'s, its first where none is given.
    """
    frame = _frame(event)
    found = {
        DEFAULT: fingerprint or default.fingerprints[0],
        "type": default.type,
        "error.type": default.type,
        "value": default.value,
        "error.value": default.value,
        "message": event.message or default.value,
        **{name: getattr(event, name) for name in _EVENTS[1:]},
        **{f"{prefix}{name}": getattr(frame, name) for name in _FRAMES for prefix in ("", "stack.")},
        **{f"tags.{key}": value for key, value in event.tags},
    }
    return tuple([VARIABLE.sub(lambda match: _value(found, match), part) for part in parts])


def uses_default(parts: Sequence[str]) -> bool:
    """Whether `{{ default }}` is in one of them."""
    return any(match[1] == DEFAULT for part in parts for match in VARIABLE.finditer(part))


def _value(found: dict[str, str], match: re.Match[str]) -> str:
    """What is known but missing says so, as Sentry's does."""
    name = match[1]
    return (found.get(name, "") or f"<no-{name}>") if is_variable(name) else match[0]


def _frame(event: Event) -> Frame:
    """The failing frame of the program's own code, else of all."""
    stack = next((one.frames for one in event.exceptions if one.frames), event.thread_frames)
    return next((frame for frame in reversed(stack) if frame.in_app), stack[-1] if stack else Frame())
