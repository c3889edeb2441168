"""The real clickhouse-connect against the real process: what works with a server works here."""

import datetime as dt
import gzip
import http.client

import lz4.frame
import pyarrow as pa
import pytest
import zstandard
from clickhouse_connect.driver.exceptions import ClickHouseError, StreamFailureError

from seiche.errors import ConfigurationError

BASIC = {"X-ClickHouse-User": "seiche", "X-ClickHouse-Key": "right-password"}


@pytest.fixture
def table(client, request):
    name = f"t_{abs(hash(request.node.name))}"
    client.command(
        f"CREATE TABLE {name} (k UInt64, s String, at DateTime64(6, 'UTC'), tags Map(String, String)) ENGINE = MergeTree ORDER BY k"
        " SETTINGS non_replicated_deduplication_window = 100"
    )
    yield name
    client.command(f"DROP TABLE {name}")


def http_request(olap, method, path, body=None, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", olap.port, timeout=20)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return response.status, response.read(), response.headers
    finally:
        connection.close()


def test_rows_and_arrow_come_back_as_they_went_in(client, table):
    at = dt.datetime(2026, 11, 24, 10, 30, 1, 123456, tzinfo=dt.UTC)
    client.insert(table, [[1, "it's \\ ü", at, {"a": "b"}]], column_names=["k", "s", "at", "tags"])
    rows = pa.table(
        {
            "k": pa.array([2], pa.uint64()),
            "s": ["two"],
            "at": pa.array([at], pa.timestamp("us", tz="UTC")),
            "tags": pa.array([[("x", "y")]], pa.map_(pa.string(), pa.string())),
        }
    )
    assert client.insert_arrow(table, rows).written_rows == 1
    assert client.query(f"SELECT * FROM {table} ORDER BY k").result_rows == [(1, "it's \\ ü", at, {"a": "b"}), (2, "two", at, {"x": "y"})]
    assert client.query_arrow(f"SELECT k, s FROM {table} ORDER BY k").to_pydict() == {"k": [1, 2], "s": ["it's \\ ü", "two"]}
    assert client.command(f"SELECT count() FROM {table}") == 2


def test_parameters_are_values_never_sql(client):
    hostile = "'; DROP TABLE x; -- \\' {y:String} \n\t"
    assert client.query("SELECT {text:String}, {n:Int64} + 1", parameters={"text": hostile, "n": -2}).result_rows == [(hostile, -1)]
    assert client.query("SELECT {list:Array(String)}", parameters={"list": ["a'b", "c"]}).result_rows == [(["a'b", "c"],)]


def test_an_empty_result_is_a_result(client, table):
    assert client.query(f"SELECT k, s FROM {table}").result_rows == []
    assert client.query_arrow(f"SELECT k FROM {table}").num_rows == 0
    assert client.query("SELECT 1 AS a LIMIT 0").column_names == ("a",)


def test_a_token_makes_a_repeated_insert_nothing(client, table):
    rows = pa.table({"k": pa.array([1, 2], pa.uint64())})
    for _ in range(2):
        client.insert_arrow(table, rows, settings={"insert_deduplication_token": "a"})
    assert client.command(f"SELECT count() FROM {table}") == 2
    client.command(f"TRUNCATE TABLE {table}")
    client.insert_arrow(table, rows, settings={"insert_deduplication_token": "a"})
    assert client.command(f"SELECT count() FROM {table}") == 2, "a dropped part's token must be free again"


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("", bytes),
        ("lz4", lz4.frame.compress),
        ("zstd", zstandard.compress),
        ("gzip", gzip.compress),
    ],
)
@pytest.mark.parametrize("statement_in", ["url", "body"])
def test_inserts_in_every_encoding(olap, client, table, encoding, pack, statement_in):
    statement, data = f"INSERT INTO {table} (k, s) FORMAT JSONEachRow", b'{"k": 7, "s": "FORMAT SELECT"}\n'
    headers = BASIC | ({"Content-Encoding": encoding} if encoding else {})
    if statement_in == "url":
        path, body = f"/?database=seiche&query={statement.replace(' ', '%20')}", data
    else:
        path, body = "/?database=seiche", statement.encode() + b"\n" + data
    status, answer, _ = http_request(olap, "POST", path, pack(body), headers)
    assert (status, answer) == (200, b"")
    assert client.query(f"SELECT k, s FROM {table}").result_rows == [(7, "FORMAT SELECT")]


def test_values_work_inline_and_as_data(olap, client, table):
    client.command(f"INSERT INTO {table} (k, s) VALUES (1, 'a')")
    status, _, _ = http_request(olap, "POST", f"/?database=seiche&query=INSERT%20INTO%20{table}%20(k,s)%20VALUES", b"(2, 'b')", BASIC)
    assert status == 200
    assert client.query(f"SELECT k, s FROM {table} ORDER BY k").result_rows == [(1, "a"), (2, "b")]


def test_large_results_stream(client):
    with client.query_row_block_stream("SELECT number FROM numbers(50000)") as stream:
        assert sum(len(block) for block in stream) == 50_000


def test_errors_carry_clickhouses_code(olap, client):
    with pytest.raises(ClickHouseError) as caught:
        client.query("SELECT nothing FROM nowhere")
    assert caught.value.code == 60
    assert "nowhere" in str(caught.value)
    status, body, headers = http_request(olap, "POST", "/", b"SELEKT 1", BASIC)
    assert (status, headers["X-ClickHouse-Exception-Code"]) == (500, "62")
    assert b"Syntax error" in body
    assert client.command("SELECT 1") == 1, "the next request is unharmed"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_error_in_mid_stream_is_no_short_result(client):
    with (
        pytest.raises(StreamFailureError, match="FUNCTION_THROW_IF"),
        client.query_row_block_stream(
            "SELECT throwIf(number = 49000), sleepEachRow(0) FROM numbers(49500) SETTINGS max_block_size = 1000"
        ) as blocks,
    ):
        for _ in blocks:
            pass


def test_ping_needs_no_password_and_all_else_does(olap):
    assert http_request(olap, "GET", "/ping")[:2] == (200, b"Ok.\n")
    for headers in ({}, {"X-ClickHouse-User": "seiche"}, BASIC | {"X-ClickHouse-Key": "wrong"}, {"Authorization": "Basic ???"}):
        status, _, answer = http_request(olap, "POST", "/", b"SELECT 1", headers)
        assert (status, answer["X-ClickHouse-Exception-Code"]) == (403, "516")
    assert http_request(olap, "GET", "/?user=seiche&password=right-password&query=SELECT%201")[:2] == (200, b"1\n")
    with pytest.raises(ConfigurationError, match=r"secrets\.json"):
        olap.client(password="wrong")
