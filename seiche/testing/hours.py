"""An installation whose events were received hours ago, so that closed hours exist: the product's own stages, called in-process."""

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from alerts.consumer import Consumer
from assets.partitions import key_of
from lake import bronze, gold, hot, search, silver
from lake.rows import whole_hour
from lake.store import from_us
from lake.watermark import closed_hours, note_idle
from query_api.app import create_app
from query_api.state import ApiState
from seiche import wiring
from seiche.backends.clickhouse_schema import migrate
from seiche.backends.clickhouse_search import ClickHouseSearchIndex
from seiche.backends.production.opensearch.index import OpenSearchIndex
from seiche.registry.migrate import upgrade
from seiche.registry.projects import bootstrap, create_project, create_token
from seiche.settings import Settings
from seiche.testing import servers
from seiche.testing.generated_log import GeneratedLog
from seiche.testing.olap import OlapProcess
from seiche.testing.product import settings_from

EVERYTHING = ["silver_events", "issues", "fingerprint_map", "events_hot", "issue_rollups", "search_index", "session_rows"]


class Hours:
    """Use it as a context manager: it owns the olap process. `closed` events lie in closed hours, the rest of the log follows.

    On the run's profile: where the servers run its lake is in S3, registry and Dagster's storage are in Postgres, and OpenSearch searches.
    Processes that are started meanwhile find the same stores, by variables.
    """

    def __init__(self, data: Path, *, closed: int = 1200, hours: float = 3.0) -> None:
        self._olap = OlapProcess(data)
        self._data, self._stack = data, ExitStack()
        start = whole_hour(datetime.now(UTC)) - timedelta(hours=hours + 1)
        self.log = GeneratedLog(start, closed, gap_seconds=hours * 3600 / closed)

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._open(stack)
            self._stack = stack.pop_all()
        return self

    def _open(self, stack: ExitStack) -> None:
        stack.enter_context(self._olap)
        env = servers.product_environment(stack.enter_context(servers.fresh_database())) if servers.run_folder() else {}
        stack.enter_context(_variables(env))
        self.settings: Settings = settings_from(self._data, env)
        run = self.settings.run_dir
        run.mkdir(parents=True, exist_ok=True)
        (run / "endpoints.json").write_text(json.dumps({"olap": {"host": "127.0.0.1", "port": self._olap.port}}))
        upgrade(self.settings.registry_url)
        self.engine = wiring.registry_engine(self.settings.registry_url)
        stack.callback(self.engine.dispose)
        self.lake = wiring.lake(self.settings)
        bootstrap(self.engine, admin_email="owner@example.org", admin_password="correct horse battery")
        create_project(self.engine, "Shop", platform="python")
        self._token = create_token(self.engine, "tests")
        self.client = self._olap.client()
        stack.callback(self.client.close)
        migrate(self.client)
        self.index = wiring.search_index(self.settings, lambda: self.client)
        self.renew_consumer()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.__exit__(kind, error, trace)

    def renew_consumer(self) -> None:
        """For another log."""
        self._consumer = Consumer(self.log, self.engine, self.settings.alerts, base_url="http://127.0.0.1")

    def newest(self) -> datetime:
        """The hour of the log's last record."""
        return whole_hour(from_us(self.log.read(0, self.log.length - 1)[0].record.received_at_us))

    def stop_olap(self) -> None:
        """SIGTERM to the olap process."""
        self._olap.stop()

    def start_olap(self) -> None:
        """On the same port; `client` waits for it."""
        self._olap.start()
        self._olap.client().close()

    def decide(self) -> None:
        """What the alerts process does, to the log's end."""
        while self._consumer.step(0):
            pass

    def advance(self) -> None:
        """What the pipeline process does, until nothing is new."""
        stages: list[Callable[[], Any]] = [
            lambda: bronze.advance(self.lake, self.log),
            lambda: silver.advance(self.lake, self.engine),
            lambda: gold.publish(self.lake, self.engine),
            lambda: hot.advance(self.lake, self.client),
            lambda: hot.publish_map(self.engine, self.client),
            lambda: search.advance(self.lake, self.index),
        ]
        while sum(stage().rows for stage in stages):
            pass
        note_idle(self.lake, int(datetime.now(UTC).timestamp() * 1e6))

    def keys(self) -> list[str]:
        """The partition keys of the closed hours, oldest first."""
        return [key_of(hour) for hour in closed_hours(self.lake)]

    def drop_everything_behind_bronze(self) -> None:
        """Silver and gold, every ClickHouse table, and with them the index."""
        for name in ("silver_events", "issues", "fingerprint_map"):
            shutil.rmtree(servers.lake_folder(self.settings) / name)
        tables = self.client.query("SELECT name, engine FROM system.tables WHERE database = currentDatabase()").result_rows
        for name, engine in sorted(tables, key=lambda table: table[1] != "MaterializedView"):
            self.client.command(f"DROP {'VIEW' if engine == 'MaterializedView' else 'TABLE'} {name}")
        if isinstance(self.index, OpenSearchIndex):
            self.index.drop_everything()

    async def issues(self, query: str = "") -> list[dict[str, Any]]:
        """The issue list as the dashboard shows it: counts, users and sparklines included."""
        state = ApiState(
            settings=self.settings,
            engine=self.engine,
            log=self.log,
            make_olap_client=self._olap.client,
            search=wiring.search_index(self.settings, self._olap.client),
            notification_payload=wiring.notification_payload(self.settings),
        )
        transport, headers = httpx.ASGITransport(create_app(state)), {"Authorization": f"Bearer {self._token}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://seiche", headers=headers) as http:
            answer = await http.get("/api/v1/projects/shop/issues", params={"query": query, "limit": 100})
        answer.raise_for_status()
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    def facts(self) -> dict[str, Any]:
        """Which rows stand behind every number, in every tier."""
        silver_rows = self.lake.dataset("silver_events").to_table().sort_by("log_offset").to_pylist()
        by_hour = "received_hour, count(), sum(log_offset), uniqExact(log_offset)"
        return {
            "silver": [{name: row[name] for name in row if name != "tags"} | {"tags": sorted(row["tags"])} for row in silver_rows],
            "map": self.lake.dataset("fingerprint_map").to_table(columns=["project_id", "fingerprint", "issue_id"]).to_pylist(),
            "issues": self.lake.dataset("issues").to_table(columns=["issue_id", "count", "title", "status"]).to_pylist(),
            "events_hot": self.client.query(f"SELECT {by_hour} FROM events_hot GROUP BY 1 ORDER BY 1").result_rows,
            "rollups": self.client.query(
                "SELECT fingerprint, received_hour, occurred_hour, release, sum(count), uniqMerge(users), min(first_seen), max(last_seen)"
                " FROM issue_rollups GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"
            ).result_rows,
            "search": self._searchable(by_hour, silver_rows),
        }

    def _searchable(self, by_hour: str, silver_rows: list[dict[str, Any]]) -> Sequence[Sequence[Any]]:
        """(hour, rows) of the index; where it is ClickHouse's also which rows they are."""
        if isinstance(self.index, ClickHouseSearchIndex):
            return self.client.query(f"SELECT {by_hour} FROM search_events GROUP BY 1 ORDER BY 1").result_rows
        hours = sorted({whole_hour(row["received_at"]) for row in silver_rows})
        return [(hour, self.index.hour_rows(hour)) for hour in hours]


@contextmanager
def _variables(env: Mapping[str, str]) -> Iterator[None]:
    """Of this process and those that it starts, for the time of the block."""
    os.environ.update(env)
    try:
        yield
    finally:
        for name in env:
            del os.environ[name]
