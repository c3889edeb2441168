import time

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError

from seiche.backends.clickhouse import connect, to_seiche_error, translated
from seiche.backends.clickhouse_schema import MIGRATIONS, migrate
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
