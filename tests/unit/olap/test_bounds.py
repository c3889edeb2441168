import concurrent.futures
import http.client
import threading
import time

import pytest
from clickhouse_connect.driver.exceptions import ClickHouseError

from seiche.backends.embedded.olap.body import read_body
from seiche.backends.embedded.olap.gate import Gate
from seiche.errors import InvalidInput, StoreUnavailable

CONSTRAINT_VIOLATION = 452


@pytest.mark.parametrize("setting", ["max_execution_time", "max_result_rows", "max_memory_usage"])
@pytest.mark.parametrize("value", [0, 10**12])
def test_a_client_cannot_lift_a_limit(client, setting, value):
    with pytest.raises(ClickHouseError) as in_url:
        client.query("SELECT 1", settings={setting: value})
    with pytest.raises(ClickHouseError) as in_sql:
        client.query(f"SELECT 1 SETTINGS {setting} = {value}")
    assert in_url.value.code == in_sql.value.code == CONSTRAINT_VIOLATION
    assert client.query("SELECT 1", settings={setting: 4}).result_rows or True


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SELECT number FROM numbers(50001)", 396),
        ("SELECT count() FROM numbers(100000000000) WHERE number % 3 = 1 SETTINGS max_execution_time = 1", 159),
        ("SELECT groupArray(number) FROM numbers(10000000) SETTINGS max_memory_usage = 10000000", 241),
        ("SELECT * FROM file('/etc/passwd', 'LineAsString')", 497),
        ("SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')", 497),
        ("INSERT INTO FUNCTION file('/tmp/seiche-escape', 'CSV', 'a Int8') SELECT 1", 497),
    ],
)
def test_what_a_query_may_not_do(client, query, code):
    started = time.monotonic()
    with pytest.raises(ClickHouseError) as caught:
        client.query(query)
    assert caught.value.code == code
    assert time.monotonic() - started < 8
    assert client.command("SELECT 1") == 1


def test_the_line_is_bounded_and_moves_on():
    gate, release, started = Gate(running=1, waiting=1, patience_seconds=5), threading.Event(), threading.Event()

    def hold():
        with gate.turn():
            started.set()
            release.wait(10)

    def wait():
        with gate.turn():
            return "had a turn"

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        pool.submit(hold)
        started.wait(5)
        second = pool.submit(wait)
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            try:
                with gate.turn():
                    pytest.fail("a third got in")
            except StoreUnavailable as error:
                if "too many" in str(error):
                    break
        else:
            pytest.fail("the line never filled")
        release.set()
        assert second.result(5) == "had a turn"
    with gate.turn():
        pass


def test_more_queries_than_turns_all_get_an_answer(olap):
    def one(number):
        client = olap.client()
        try:
            return client.command(f"SELECT {number} + sum(sleepEachRow(0.01)) FROM numbers(10)")
        finally:
            client.close()

    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        assert sorted(pool.map(one, range(24))) == list(range(24))


def test_a_body_past_the_bound_is_refused_before_it_is_read(olap):
    connection = http.client.HTTPConnection("127.0.0.1", olap.port, timeout=10)
    connection.putrequest("POST", "/?user=seiche&password=right-password")
    connection.putheader("Content-Length", str(1 << 40))
    connection.endheaders()
    response = connection.getresponse()
    assert response.status == 413
    assert b"fewer rows" in response.read()
    connection.close()


@pytest.mark.parametrize("encoding", ["lz4", "zstd", "gzip"])
def test_a_bomb_is_refused_within_the_bound(encoding):
    import gzip
    import io

    import lz4.frame
    import zstandard

    pack = {"lz4": lz4.frame.compress, "zstd": zstandard.compress, "gzip": gzip.compress}[encoding]
    body = pack(bytes(5_000_000))
    headers = {"Content-Encoding": encoding, "Content-Length": str(len(body))}
    assert len(read_body(io.BytesIO(body), headers)) == 5_000_000
    with pytest.raises(InvalidInput, match="more than 1000000 bytes"):
        read_body(io.BytesIO(body), headers, limit_bytes=1_000_000)
    with pytest.raises(InvalidInput, match=encoding):
        read_body(io.BytesIO(b"garbage"), {"Content-Encoding": encoding, "Content-Length": "7"})
