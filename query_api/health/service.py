"""Rates of the sessions that started in the last hours."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta

from query_api.health.schemas import ProjectHealth, ReleaseHealth
from query_api.state import ApiState
from query_api.times import floor_hour
from seiche.query.scope import Scope
from seiche.registry import project_queries
from seiche.registry.engine import read


def health(api: ApiState, scope: Scope, slug: str, hours: int, environment: str) -> ProjectHealth:
    """Raises `NotFound`, `StoreUnavailable`."""
    since = floor_hour(datetime.now(UTC)) - timedelta(hours=hours - 1)
    with read(api.engine) as session:
        project_id = project_queries.find(session, scope.project_ids, slug).id
    found = api.gateway.health(scope, project_id, since, environment)
    by_hour: dict[str, list[int]] = defaultdict(lambda: [0] * hours)
    for row in api.gateway.hourly_sessions(scope, project_id, since, environment):
        place = (row["hour"] - int(since.timestamp())) // 3600
        if 0 <= place < hours:
            by_hour[row["release"]][place] += row["sessions"]
    return ProjectHealth(
        since=since,
        environment=environment,
        releases=[
            ReleaseHealth(
                release=row["release"],
                sessions=row["sessions"],
                crashed=row["crashed"],
                abnormal=row["abnormal"],
                errored=row["errored"],
                users=row["users"],
                crash_free_sessions=rate(row["crashed"], row["sessions"]),
                crash_free_users=rate(row["crashed_users"], row["users"]),
                adoption=row["sessions"] / row["of_all"],
                hours=by_hour[row["release"]],
            )
            for row in found
        ],
    )


def rate(crashed: int, total: int) -> float | None:
    """1 - crashed / total (Sentry's definition of crash-free)."""
    return 1 - crashed / total if total else None
