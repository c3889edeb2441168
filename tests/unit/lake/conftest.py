import time
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from lake.store import Lake
from seiche.backends.clickhouse_schema import migrate
from seiche.backends.clickhouse_search import ClickHouseSearchIndex
from seiche.registry.engine import make_engine, write
from seiche.registry.projects import create_project
from seiche.registry.tables import ConsumerOffset, DuplicateRow
from seiche.testing.generated_log import GeneratedLog
from seiche.testing.olap import OlapProcess
from seiche.testing.registries import new_registry

START = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
DUPLICATES = (33, 1234)


@pytest.fixture(scope="module")
def olap(tmp_path_factory):
    with OlapProcess(tmp_path_factory.mktemp("lake-olap")) as process:
        yield process


@pytest.fixture
def client(olap):
    client = olap.client()
    for name, engine in client.query("SELECT name, engine FROM system.tables WHERE database = currentDatabase()").result_rows:
        client.command(f"DROP {'VIEW' if engine == 'MaterializedView' else 'TABLE'} {name}")
    migrate(client)
    yield client
    client.close()


@pytest.fixture
def index(client):
    return ClickHouseSearchIndex(lambda: client)


@pytest.fixture
def engine(tmp_path):
    engine = make_engine(new_registry(tmp_path / "registry.sqlite"))
    create_project(engine, "Shop")
    with write(engine) as session:
        session.add_all(
            DuplicateRow(partition=0, offset=offset, project_id=1, event_id=f"{offset:032x}", received_at_us=0) for offset in DUPLICATES
        )
    yield engine
    engine.dispose()


@pytest.fixture
def decide(engine):
    """Say that alerts has decided everything below an offset."""

    def decide(offset):
        with write(engine) as session:
            session.merge(ConsumerOffset(consumer="alerts", partition=0, offset=offset, updated_at_us=time.time_ns() // 1000))

    return decide


@pytest.fixture
def log():
    """Two and a half hours: 08:30 to 11:00."""
    return GeneratedLog(START, 3000, gap_seconds=3.0)


@pytest.fixture
def lake(tmp_path):
    return Lake(str(tmp_path / "lake"))


@pytest.fixture
def facts(client):
    """Every number that people see from the hot tier, and which rows stand behind it."""

    def facts():
        return {
            "events": client.query(
                "SELECT received_hour, count(), sum(log_offset), uniqExact(log_offset) FROM events_hot GROUP BY 1 ORDER BY 1"
            ).result_rows,
            "rollups": client.query(
                "SELECT fingerprint, received_hour, occurred_hour, release, sum(count), uniqMerge(users), min(first_seen), max(last_seen)"
                " FROM issue_rollups GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"
            ).result_rows,
            "sessions": client.query(
                "SELECT received_hour, count(), sum(log_offset), uniqExact(log_offset) FROM session_rows GROUP BY 1 ORDER BY 1"
            ).result_rows,
            "search": client.query(
                "SELECT received_hour, count(), sum(log_offset), uniqExact(log_offset) FROM search_events GROUP BY 1 ORDER BY 1"
            ).result_rows,
        }

    return facts


@pytest.fixture
def world(engine, lake):
    """Decided by the consumer itself; see `tests.unit.lake.regrouping`."""
    from tests.unit.lake.regrouping import World

    with write(engine) as session:
        session.execute(sa.text("DELETE FROM duplicates"))
    return World(engine, lake)
