"""One event with its frames resolved. Events that are neither minified JavaScript nor obfuscated Java cost two comparisons."""

from collections.abc import Callable

import msgspec

from seiche.model.event import Event, ExceptionValue, Frame
from seiche.model.project import ProjectConfig
from seiche.symbolicate.artifacts import Artifacts
from seiche.symbolicate.javascript import PLATFORMS as JAVASCRIPT
from seiche.symbolicate.javascript import JavaScript
from seiche.symbolicate.jvm import Jvm

FRAMES_LIMIT = 250
"""As many as normalising leaves: inlined methods may make more of them."""


def symbolicate(event: Event, config: ProjectConfig, artifacts: Artifacts) -> Event:
    """The event with every frame resolved that `artifacts` can resolve, and a reason on each of the others."""
    if event.platform not in JAVASCRIPT and not event.debug_images:
        return event
    javascript, jvm = JavaScript(event, config, artifacts), Jvm(event, config, artifacts)

    def frames(given: tuple[Frame, ...]) -> tuple[Frame, ...]:
        if jvm.applies:
            given = _flat(given, jvm.frames)
        return tuple([javascript.frame(frame) for frame in given]) if javascript.applies else given

    chain = tuple([_exception(value, frames, jvm) for value in event.exceptions])
    stack = frames(event.thread_frames)
    if chain == event.exceptions and stack == event.thread_frames:
        return event
    return msgspec.structs.replace(event, exceptions=chain, thread_frames=stack)


def _exception(value: ExceptionValue, frames: Callable[[tuple[Frame, ...]], tuple[Frame, ...]], jvm: Jvm) -> ExceptionValue:
    named = jvm.exception(value) if jvm.applies else value
    return msgspec.structs.replace(named, frames=frames(value.frames)) if value.frames else named


def _flat(given: tuple[Frame, ...], each: Callable[[Frame], tuple[Frame, ...]]) -> tuple[Frame, ...]:
    return tuple([frame for one in given for frame in each(one)][-FRAMES_LIMIT:])
