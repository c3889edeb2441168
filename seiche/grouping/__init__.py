"""Pure: what decides an event's issue, with an explanation. A version is frozen once shipped; they are dispatched by number."""

from collections.abc import Callable

import msgspec

from seiche.errors import ConfigurationError
from seiche.grouping import v1, v2
from seiche.grouping.shape import Shape
from seiche.grouping.shape import shape as shape_of
from seiche.model.event import Event
from seiche.model.issue import Component, Grouping
from seiche.model.project import ProjectConfig

VERSIONS: dict[int, Callable[[Event], Grouping]] = {1: v1.group, 2: v2.group}
UNPROCESSABLE = "unprocessable"


class Analysis(msgspec.Struct, frozen=True, gc=False):
    """An event's grouping and what its one writer needs besides."""

    grouping: Grouping
    shape: Shape | None = None
    """For the near-duplicate step; None where it is switched off, or the event names its fingerprint itself."""
    earlier: tuple[str, ...] = ()
    """Fingerprints under versions that the project used before: looked up, never recorded."""


def group(event: Event, config: ProjectConfig) -> Grouping:
    """The grouping of an event under a project's configuration. Raises `ConfigurationError` where this Seiche does not know its version."""
    return _version(config.grouping_version)(event)


def analyse(event: Event, config: ProjectConfig) -> Analysis:
    """The same, with what the alerts consumer needs to decide the issue."""
    shape: Shape | None = None
    if config.grouping_version == v2.VERSION:
        shape = shape_of(event)
        grouping = v2.grouped(event, shape)
        if grouping.rule == "sdk_fingerprint" or not config.grouping_near:
            shape = None
    else:
        grouping = group(event, config)
    earlier = tuple([each for version in config.grouping_earlier for each in _version(version)(event).fingerprints])
    return Analysis(grouping, shape, earlier)


def _version(number: int) -> Callable[[Event], Grouping]:
    found = VERSIONS.get(number)
    if found is None:
        raise ConfigurationError(f"grouping version {number} is unknown here: a newer Seiche chose it; upgrade this one")
    return found


def unprocessable(error: str) -> Grouping:
    """The grouping of an event that could not be normalised: one issue a project holds them all."""
    return Grouping(
        version=1,
        fingerprints=(v1.fingerprint(UNPROCESSABLE),),
        rule=UNPROCESSABLE,
        components=(Component("reason", "the event could not be normalised"),),
        type="Unprocessable event",
        value=error,
        culprit="",
        title="Unprocessable event",
    )


__all__ = ["Analysis", "analyse", "group", "unprocessable"]
