"""The search index on ClickHouse: a text index over words joined by single spaces.

The words are split here, in one place, so that index and query agree: lowercase runs of letters, digits and underscore.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from seiche.backends.clickhouse import translated
from seiche.backends.clickhouse_tables import drop_before, drop_project_before, hours_of, next_offset, replace_hour
from seiche.backends.words import cut, words
from seiche.ports.search_index import TextTerm

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

_LIKE_SPECIAL = re.compile(r"[\\%_]")
TABLE = "search_events"
COLUMNS = ("received_hour", "log_partition", "log_offset", "received_at", "project_id", "event_id", "fingerprint", "search_text")


class ClickHouseSearchIndex:
    """Implements `seiche.ports.search_index.SearchIndex`; one client a thread is the caller's affair."""

    def __init__(self, make_client: "Callable[[], Client]") -> None:
        self._make_client = make_client
        self._made: Client | None = None

    @property
    def _client(self) -> "Client":
        if self._made is None:
            self._made = self._make_client()
        return self._made

    def index(self, rows: pa.Table, *, version: str) -> None:
        """Add rows, an hour at a time, so that each insert is one part and whole or absent."""
        for hour, part in hours_of(self._prepared(rows)):
            with translated("the search index"):
                self._client.insert_arrow(TABLE, part, settings={"insert_deduplication_token": f"{version}:{hour.isoformat()}"})

    def indexed_offset(self, partition: int) -> int:
        """One past the highest offset that is in."""
        with translated("the search index"):
            return next_offset(self._client, TABLE, partition)

    def fingerprints(
        self, project_id: int, terms: Sequence[TextTerm], *, since: datetime | None = None, limit: int = 10_000
    ) -> Sequence[str]:
        """Newest first, by their newest matching event."""
        where, parameters = _where(terms)
        if since is not None:
            where += " AND received_at >= {since:DateTime64(6)}"
            parameters["since"] = since
        query = (
            f"SELECT fingerprint FROM {TABLE} WHERE project_id = {{project:Int64}}{where}"
            " GROUP BY fingerprint ORDER BY max(received_at) DESC, fingerprint LIMIT {limit:UInt32}"
        )
        return self._column(query, {**parameters, "project": project_id, "limit": limit})

    def event_ids(self, project_id: int, fingerprints: Sequence[str], terms: Sequence[TextTerm], *, limit: int = 100) -> Sequence[str]:
        """Newest first."""
        if not fingerprints:
            return []
        where, parameters = _where(terms)
        query = (
            f"SELECT event_id FROM {TABLE} WHERE project_id = {{project:Int64}} AND fingerprint IN {{fingerprints:Array(String)}}{where}"
            " ORDER BY received_at DESC, log_partition DESC, log_offset DESC LIMIT {limit:UInt32}"
        )
        return self._column(query, {**parameters, "project": project_id, "fingerprints": list(fingerprints), "limit": limit})

    def replace_hour(self, hour: datetime, rows: pa.Table) -> None:
        """Build the hour beside the table, then swap the partition."""
        with translated("the search index"):
            replace_hour(self._client, TABLE, hour, [self._prepared(rows)])

    def hour_rows(self, hour: datetime) -> int:
        """Counted from the index itself."""
        query = f"SELECT count() FROM {TABLE} WHERE received_hour = toDateTime({{hour:UInt32}}, 'UTC')"
        with translated("the search index"):
            return int(self._client.query(query, parameters={"hour": int(hour.timestamp())}).result_rows[0][0])

    def drop_before(self, cutoff: datetime) -> int:
        """Whole hours, by dropping partitions."""
        with translated("the search index"):
            return drop_before(self._client, TABLE, cutoff, cursor=True)

    def drop_project_before(self, project_id: int, cutoff: datetime) -> int:
        """Rewrites the hours that hold rows of the project."""
        with translated("the search index"):
            return drop_project_before(self._client, TABLE, project_id, cutoff, cursor=True)

    def _column(self, query: str, parameters: dict[str, Any]) -> list[str]:
        with translated("the search index"):
            return [row[0] for row in self._client.query(query, parameters=parameters).result_rows]

    @staticmethod
    def _prepared(rows: pa.Table) -> pa.Table:
        # The spaces around the text let '% word%' and '% a b %' see its first and last word.
        text = pa.array([f" {' '.join(words(text or ''))} " for text in rows["search_text"].to_pylist()], pa.string())
        rows = rows.set_column(rows.schema.get_field_index("search_text"), "search_text", text)
        if "received_hour" in rows.schema.names:
            rows = rows.drop_columns(["received_hour"])
        hour = pc.floor_temporal(rows["received_at"], unit="hour").cast(pa.timestamp("s", tz="UTC"))
        return rows.append_column("received_hour", hour).select(COLUMNS)


def _where(terms: Sequence[TextTerm]) -> tuple[str, dict[str, Any]]:
    """Whole words go to the text index; order and prefixes are checked on the rows that it leaves."""
    clauses: list[str] = []
    parameters: dict[str, Any] = {}
    for number, term in enumerate(terms):
        tokens = [cut(token) for token in term.tokens if token]
        if not tokens:
            continue
        whole = tokens[:-1] if term.prefix else tokens
        if whole:
            clauses.append(f"hasAllTokens(search_text, {{words{number}:Array(String)}})")
            parameters[f"words{number}"] = whole
        if term.prefix or len(tokens) > 1:
            clauses.append(f"search_text LIKE {{like{number}:String}}")
            # An underscore would match any character, a per cent sign any text.
            parameters[f"like{number}"] = "% " + _LIKE_SPECIAL.sub(r"\\\g<0>", " ".join(tokens)) + ("%" if term.prefix else " %")
    return "".join(f" AND {clause}" for clause in clauses), parameters
