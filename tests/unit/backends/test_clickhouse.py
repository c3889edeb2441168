import time
from pathlib import Path

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError

from seiche.backends.clickhouse import NoTables, connect, to_seiche_error, translated
from seiche.backends.clickhouse_cluster import rendered
from seiche.backends.clickhouse_schema import MIGRATIONS, VERSIONS, migrate
from seiche.errors import ConfigurationError, InvalidInput, StoreUnavailable
from seiche.settings import OlapSettings
from seiche.testing.olap import OlapProcess, free_port


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (DatabaseError("wrong password", code=516), ConfigurationError),
        (DatabaseError("no database", code=81), ConfigurationError),
        (DatabaseError("timeout", code=159), StoreUnavailable),
        (DatabaseError("busy", code=202), StoreUnavailable),
        (DatabaseError("no table", code=60), NoTables),
        (OperationalError("connection refused"), StoreUnavailable),
        (DatabaseError("unknown identifier", code=47), InvalidInput),
    ],
)
def test_each_error_becomes_one_of_ours(error, expected):
    assert type(to_seiche_error(error)) is expected
    with pytest.raises(expected), translated():
        raise error


@pytest.mark.parametrize("patience_seconds", [0.0, 0.5])
def test_nobody_there_is_said_in_bounded_time(patience_seconds):
    started = time.monotonic()
    with pytest.raises(StoreUnavailable, match="does not answer"):
        connect(OlapSettings(), host="127.0.0.1", port=free_port(), password="x", patience_seconds=patience_seconds)
    assert time.monotonic() - started < patience_seconds + 3


@pytest.fixture(scope="module")
def olap(tmp_path_factory):
    with OlapProcess(tmp_path_factory.mktemp("schema")) as process:
        yield process


def test_migrating_is_idempotent_and_brings_dropped_tables_back(olap):
    client = olap.client()
    migrate(client)
    tables = {row[0] for row in client.query("SHOW TABLES").result_rows}
    assert {"events_hot", "issue_rollups", "fingerprint_map", "search_events", "schema_migrations"} <= tables
    client.command("DROP TABLE events_hot")
    migrate(client)
    assert {row[0] for row in client.query("SHOW TABLES").result_rows} == tables
    assert client.query("SELECT version FROM schema_migrations").result_rows == [(len(MIGRATIONS),)]
    client.close()


def test_a_newer_programs_tables_are_refused_with_what_to_do(olap):
    client = olap.client()
    migrate(client)
    client.command("INSERT INTO schema_migrations SELECT 99, now64(3)")
    with pytest.raises(ConfigurationError, match="newer Seiche"):
        migrate(client)
    client.close()


GOLDEN = Path(__file__).parent / "clickhouse_cluster.sql"


def test_the_tables_of_a_cluster_are_these():
    """Rendered, not executed. After a wanted change: write what this shows into the file."""
    found = [rendered(statement, "errors-eu") for statement in (VERSIONS, *(one for step in MIGRATIONS for one in step))]
    assert ";\n".join(found) + ";\n" == GOLDEN.read_text()
    assert all(" ON CLUSTER 'errors-eu' " in one for one in found)
    assert all("ENGINE = Replicated" in one for one in found if "MATERIALIZED VIEW" not in one)


def test_clickhouse_itself_can_read_the_tables_of_a_cluster(olap):
    client = olap.client()
    for statement in GOLDEN.read_text().removesuffix(";\n").split(";\n"):
        formatted = client.query("SELECT formatQuery({statement:String})", parameters={"statement": statement}).result_rows[0][0]
        assert "ON CLUSTER" in formatted
    client.close()


def test_one_server_has_the_statements_as_they_are():
    assert rendered(VERSIONS, "") is VERSIONS
    with pytest.raises(ConfigurationError, match="no cluster's name"):
        rendered(VERSIONS, "x' SYNC")
