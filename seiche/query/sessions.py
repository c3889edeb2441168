"""Release health as SQL over `session_rows`: crash-free sessions and users, adoption. Constants and bound parameters only.

A session's newest state counts, and once it has ended the first end does (Sentry's develop docs, sdk/sessions). Counts by the minute
add up.
"""

from seiche.query.clickhouse import Statement
from seiche.query.scope import Scope

_WHERE = (
    "r.project_id = {project_id:Int64} AND r.started >= fromUnixTimestamp64Micro({since_us:Int64}, 'UTC') "
    # Nothing is received before it started, but for clocks that are off.
    "AND r.received_hour >= toStartOfHour(fromUnixTimestamp64Micro({since_us:Int64}, 'UTC')) "
    "AND ({environment:String} = '' OR r.environment = {environment:String})"
)
# The end that came first, else the highest sequence number.
_RANK = "(r.status != 'ok', if(r.status != 'ok', -r.log_offset, toInt64(r.seq)))"
_STATE = (
    f"SELECT argMax(r.release, {_RANK}) AS release, min(r.started) AS started, argMax(r.did, {_RANK}) AS did, "
    f"argMax(r.status, {_RANK}) AS status, max(errors) AS errors FROM session_rows AS r WHERE {_WHERE} AND r.sid != '' GROUP BY sid"
)
_ENDED = (
    "SELECT release, started, did, toUInt64(1) AS n, toUInt64(status = 'crashed') AS n_crashed, "
    "toUInt64(status = 'abnormal') AS n_abnormal, "
    f"toUInt64(errors > 0 AND status IN ('ok', 'exited')) AS n_errored FROM ({_STATE}) "
    "UNION ALL SELECT r.release AS release, r.started AS started, r.did AS did, r.exited + r.errored + r.crashed + r.abnormal AS n, "
    "r.crashed AS n_crashed, r.abnormal AS n_abnormal, r.errored AS n_errored "
    f"FROM session_rows AS r WHERE {_WHERE} AND r.sid = ''"
)


def health(scope: Scope, project_id: int, since_us: int, environment: str = "") -> Statement:
    """release, sessions, crashed, abnormal, errored, users, crashed_users: of sessions that started since; busiest first, 200 at most."""
    return Statement(
        "SELECT release, sum(n) AS sessions, sum(n_crashed) AS crashed, sum(n_abnormal) AS abnormal, sum(n_errored) AS errored, "
        "uniqExactIf(did, did != '') AS users, uniqExactIf(did, did != '' AND n_crashed > 0) AS crashed_users, "
        "sum(sum(n)) OVER () AS of_all "
        f"FROM ({_ENDED}) GROUP BY release HAVING sessions > 0 ORDER BY sessions DESC, release LIMIT 200",
        _parameters(scope, project_id, since_us, environment),
    )


def hourly(scope: Scope, project_id: int, since_us: int, environment: str = "") -> Statement:
    """release, hour, sessions, crashed: by the hour in which sessions started."""
    return Statement(
        "SELECT release, toUnixTimestamp(toStartOfHour(started)) AS hour, sum(n) AS sessions, sum(n_crashed) AS crashed "
        f"FROM ({_ENDED}) GROUP BY release, hour HAVING sessions > 0 ORDER BY release, hour LIMIT 50000",
        _parameters(scope, project_id, since_us, environment),
    )


def _parameters(scope: Scope, project_id: int, since_us: int, environment: str) -> dict[str, int | str]:
    return {"project_id": scope.check(project_id), "since_us": since_us, "environment": environment}
