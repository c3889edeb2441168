"""Every error Seiche raises on purpose.

    SeicheError
    |- Transient            may succeed if repeated; carries `retry_after_seconds`
    |  |- LogUnavailable    the event log cannot make records durable now
    |  |- StoreUnavailable  ClickHouse, the registry, the lake or the index does not answer
    |- Terminal             repeating it will fail again
       |- OffsetOutOfRange  the log no longer (or not yet) holds that offset
       |- InvalidInput      what a client or a person gave is not usable; the text names what and where
       |- NotFound
       |- Forbidden
       |- ConfigurationError  a setting, a file or a table is not usable; the text says what to do

Vendor exceptions are translated into these at the edge (`seiche.backends`, `seiche.registry`, `lake`).
"""


class SeicheError(Exception):
    """Base of all. The text is lowercase, without a full stop, and names what is wrong."""


class Transient(SeicheError):  # noqa: N818 - named for what happened
    """May succeed if repeated after `retry_after_seconds`."""

    def __init__(self, message: str, retry_after_seconds: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class LogUnavailable(Transient):
    """The event log cannot make records durable now: disk full, writer gone, broker gone, queue full."""


class StoreUnavailable(Transient):
    """A store behind a port does not answer."""


class Terminal(SeicheError):  # noqa: N818 - named for what happened
    """Repeating it will fail again."""


class OffsetOutOfRange(Terminal):
    """The offset is below the oldest record kept, or above the end."""

    def __init__(self, partition: int, offset: int, start: int, end: int) -> None:
        super().__init__(f"offset {offset} of partition {partition} is outside [{start}, {end}]")
        self.partition, self.offset, self.start, self.end = partition, offset, start, end


class InvalidInput(Terminal):
    """What a client or a person gave is not usable."""

    def __init__(self, message: str, *, reason: str = "invalid") -> None:
        super().__init__(message)
        self.reason = reason
        """A short, stable snake_case key: the outcome's reason and the API's error code."""


class NotFound(Terminal):
    """There is no such thing, or the caller may not see it: the two look the same on purpose."""


class Forbidden(Terminal):
    """The caller is known and may not do this."""


class ConfigurationError(Terminal):
    """A setting, a file or a table is not usable; the text says what to do."""
