"""ClickHouse SQL over `events_hot`, `issue_rollups` and `fingerprint_map`: constants and bound parameters only.

Every statement takes a `Scope` and one project of it. Rows belong to fingerprints; issues are joined in by the map at read.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from seiche.errors import InvalidInput
from seiche.query.language import SCOPING, Filter, Key
from seiche.query.scope import Scope

_ISSUE_MAP = "SELECT fingerprint, issue_id FROM fingerprint_map FINAL WHERE project_id = {project_id:Int64}"
_OF_ISSUE = f"fingerprint IN (SELECT fingerprint FROM ({_ISSUE_MAP} AND issue_id = {{issue_id:Int64}}))"
_POSITION = "(received_at, log_partition, log_offset)"
_AT = "(fromUnixTimestamp64Micro({at_us:Int64}, 'UTC'), toInt64({partition:Int64}), {offset:Int64})"
_WINDOW = (
    "received_hour >= toStartOfHour(fromUnixTimestamp64Micro({from_us:Int64}, 'UTC')) "
    "AND received_hour <= fromUnixTimestamp64Micro({to_us:Int64}, 'UTC')"
)
Window = tuple[int, int]
"""From, to, in microseconds of received time: partitions outside are not opened."""
_EVENT = "event_id, received_at, occurred_at, title, level, release, environment, user_key, log_partition, log_offset"
_SUMS = (
    "release, environment, level, count() AS found, toUnixTimestamp64Micro(min(occurred_at)) AS first_us, "
    "toUnixTimestamp64Micro(max(occurred_at)) AS last_us, "
    "argMin((log_partition, log_offset, event_id, type, value, title, culprit, platform), (log_partition, log_offset)) AS earliest, "
    "argMax((log_partition, log_offset, event_id), (log_partition, log_offset)) AS latest"
)
_PRESENT = {"user": "user_key", "release": "release", "environment": "environment", "transaction": "transaction"}
"""What `has:` asks of a column instead of a tag."""
_COLUMNS = {Key.LEVEL: "level", Key.RELEASE: "release", Key.ENVIRONMENT: "environment"}


class Statement(msgspec.Struct, frozen=True):
    """SQL with `{name:Type}` placeholders, and their values."""

    sql: str
    parameters: dict[str, Any]


class Position(msgspec.Struct, frozen=True):
    """Where an event stands in its issue: by time received, then by place in the log."""

    received_at_us: int
    partition: int
    offset: int


def numbers(scope: Scope, project_id: int, filters: Sequence[Filter], issue_ids: Sequence[int] | None = None) -> Statement:
    """issue_id, events, users, first_us, last_us, of what passes `filters` (SCOPING ones); every issue where `issue_ids` is None."""
    chosen = "" if issue_ids is None else " AND issue_id IN {issue_ids:Array(Int64)}"
    conditions, parameters = _filtered(filters, "r.")
    return Statement(
        "SELECT m.issue_id AS issue_id, sum(r.count) AS found, uniqMerge(r.users) AS users, "
        "toUnixTimestamp64Micro(min(r.first_seen)) AS first_us, toUnixTimestamp64Micro(max(r.last_seen)) AS last_us "
        f"FROM issue_rollups AS r INNER JOIN ({_ISSUE_MAP}{chosen}) AS m ON r.fingerprint = m.fingerprint "
        f"WHERE {' AND '.join(['r.project_id = {project_id:Int64}', *conditions])} GROUP BY issue_id",
        {"project_id": scope.check(project_id), "issue_ids": list(issue_ids or ()), **parameters},
    )


def fingerprints_with(scope: Scope, project_id: int, filters: Sequence[Filter], limit: int) -> Statement:
    """fingerprint: those with an event that passes every filter (tags, has, event_id and SCOPING ones)."""
    conditions, parameters = _filtered(filters)
    return Statement(
        f"SELECT DISTINCT fingerprint FROM events_hot WHERE {' AND '.join(['project_id = {project_id:Int64}', *conditions])} "
        "LIMIT {rows:UInt32}",
        {"project_id": scope.check(project_id), "rows": limit, **parameters},
    )


def users(scope: Scope, project_id: int, issue_ids: Sequence[int] | None = None) -> Statement:
    """issue_id, users: how many different users each issue met; every issue of the project where `issue_ids` is None."""
    chosen = "" if issue_ids is None else " AND issue_id IN {issue_ids:Array(Int64)}"
    return Statement(
        f"SELECT m.issue_id AS issue_id, uniqMerge(r.users) AS found FROM issue_rollups AS r "
        f"INNER JOIN ({_ISSUE_MAP}{chosen}) AS m ON r.fingerprint = m.fingerprint "
        "WHERE r.project_id = {project_id:Int64} GROUP BY issue_id",
        {"project_id": scope.check(project_id), "issue_ids": list(issue_ids or ())},
    )


def hours(scope: Scope, project_id: int, issue_ids: Sequence[int], since_us: int, filters: Sequence[Filter] = ()) -> Statement:
    """issue_id, hour, events: by the hour of occurrence, of what passes `filters`."""
    conditions, parameters = _filtered(filters, "r.")
    narrowed = "".join(f" AND {condition}" for condition in conditions)
    return Statement(
        "SELECT m.issue_id AS issue_id, toUnixTimestamp(r.occurred_hour) AS hour, sum(r.count) AS found FROM issue_rollups AS r "
        f"INNER JOIN ({_ISSUE_MAP} AND issue_id IN {{issue_ids:Array(Int64)}}) AS m ON r.fingerprint = m.fingerprint "
        # Nothing is received before it occurs, so older partitions need not be opened.
        "WHERE r.project_id = {project_id:Int64} AND r.occurred_hour >= fromUnixTimestamp64Micro({since_us:Int64}, 'UTC') "
        f"AND r.received_hour >= fromUnixTimestamp64Micro({{since_us:Int64}}, 'UTC'){narrowed} GROUP BY issue_id, hour",
        {"project_id": scope.check(project_id), "issue_ids": list(issue_ids), "since_us": since_us, **parameters},
    )


def stored(scope: Scope, project_id: int, since_us: int) -> Statement:
    """hour, events: stored and not a duplicate, by the hour of arrival."""
    return Statement(
        "SELECT toUnixTimestamp(received_hour) AS hour, sum(count) AS found FROM issue_rollups "
        "WHERE project_id = {project_id:Int64} AND received_hour >= fromUnixTimestamp64Micro({since_us:Int64}, 'UTC') GROUP BY hour",
        {"project_id": scope.check(project_id), "since_us": since_us},
    )


def newest(scope: Scope, project_id: int, since_us: int = 0) -> Statement:
    """events, received_us: how many of the project's events there are, and when the newest came; in partitions since `since_us`."""
    return Statement(
        "SELECT count() AS found, toUnixTimestamp64Micro(max(received_at)) AS received_us FROM events_hot "
        "WHERE project_id = {project_id:Int64} AND received_hour >= fromUnixTimestamp64Micro({since_us:Int64}, 'UTC')",
        {"project_id": scope.check(project_id), "since_us": since_us},
    )


def events(
    scope: Scope,
    project_id: int,
    issue_id: int,
    *,
    filters: Sequence[Filter] = (),
    event_ids: Sequence[str] | None = None,
    before: Position | None = None,
    window: Window | None = None,
    limit: int = 25,
) -> Statement:
    """A page of an issue's events, newest first."""
    conditions, parameters = _of_issue(scope, project_id, issue_id, window)
    more, values = _filtered(filters)
    conditions, parameters = conditions + more, parameters | values
    if event_ids is not None:
        conditions.append("event_id IN {event_ids:Array(String)}")
        parameters["event_ids"] = list(event_ids)
    if before is not None:
        conditions.append(f"{_POSITION} < {_AT}")
        parameters |= _at(before)
    return Statement(
        f"SELECT {_EVENT} FROM events_hot WHERE {' AND '.join(conditions)} "
        "ORDER BY received_at DESC, log_partition DESC, log_offset DESC LIMIT {rows:UInt32}",
        {**parameters, "rows": limit},
    )


def neighbour(scope: Scope, project_id: int, issue_id: int, position: Position, *, newer: bool, window: Window | None = None) -> Statement:
    """The issue's event right after, or right before, a position."""
    conditions, parameters = _of_issue(scope, project_id, issue_id, window)
    sign, way = (">", "ASC") if newer else ("<", "DESC")
    return Statement(
        f"SELECT event_id, log_partition, log_offset FROM events_hot WHERE {' AND '.join(conditions)} AND {_POSITION} {sign} {_AT} "
        f"ORDER BY received_at {way}, log_partition {way}, log_offset {way} LIMIT 1",
        parameters | _at(position),
    )


def locate(scope: Scope, project_id: int, event_id: str) -> Statement:
    """Where the log and bronze hold an event."""
    return Statement(
        "SELECT toUnixTimestamp64Micro(received_at) AS received_us, log_partition, log_offset FROM events_hot "
        "WHERE project_id = {project_id:Int64} AND event_id = {event_id:String} ORDER BY received_at LIMIT 1",
        {"project_id": scope.check(project_id), "event_id": event_id},
    )


def arrivals(scope: Scope, project_id: int, since_us: int, filters: Sequence[tuple[str, Sequence[str]]], limit: int) -> Statement:
    """issue_id, at_us, user: the newest `limit` events since, newest first; `filters`: (level or environment, values that pass)."""
    conditions, parameters = [], {}
    for column, values in filters:
        conditions.append(f" AND e.{_COLUMNS[Key(column)]} IN {{{column}:Array(String)}}")
        parameters[column] = list(values)
    return Statement(
        "SELECT m.issue_id AS issue_id, toUnixTimestamp64Micro(e.received_at) AS at_us, e.user_key AS user FROM events_hot AS e "
        f"INNER JOIN ({_ISSUE_MAP}) AS m ON e.fingerprint = m.fingerprint WHERE e.project_id = {{project_id:Int64}} "
        f"AND e.received_hour >= toStartOfHour(fromUnixTimestamp64Micro({{since_us:Int64}}, 'UTC')) "
        f"AND e.received_at >= fromUnixTimestamp64Micro({{since_us:Int64}}, 'UTC'){''.join(conditions)} "
        "ORDER BY e.received_at DESC, e.log_partition DESC, e.log_offset DESC LIMIT {rows:UInt32}",
        {"project_id": scope.check(project_id), "since_us": since_us, "rows": limit, **parameters},
    )


def sums(scope: Scope, project_id: int, *, fingerprint: str = "", of: Sequence[str] = (), without: Sequence[str] = ()) -> Statement:
    """What events of a fingerprint, and those of the ids `of`, add up to, by release, environment and level; `without` some ids."""
    return Statement(
        f"SELECT {_SUMS} FROM events_hot WHERE project_id = {{project_id:Int64}} "
        "AND (fingerprint = {fingerprint:String} OR event_id IN {of:Array(String)}) AND event_id NOT IN {without:Array(String)} "
        "GROUP BY release, environment, level LIMIT 10000",
        {"project_id": scope.check(project_id), "fingerprint": fingerprint, "of": list(of), "without": list(without)},
    )


def singly(scope: Scope, project_id: int, event_ids: Sequence[str]) -> Statement:
    """The same of single events, each with its fingerprint and when it was received."""
    return Statement(
        f"SELECT {_SUMS}, event_id, any(fingerprint) AS fingerprint, toUnixTimestamp64Micro(any(received_at)) AS received_us "
        "FROM events_hot WHERE project_id = {project_id:Int64} AND event_id IN {event_ids:Array(String)} "
        "GROUP BY event_id, release, environment, level",
        {"project_id": scope.check(project_id), "event_ids": list(event_ids)},
    )


def issues_of(scope: Scope, project_id: int, event_ids: Sequence[str]) -> Statement:
    """event_id, issue_id: of events by their ids."""
    return Statement(
        f"SELECT e.event_id AS event_id, m.issue_id AS issue_id FROM events_hot AS e INNER JOIN ({_ISSUE_MAP}) AS m "
        "ON e.fingerprint = m.fingerprint WHERE e.project_id = {project_id:Int64} AND e.event_id IN {event_ids:Array(String)}",
        {"project_id": scope.check(project_id), "event_ids": list(event_ids)},
    )


def tags(scope: Scope, project_id: int, issue_id: int, values: int = 10) -> Statement:
    """name, value, events, total: the `values` most frequent of each tag; level, release, environment and user count as tags."""
    conditions, parameters = _of_issue(scope, project_id, issue_id)
    own = "[('level', level), ('release', release), ('environment', environment), ('user', user_key)]"
    return Statement(
        "SELECT item.1 AS name, item.2 AS value, count() AS found, sum(count()) OVER (PARTITION BY item.1) AS total FROM ("
        f"SELECT arrayJoin(arrayConcat({own}, arrayFilter(t -> t.1 NOT IN ('level', 'release', 'environment', 'user'), "
        "CAST(tags, 'Array(Tuple(String, String))')))) AS item "
        f"FROM events_hot WHERE {' AND '.join(conditions)}) WHERE value != '' "
        "GROUP BY name, value ORDER BY name, found DESC, value LIMIT {values:UInt32} BY name LIMIT 1000",
        {**parameters, "values": values},
    )


def _of_issue(scope: Scope, project_id: int, issue_id: int, window: Window | None = None) -> tuple[list[str], dict[str, Any]]:
    conditions, parameters = ["project_id = {project_id:Int64}", _OF_ISSUE], {"project_id": scope.check(project_id), "issue_id": issue_id}
    if window is not None:
        conditions.append(_WINDOW)
        parameters |= {"from_us": window[0], "to_us": window[1]}
    return conditions, parameters


def _at(position: Position) -> dict[str, int]:
    return {"at_us": position.received_at_us, "partition": position.partition, "offset": position.offset}


def _filtered(filters: Sequence[Filter], table: str = "") -> tuple[list[str], dict[str, str]]:
    conditions, parameters = [], {}
    for number, item in enumerate(filters):
        name = f"value_{number}"
        parameters[name] = _pattern(item.value)
        if item.key in SCOPING:
            condition = f"{table}{_COLUMNS[item.key]} LIKE {{{name}:String}}"
        elif item.key is Key.TAGS:
            condition = f"tags[{{{name}_tag:String}}] LIKE {{{name}:String}}"
            parameters[f"{name}_tag"] = item.name
        elif item.key is Key.HAS:
            column = _PRESENT.get(item.value)
            condition = f"{column} != ''" if column else f"mapContains(tags, {{{name}:String}})"
            parameters[name] = item.value
        elif item.key is Key.EVENT_ID:
            condition = f"event_id = {{{name}:String}}"
            parameters[name] = item.value.replace("-", "").lower()
        else:
            what = "level:, release:, environment:, event_id:, has: and tags.NAME:"
            raise InvalidInput(f"{item.key}:{item.value} filters issues; events have {what}", reason="invalid_query")
        conditions.append(f"NOT ({condition})" if item.negated else condition)
    return conditions, parameters


def _pattern(value: str) -> str:
    """`*` to LIKE's `%`, everything else literal; without `*` it is equality."""
    return value.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_").replace("*", "%")
