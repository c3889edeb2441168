"""What keeps out too much, and what nobody wants: limits, spike protection, inbound filters, scrubbing rules; as people set them."""

from enum import StrEnum

import msgspec

ERRORS = ("error",)


class Window(StrEnum):
    """Windows begin with the clock's minute, hour, day or month, in UTC."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


class Unit(StrEnum):
    """What a limit counts."""

    EVENTS = "events"
    """Items, whatever their category."""
    BYTES = "bytes"
    """Of items, decompressed."""


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """At most `quantity` of `unit` in each window; what is beyond is refused with 429."""

    quantity: int
    window: Window
    unit: Unit = Unit.EVENTS
    categories: tuple[str, ...] = ERRORS
    """Sentry's data categories, counted together; empty: all."""


class LimitScope(StrEnum):
    """Whose limit it is, as `X-Sentry-Rate-Limits` names it."""

    KEY = "key"
    PROJECT = "project"
    ORGANIZATION = "organization"


class Spike(msgspec.Struct, frozen=True, kw_only=True):
    """Spike protection: in a minute with more than `project_per_minute` events, of each problem the first and then ever fewer are kept."""

    enabled: bool = False
    project_per_minute: int = 600
    """Up to so many of a project's events a minute nothing is dropped; 0: each problem is looked at by itself, always."""
    first_per_problem: int = 60
    """So many of each problem pass every minute, whatever else happens; beyond, one in 2, in 4, in 8, ..."""


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """Inbound filters: events that are not wanted. They are counted, answered 200, and not kept."""

    error_messages: tuple[str, ...] = ()
    """Globs against the whole message, or `type: value` of an exception; letters' case does not matter."""
    releases: tuple[str, ...] = ()
    """Globs against the whole release."""
    ip_addresses: tuple[str, ...] = ()
    """Addresses and networks (`10.0.0.0/8`) that the request came from."""
    browser_extensions: bool = False
    legacy_browsers: tuple[str, ...] = ()
    """Names of `seiche.normalize.filters.browsers.LEGACY`."""
    localhost: bool = False
    web_crawlers: bool = False
    invalid_csp: bool = False

    @property
    def any(self) -> bool:
        """Whether there is anything to look for."""
        return self != NO_FILTERS


NO_FILTERS = Filters()


class Method(StrEnum):
    """What a scrubbing rule does to what it finds."""

    REPLACE = "replace"
    MASK = "mask"
    """A star for each letter."""
    HASH = "hash"
    """The same value gives the same code, within a project; the value cannot be found out by trying."""
    REMOVE = "remove"


class ScrubRule(msgspec.Struct, frozen=True, kw_only=True):
    """Within the values that `source` selects, `method` is done to what `pattern` matches; to whole values where it is empty."""

    source: str
    """`extra.**`, `**.card_number`, `user.email`, `$string`: see docs/protection.md."""
    pattern: str = ""
    """A regular expression of the kind that never takes long: no back-references, no look-around."""
    method: Method = Method.REPLACE
    replacement: str = "[Filtered]"
