"""Pure: what decides an event's issue, with an explanation. A version is frozen once shipped; they are dispatched by number."""

from collections.abc import Callable

from seiche.errors import ConfigurationError
from seiche.grouping import v1, v2
from seiche.model.event import Event
from seiche.model.issue import Component, Grouping
from seiche.model.project import ProjectConfig

VERSIONS: dict[int, Callable[[Event], Grouping]] = {1: v1.group, 2: v2.group}
UNPROCESSABLE = "unprocessable"


def group(event: Event, config: ProjectConfig) -> Grouping:
    """The grouping of an event under a project's configuration. Raises `ConfigurationError` where this Seiche does not know its version."""
    found = VERSIONS.get(config.grouping_version)
    if found is None:
        raise ConfigurationError(f"grouping version {config.grouping_version} is unknown here: a newer Seiche chose it; upgrade this one")
    return found(event)


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


__all__ = ["group", "unprocessable"]
