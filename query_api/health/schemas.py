"""What release health answers."""

from datetime import datetime

from query_api.schemas import Schema


class ReleaseHealth(Schema):
    """One release's sessions. Rates are of 1, and null where there is nothing to divide by."""

    release: str
    sessions: int
    crashed: int
    abnormal: int
    errored: int
    """Ended well, after errors that were handled."""
    users: int
    crash_free_sessions: float | None
    crash_free_users: float | None
    adoption: float
    """This release's part of all sessions that started in the same time."""
    hours: list[int]
    """Sessions by the hour in which they started, oldest first."""


class ProjectHealth(Schema):
    since: datetime
    environment: str
    releases: list[ReleaseHealth]
    """Busiest first."""
