"""The indices: one a day of received time, made from one template, read through one alias.

What a reader sees of a day is the alias's filter on it. An hour is replaced behind the filter: the new documents are hidden while
they are written, one change of the alias shows them and hides the old ones, and then the old ones are deleted.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from opensearchpy import OpenSearch
from opensearchpy.exceptions import NotFoundError, RequestError

from seiche.backends.production.opensearch.client import translated
from seiche.production_settings import OpenSearchSettings

HOUR_SECONDS = 3600
MAPPING: dict[str, Any] = {
    "dynamic": "strict",
    # The text is indexed and not kept: rebuilds come from silver.
    "_source": {"excludes": ["text"]},
    "properties": {
        "project": {"type": "long"},
        "partition": {"type": "integer"},
        "offset": {"type": "long"},
        "received_us": {"type": "long"},
        "hour": {"type": "integer"},
        "event_id": {"type": "keyword", "index": False, "doc_values": True},
        "fingerprint": {"type": "keyword"},
        "build": {"type": "keyword"},
        # Words are split by us, in one place for both implementations; here they are what lies between spaces.
        "text": {"type": "text", "analyzer": "whitespace", "norms": False},
    },
}


class Days:
    """Names, template, alias and filters."""

    def __init__(self, client: OpenSearch, settings: OpenSearchSettings) -> None:
        self._client, self._settings = client, settings
        self.alias = f"{settings.prefix}-search"
        self.cursors = f"{settings.prefix}-cursors"
        self._known: set[str] = set()

    def index_of(self, hour: int) -> str:
        """The index that an hour (hours since the epoch) is in."""
        return f"{self.alias}-{datetime.fromtimestamp(hour * HOUR_SECONDS, UTC):%Y.%m.%d}"

    def make(self, names: Iterable[str]) -> None:
        """These indices, and first of all the template that they are made from."""
        wanted = set(names) - self._known
        if not wanted:
            return
        with translated():
            self.make_template()
            for name in sorted(wanted):
                self._create(name, None)
        self._known |= wanted

    def make_template(self) -> None:
        """Idempotent; a day that is made by a write (its index was deleted under us) has mapping and alias, too."""
        settings = {"number_of_shards": self._settings.shards, "number_of_replicas": self._settings.replicas, "refresh_interval": "5s"}
        template = {"settings": {"index": settings}, "mappings": MAPPING, "aliases": {self.alias: {}}}
        self._client.indices.put_index_template(
            name=self.alias, body={"index_patterns": [f"{self.alias}-*"], "template": template, "priority": 200}
        )
        self._create(
            self.cursors,
            {
                "settings": {"index": {"number_of_shards": 1, "number_of_replicas": self._settings.replicas}},
                "mappings": {"dynamic": "strict", "properties": {"next_offset": {"type": "long"}}},
            },
        )

    def forget(self) -> None:
        """After an error: look again whether everything is there."""
        self._known.clear()

    def held(self) -> dict[str, dict[str, Any]]:
        """Index -> the filter of the alias on it."""
        try:
            with translated():
                found = self._client.indices.get_alias(name=self.alias, ignore=[404])
        except NotFoundError:
            return {}
        return {
            name: its["aliases"][self.alias].get("filter", {}) for name, its in found.items() if isinstance(its, dict) and "aliases" in its
        }

    def show(self, name: str, hidden: list[dict[str, Any]]) -> None:
        """Let readers see all of an index but what `hidden` matches, from one moment to the next."""
        action: dict[str, Any] = {"index": name, "alias": self.alias}
        if hidden:
            action["filter"] = {"bool": {"must_not": hidden}}
        with translated():
            self._client.indices.update_aliases(body={"actions": [{"add": action}]})

    def _create(self, name: str, body: dict[str, Any] | None) -> None:
        if self._client.indices.exists(index=name):
            return
        try:
            self._client.indices.create(index=name, body=body)
        except RequestError as error:
            if error.error != "resource_already_exists_exception":
                raise
