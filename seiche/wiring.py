"""The only place that chooses implementations. Imports are inside the functions: a process loads what it uses and no more."""

import json
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from seiche.errors import ConfigurationError, StoreUnavailable
from seiche.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from clickhouse_connect.driver.client import Client

    from alerts.gaps import Refill
    from lake.store import Lake
    from query_api.state import ApiState, NotificationPayload
    from seiche.artifacts.finder import ArtifactFinder
    from seiche.backends.raw_store import RawStore
    from seiche.model.alert import AlertRule, Trigger
    from seiche.model.event import Event
    from seiche.model.issue import Grouping
    from seiche.model.record import StoredRecord
    from seiche.ports.event_log import EventLogReader, EventLogWriter
    from seiche.ports.search_index import SearchIndex
    from seiche.registry.tables import Issue, Project


def event_log_writer(settings: Settings) -> "EventLogWriter":
    """The log's writer. Embedded it is the only one; raises `ConfigurationError` where another process holds it."""
    if settings.profile == "production":
        from seiche.backends.production.kafka.writer import KafkaEventLogWriter

        return KafkaEventLogWriter(settings.kafka, settings.log)
    from seiche.backends.embedded.event_log import SqliteEventLogWriter

    return SqliteEventLogWriter(settings.log_dir, settings.log)


def geo_lookup(settings: Settings) -> "Callable[[str], str] | None":
    """The place of an address, as records carry it; None where the operator gives no database."""
    if settings.ingest.geo_database is None:
        return None
    from seiche.backends.geo import GeoDatabase

    return GeoDatabase(settings.ingest.geo_database).place_of


def event_log_reader(settings: Settings) -> "EventLogReader":
    """A reader for any process."""
    if settings.profile == "production":
        from seiche.backends.production.kafka.reader import KafkaEventLogReader

        return KafkaEventLogReader(settings.kafka, settings.log)
    from seiche.backends.embedded.event_log import SqliteEventLogReader

    return SqliteEventLogReader(settings.log_dir)


@cache
def registry_engine(url: str) -> sa.Engine:
    """One engine a process and URL."""
    from seiche.registry.engine import make_engine

    return make_engine(url)


@cache
def _raw_store(url: str, options: str, minimum_free_bytes: int) -> "RawStore":
    from seiche.backends.raw_store import RawStore

    return RawStore(url, json.loads(options), minimum_free_bytes=minimum_free_bytes)


def raw_store(settings: Settings) -> "RawStore":
    """Attachments, minidumps, uploaded source maps; one a process."""
    return _raw_store(settings.raw_url, json.dumps(settings.raw.options), settings.log.minimum_free_bytes)


@cache
def _artifact_finder(engine: sa.Engine, store: "RawStore", limits: str) -> "ArtifactFinder":
    from seiche.artifacts.finder import ArtifactFinder
    from seiche.settings import ArtifactSettings

    return ArtifactFinder(engine, store, ArtifactSettings.model_validate_json(limits))


def artifact_finder(settings: Settings) -> "ArtifactFinder":
    """Uploaded source maps and mappings; one a process, because it keeps what it has parsed."""
    return _artifact_finder(registry_engine(settings.registry_url), raw_store(settings), settings.artifacts.model_dump_json())


def olap_client(settings: Settings, *, patience_seconds: float = 5.5) -> "Client":
    """A clickhouse-connect client, for chDB behind HTTP and for a server alike. One per thread: clients hold a session.

    Raises `StoreUnavailable` where nothing answers.
    """
    from seiche.backends.clickhouse import connect

    host, port = settings.olap.host, settings.olap.port
    if not port:
        endpoint = read_run_file(settings.run_dir / "endpoints.json").get("olap")
        if endpoint is None:
            raise StoreUnavailable("the olap process has not been started: run `seiche up`", retry_after_seconds=5)
        host, port = endpoint["host"], endpoint["port"]
    return connect(
        settings.olap,
        host=host,
        port=port,
        password=settings.olap.password or secrets(settings)["olap_password"],
        patience_seconds=patience_seconds,
    )


def search_index(settings: Settings, make_client: "Callable[[], Client] | None" = None) -> "SearchIndex":
    """The full-text index of the hot tier: OpenSearch where one is configured, else ClickHouse, reached by `make_client`."""
    if settings.opensearch.url:
        from seiche.backends.production.opensearch.index import OpenSearchIndex

        return OpenSearchIndex(settings.opensearch)
    from seiche.backends.clickhouse_search import ClickHouseSearchIndex

    return ClickHouseSearchIndex(make_client or (lambda: olap_client(settings)))


def lake(settings: Settings) -> "Lake":
    """Handles on the Delta tables, wherever they are."""
    from lake.store import Lake
    from seiche.registry.named_lock import held

    return Lake(settings.lake_url, settings.lake_options, lock=partial(held, registry_engine(settings.registry_url)))


def refill(settings: Settings, log: "EventLogReader") -> "Refill":
    """What the log has dropped, from bronze; loads the lake's libraries at the first gap."""

    def read(partition: int, start: int, end: int) -> "tuple[Sequence[StoredRecord], int]":
        from lake.refill import Refill as Bronze

        return Bronze(settings.lake_url, settings.lake_options, log).read(partition, start, end)

    return read


def has_olap(settings: Settings) -> bool:
    """Whether the product runs with analytics: a server that is configured, or the `olap` process of `seiche up`."""
    return bool(settings.olap.port) or "olap" in read_run_file(settings.run_dir / "endpoints.json")


def query_api_state(settings: Settings) -> "ApiState":
    """What `query_api.app.create_app` needs. Its clients do not wait for ClickHouse: pages say that analytics are down."""
    from query_api.state import ApiState

    impatient = partial(olap_client, settings, patience_seconds=0.0)
    return ApiState(
        settings=settings,
        engine=registry_engine(settings.registry_url),
        log=event_log_reader(settings),
        make_olap_client=impatient,
        search=search_index(settings, impatient),
        notification_payload=notification_payload(settings),
    )


def notification_payload(settings: Settings) -> "NotificationPayload":
    """What the alerts consumer would say, for test notifications."""
    from alerts.payload import payload
    from alerts.prepare import Sighting
    from alerts.rules import Happening

    def build(  # noqa: PLR0917 - the port's order
        rule: "AlertRule",
        issue: "Issue",
        project: "Project",
        stored: "StoredRecord",
        event: "Event",
        grouping: "Grouping",
        now_us: int,
        happened: "tuple[Trigger, str]",
    ) -> dict[str, Any]:
        seen = Sighting(stored.partition, stored.offset, stored.record, event, grouping)
        happening = Happening(issue.id, happened[0], seen, happened[1])
        return payload(rule, happening, issue, project, event, base_url=public_url(settings), now_us=now_us)

    return build


def public_url(settings: Settings) -> str:
    """Where SDKs and people reach the product: as set, else where `seiche up` has put it last. Without a trailing slash."""
    if settings.public_url:
        return settings.base_url
    found = read_run_file(settings.run_dir / "endpoints.json")
    return str(found.get("public") or found.get("web") or settings.base_url).rstrip("/")


def secrets(settings: Settings) -> dict[str, Any]:
    """What `seiche up` generated at its first start. Raises `ConfigurationError` before that."""
    path = settings.data / "secrets.json"
    if not path.exists():
        raise ConfigurationError(f"{path} is missing: start `seiche up --data {settings.data}` once, it generates it")
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def read_run_file(path: Path) -> dict[str, Any]:
    """A file of `settings.run_dir`, or {} where it does not exist yet. Writers replace these files atomically."""
    try:
        found: dict[str, Any] = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    return found
