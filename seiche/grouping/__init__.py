"""Pure: what decides an event's issue, with an explanation. A version is frozen once shipped; they are dispatched by number."""

from collections.abc import Callable, Mapping

import msgspec

from seiche.errors import ConfigurationError
from seiche.grouping import rules, sdk_fingerprint, v1, v2
from seiche.grouping.shape import Shape
from seiche.grouping.shape import shape as shape_of
from seiche.grouping.stacks import stack_key
from seiche.model.event import Event
from seiche.model.issue import Component, Grouping
from seiche.model.project import ProjectConfig

VERSIONS: dict[int, Callable[[Event], Grouping]] = {1: v1.group, 2: v2.group}
UNPROCESSABLE = "unprocessable"
FINGERPRINT_RULE = "fingerprint_rule"


class Analysis(msgspec.Struct, frozen=True, gc=False):
    """An event's grouping and what its one writer needs besides."""

    grouping: Grouping
    shape: Shape | None = None
    """For the near-duplicate step; None where it is switched off, or the event names its fingerprint itself."""
    earlier: tuple[str, ...] = ()
    """Fingerprints under versions that the project used before: looked up, never recorded."""


def group(event: Event, config: ProjectConfig) -> Grouping:
    """The grouping of an event under a project's configuration, its rules included.

    Pure, so another configuration can be tried on the same event. Raises `ConfigurationError` where this Seiche does not know its version.
    """
    return analyse(event, config).grouping


def analyse(event: Event, config: ProjectConfig, *, stack: int | None = None) -> Analysis:
    """The same, with what the alerts consumer needs to decide the issue. `stack`: the event's `stack_key`, where it is known."""
    rule = rules.fingerprint.first_match(rules.fingerprint.parsed(config.fingerprint_rules), event) if config.fingerprint_rules else None
    helpers: Mapping[tuple[str, str], bool] = {}
    if config.stack_rules:
        event, helpers = rules.stack.applied(rules.stack.parsed(config.stack_rules), event)
        stack = None
    if rule is not None:
        event = msgspec.structs.replace(event, fingerprint=rule.fingerprint)
    shape: Shape | None = None
    if config.grouping_version == v2.VERSION:
        if stack is None and event.exceptions:
            stack = stack_key(event)
        shape = shape_of(event, helpers, key=stack)
        grouping = v2.group(event, shape, key=stack)
        if grouping.rule == "sdk_fingerprint" or not config.grouping_near:
            shape = None
    else:
        grouping = _version(config.grouping_version)(event)
    earlier = tuple([each for version in config.grouping_earlier for each in _version(version)(event).fingerprints])
    return Analysis(grouping if rule is None else _by_rule(grouping, rule, event), shape, earlier)


def _by_rule(grouping: Grouping, rule: rules.fingerprint.FingerprintRule, event: Event) -> Grouping:
    """What a fingerprint rule makes of a grouping: title, culprit, and that it was a rule."""
    title, culprit = sdk_fingerprint.expanded((rule.title, rule.culprit), event, grouping)
    return msgspec.structs.replace(
        grouping,
        rule=FINGERPRINT_RULE if grouping.rule == "sdk_fingerprint" else grouping.rule,
        components=(Component("fingerprint rule", f"line {rule.line}: {rule.text}"[:200]), *grouping.components),
        title=title[: v1.TITLE_LIMIT] or grouping.title,
        culprit=culprit[:250] or grouping.culprit,
    )


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


__all__ = ["Analysis", "analyse", "group", "stack_key", "unprocessable"]
