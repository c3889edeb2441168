"""The installation as the API shows it."""

from datetime import datetime

from query_api.schemas import Schema


class ProcessStatus(Schema):
    name: str
    state: str
    pid: int | None
    restarts: int
    since: datetime | None


class ConsumerStatus(Schema):
    name: str
    offset: int
    lag: int


class CanaryHop(Schema):
    name: str
    """accepted, logged, decided, bronze, silver, analytics, searchable."""
    seconds: float | None
    """From sending until the newest canary that passed it was seen behind it."""
    slowest_seconds: float | None
    """Of the last 60."""
    passed_at: datetime | None
    stalled_since: datetime | None
    """Since when one waits before it, where it waits for too long."""


class CanaryStatus(Schema):
    hops: list[CanaryHop]
    last_sent_at: datetime | None
    last_through_at: datetime | None
    problem: str
    """"" while all is well."""


class SystemStatus(Schema):
    processes: list[ProcessStatus]
    consumers: list[ConsumerStatus]
    canary: CanaryStatus | None
    """An event of Seiche's own that travels the whole line each minute; null where it is switched off."""
    links: dict[str, str]
    """Where Dagster's UI and the operations pages are: name -> URL."""
