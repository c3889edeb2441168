"""`SearchIndex` on OpenSearch. A document is one event, its id the event's place in the log: writing it again changes nothing."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from seiche.backends.production.opensearch.client import bulk, connect, translated
from seiche.backends.production.opensearch.days import HOUR_SECONDS, Days
from seiche.backends.words import cut, words
from seiche.ports.search_index import TextTerm
from seiche.production_settings import OpenSearchSettings

if TYPE_CHECKING:
    import pyarrow as pa

BUILD = "log"
"""The build of documents that came by `index`; `replace_hour` gives each of its own."""
EXPANSIONS = 10_000
"""Of a prefix at the end of a phrase; a prefix by itself knows no limit."""
DELETE_SECONDS = 300


class OpenSearchIndex:
    """Implements `seiche.ports.search_index.SearchIndex`. Raises `StoreUnavailable` where the cluster is gone, red or blocked."""

    def __init__(self, settings: OpenSearchSettings) -> None:
        self._client = connect(settings)
        self._days = Days(self._client, settings)

    def index(self, rows: "pa.Table", *, version: str) -> None:  # noqa: ARG002 - the documents' ids say what is in already
        """Write, make it visible, and only then move the position: whoever dies in between does the same again."""
        documents = _documents(rows)
        try:
            self._write([(f"{one['partition']}-{one['offset']}", {**one, "build": BUILD}) for one in documents])
            ends: dict[int, int] = {}
            for one in documents:
                ends[one["partition"]] = max(ends.get(one["partition"], 0), one["offset"] + 1)
            for partition, end in ends.items():
                self._move(partition, end)
        except BaseException:
            self._days.forget()
            raise

    def indexed_offset(self, partition: int) -> int:
        """The position lies beside the documents, so that retention cannot take it."""
        with translated():
            found = self._client.get(index=self._days.cursors, id=str(partition), ignore=[404])
        return int(found["_source"]["next_offset"]) if found.get("found") else 0

    def fingerprints(
        self, project_id: int, terms: Sequence[TextTerm], *, since: datetime | None = None, limit: int = 10_000
    ) -> Sequence[str]:
        """Newest first, by their newest matching event."""
        wanted = _filters(project_id, terms)
        if since is not None:
            wanted.append({"range": {"received_us": {"gte": _microseconds(since)}}})
        newest = {"newest": {"max": {"field": "received_us"}}}
        order = [{"newest": "desc"}, {"_key": "asc"}]
        found = self._search(
            {"size": 0, "aggs": {"all": {"terms": {"field": "fingerprint", "size": limit, "order": order}, "aggs": newest}}}, wanted
        )
        return [bucket["key"] for bucket in found.get("aggregations", {}).get("all", {}).get("buckets", ())]

    def event_ids(self, project_id: int, fingerprints: Sequence[str], terms: Sequence[TextTerm], *, limit: int = 100) -> Sequence[str]:
        """Newest first."""
        if not fingerprints:
            return []
        wanted = [*_filters(project_id, terms), {"terms": {"fingerprint": list(fingerprints)}}]
        sort = [{name: "desc"} for name in ("received_us", "partition", "offset")]
        found = self._search({"size": limit, "sort": sort, "_source": False, "docvalue_fields": ["event_id"]}, wanted)
        return [hit["fields"]["event_id"][0] for hit in found["hits"]["hits"]]

    def replace_hour(self, hour: datetime, rows: "pa.Table") -> None:
        """Hidden while it is written, then shown by one change of the alias; what was there before is deleted afterwards."""
        number, build = _hour(hour), uuid.uuid4().hex
        name = self._days.index_of(number)
        held = self._days.held()
        if not rows.num_rows and name not in held:
            return
        self._days.make([name])
        if left := held.get(name, {}).get("bool", {}).get("must_not"):
            # Somebody died over an hour of this day. What is hidden is what was to go, or what was not finished.
            self._delete(name, {"bool": {"should": left, "minimum_should_match": 1}})
        in_hour: dict[str, Any] = {"term": {"hour": number}}
        new: dict[str, Any] = {"term": {"build": build}}
        self._days.show(name, [{"bool": {"filter": [in_hour, new]}}])
        documents = [(f"{build}-{one['partition']}-{one['offset']}", {**one, "build": build}) for one in _documents(rows)]
        self._write(documents)
        self._days.show(name, [{"bool": {"filter": [in_hour], "must_not": [new]}}])
        self._delete(name, {"bool": {"filter": [in_hour], "must_not": [new]}})
        self._days.show(name, [])

    def hour_rows(self, hour: datetime) -> int:
        """Counted from what readers see."""
        found = self._search({"size": 0, "track_total_hits": True}, [{"term": {"hour": _hour(hour)}}])
        return int(found["hits"]["total"]["value"])

    def drop_before(self, cutoff: datetime) -> int:
        """Whole days by their index, the hours of the last one by query."""
        limit = _hour(cutoff)
        dropped = len(self._hours([{"range": {"hour": {"lt": limit}}}]))
        today = self._days.index_of(limit)
        for name in sorted(self._days.held()):
            if name < today:
                with translated():
                    self._client.indices.delete(index=name, ignore=[404])
            elif name == today and dropped:
                self._delete(name, {"range": {"hour": {"lt": limit}}})
        self._days.forget()
        return dropped

    def drop_project_before(self, project_id: int, cutoff: datetime) -> int:
        """By query."""
        old: list[dict[str, Any]] = [{"term": {"project": project_id}}, {"range": {"hour": {"lt": _hour(cutoff)}}}]
        hours = self._hours(old)
        for name in sorted({self._days.index_of(hour) for hour in hours}):
            self._delete(name, {"bool": {"filter": old}})
        return len(hours)

    def drop_everything(self) -> None:
        """Every index, the positions and the template: the next use makes them again, and everything must be indexed anew."""
        with translated():
            self._client.indices.delete(index=f"{self._days.alias}-*,{self._days.cursors}", params={"ignore_unavailable": "true"})
            self._client.indices.delete_index_template(name=self._days.alias, ignore=[404])
        self._days.forget()

    def _write(self, documents: list[tuple[str, dict[str, Any]]]) -> None:
        """Written and visible, or an error."""
        if not documents:
            return
        named = [(self._days.index_of(one["hour"]), key, one) for key, one in documents]
        touched = sorted({name for name, _, _ in named})
        self._days.make(touched)
        bulk(self._client, [({"index": {"_index": name, "_id": key}}, one) for name, key, one in named])
        with translated():
            self._client.indices.refresh(index=",".join(touched))

    def _move(self, partition: int, end: int) -> None:
        with translated():
            # A version that is not lower than the last: of two writers the one that is behind changes nothing.
            self._client.index(
                index=self._days.cursors,
                id=str(partition),
                body={"next_offset": end},
                params={"version": end, "version_type": "external_gte"},
                ignore=[409],
            )

    def _delete(self, name: str, query: dict[str, Any]) -> None:
        with translated():
            self._client.indices.refresh(index=name)
            self._client.delete_by_query(
                index=name, body={"query": query}, conflicts="proceed", refresh=True, request_timeout=DELETE_SECONDS, slices="auto"
            )

    def _hours(self, filters: list[dict[str, Any]]) -> list[int]:
        found = self._search({"size": 0, "aggs": {"hours": {"terms": {"field": "hour", "size": 20_000}}}}, filters)
        return [int(bucket["key"]) for bucket in found.get("aggregations", {}).get("hours", {}).get("buckets", ())]

    def _search(self, body: dict[str, Any], filters: list[dict[str, Any]]) -> dict[str, Any]:
        """An answer that lacks a shard is no answer: what is missing would look like what is not there."""
        with translated():
            found: dict[str, Any] = self._client.search(
                index=self._days.alias,
                body={**body, "query": {"bool": {"filter": filters}}},
                params={"ignore_unavailable": "true", "allow_no_indices": "true", "allow_partial_search_results": "false"},
            )
        return found


def _documents(rows: "pa.Table") -> list[dict[str, Any]]:
    names = ("log_partition", "log_offset", "received_at", "project_id", "event_id", "fingerprint", "search_text")
    documents = []
    for row in rows.select(names).to_pylist():
        received_us = _microseconds(row["received_at"])
        documents.append(
            {
                "partition": row["log_partition"],
                "offset": row["log_offset"],
                "received_us": received_us,
                "hour": received_us // (HOUR_SECONDS * 1_000_000),
                "project": row["project_id"],
                "event_id": row["event_id"],
                "fingerprint": row["fingerprint"],
                "text": " ".join(words(row["search_text"] or "")),
            }
        )
    return documents


def _filters(project_id: int, terms: Sequence[TextTerm]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [{"term": {"project": project_id}}]
    for term in terms:
        tokens = [cut(token) for token in term.tokens if token]
        if not tokens:
            continue
        if len(tokens) == 1:
            found.append({"prefix" if term.prefix else "term": {"text": {"value": tokens[0]}}})
        elif term.prefix:
            found.append({"match_phrase_prefix": {"text": {"query": " ".join(tokens), "max_expansions": EXPANSIONS}}})
        else:
            found.append({"match_phrase": {"text": {"query": " ".join(tokens)}}})
    return found


def _hour(moment: datetime) -> int:
    return int(moment.timestamp()) // HOUR_SECONDS


def _microseconds(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond
