"""What no SDK sends, over real sockets to a real `seiche web`; after each of them a good request must succeed, and the sums must hold."""

import contextlib
import gzip
import json
import socket
import time
import uuid
import zlib

import brotli
import pytest
import zstandard

from seiche.testing.web import WebProcess
from seiche.wiring import event_log_reader
from tests.unit.ingest_api.world import counted, envelope, event

LIMITS = {"SEICHE_INGEST__COMPRESSED_BYTES": str(1 << 20), "SEICHE_INGEST__DECOMPRESSED_BYTES": str(4 << 20)}
MINUS_ONE = (1 << 64) - 1


@pytest.fixture(scope="module")
def web(tmp_path_factory):
    with WebProcess(tmp_path_factory.mktemp("web") / "data", env=LIMITS) as running:
        yield running


def head(web, *, method="POST", path=None, key=None, length=None, extra=()):
    lines = [f"{method} {path or f'/api/{web.project.id}/envelope/'} HTTP/1.1", f"Host: 127.0.0.1:{web.settings.port}"]
    if key != "":
        lines.append(f"X-Sentry-Auth: Sentry sentry_key={key or web.project.public_key}")
    if length is not None:
        lines.append(f"Content-Length: {length}")
    return ("\r\n".join([*lines, *extra]) + "\r\n\r\n").encode("latin-1")


def whole(web, body, **options):
    return head(web, length=len(body), **options) + body


@contextlib.contextmanager
def connected(web):
    with socket.create_connection(("127.0.0.1", web.settings.port), timeout=30) as found:
        yield found


def answers(connection, count=1):
    """(status, headers, body) of each; fewer where the server closes."""
    stream = connection.makefile("rb")
    found = []
    while len(found) < count and (line := stream.readline()):
        headers = {}
        while (header := stream.readline().strip()) != b"":
            name, _, value = header.partition(b":")
            headers[name.decode().lower()] = value.strip().decode()
        found.append((int(line.split()[1]), headers, stream.read(int(headers.get("content-length", 0)))))
    return found


def ask(web, request, count=1):
    with connected(web) as connection:
        with contextlib.suppress(ConnectionError):  # an early answer may come before the last byte is out
            connection.sendall(request)
        return answers(connection, count)


def good(web):
    return whole(web, envelope(event()))


@pytest.fixture(autouse=True)
def still_well(web):
    yield
    ((status, _, body),) = ask(web, good(web))
    assert status == 200
    assert len(json.loads(body)["id"]) == 32


NOT_AN_ENVELOPE = {
    "empty": b"",
    "newlines": b"\n\n\n\n",
    "no header": b"hello",
    "a list as header": b"[]\n",
    "binary": bytes(range(256)) * 20,
    "invalid UTF-8 in the header": b'{"dsn":"\xff\xfe"}\n{"type":"event"}\n{}',
    "an id that is none": b'{"event_id":"../../etc/passwd"}\n{"type":"event"}\n{}',
    "item header without type": b'{}\n{"length":2}\n{}',
    "type is a number": b'{}\n{"type":7}\n{}',
    "negative length": b'{}\n{"type":"event","length":-1}\n{}',
    "length beyond the end": b'{}\n{"type":"event","length":9999}\n{}',
    "length of 2^64-1": f'{{}}\n{{"type":"event","length":{MINUS_ONE}}}\n{{}}'.encode(),
    "length is text": b'{}\n{"type":"event","length":"2"}\n{}',
    "length too short": b'{}\n{"type":"event","length":1}\n{}',
    "deeply nested header": b'{"a":' + b"[" * 60_000,
    "header of 100 kB": b'{"a":"' + b"x" * 100_000 + b'"}\n',
    "2000 items": b"{}\n" + b'{"type":"x","length":0}\n\n' * 2000,
}
NOT_AN_EVENT = {
    "cut off JSON": b'{"message":',
    "a list": b"[1,2]",
    "a number": b"17",
    "nothing": b"",
    "invalid UTF-8": b'{"message":"\xff\xfe\xfd"}',
    "invalid UTF-8 in a skipped value": b'{"extra":{"a":"\xc3\x28"}}',
    "nested 100,000 deep": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "lists nested 200,000 deep": b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}",
    "id is an object": b'{"event_id":{"a":1}}',
    "id is too long": b'{"event_id":"' + b"a" * 5000 + b'"}',
    "lone NUL": b"\x00",
    "text after the end": b"{} {}",
}


@pytest.mark.parametrize("name", NOT_AN_ENVELOPE)
def test_what_is_no_envelope_gets_400_and_the_connection_goes_on(web, name):
    first, second = ask(web, whole(web, NOT_AN_ENVELOPE[name]) + good(web), 2)
    assert first[0] in {400, 413}
    told = json.loads(first[2])
    assert set(told) == {"detail", "reason", "causes"}
    assert first[1]["x-sentry-error"]
    assert second[0] == 200


@pytest.mark.parametrize("name", NOT_AN_EVENT)
@pytest.mark.parametrize("endpoint", ["envelope", "store"])
def test_what_is_no_event_gets_400_and_the_connection_goes_on(web, name, endpoint):
    body = NOT_AN_EVENT[name]
    framed = envelope(body) if endpoint == "envelope" else body
    first, second = ask(web, whole(web, framed, path=f"/api/{web.project.id}/{endpoint}/") + good(web), 2)
    assert first[0] == 400
    assert second[0] == 200


def bombs():
    zeros = b"0" * (64 << 20)
    return {
        "gzip": gzip.compress(zeros),
        "deflate": zlib.compress(zeros),
        "br": brotli.compress(zeros, quality=1),
        "zstd": zstandard.ZstdCompressor().compress(zeros),
    }


@pytest.fixture(scope="module")
def bomb_of():
    return bombs()


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
def test_bombs_are_refused(web, bomb_of, encoding):
    first, second = ask(web, whole(web, bomb_of[encoding], extra=[f"Content-Encoding: {encoding}"]) + good(web), 2)
    assert (first[0], second[0]) == (413, 200)


def test_a_bomb_inside_base64_is_refused(web, bomb_of):
    import base64

    body = base64.b64encode(bomb_of["deflate"])
    first, second = ask(web, whole(web, body, path=f"/api/{web.project.id}/store/") + good(web), 2)
    assert first[0] in {400, 413}
    assert second[0] == 200


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
def test_compression_that_is_cut_off_or_a_lie(web, encoding):
    packers = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress, "zstd": zstandard.ZstdCompressor().compress}
    body = packers[encoding](envelope(event(message=uuid.uuid4().hex * 100)))
    for wrong in (body[: len(body) // 2], b"\x00\x01" + body, envelope(event())):
        first, second = ask(web, whole(web, wrong, extra=[f"Content-Encoding: {encoding}"]) + good(web), 2)
        assert (first[0], second[0]) == (400, 200)


def test_an_unknown_encoding(web):
    first, second = ask(web, whole(web, b"x", extra=["Content-Encoding: rot13, gzip"]) + good(web), 2)
    assert (first[0], second[0]) == (415, 200)


def test_a_declared_length_beyond_the_limit_is_refused_before_it_is_sent(web):
    with connected(web) as connection:
        connection.sendall(head(web, length=1 << 30))
        ((status, headers, _),) = answers(connection)
    assert status == 413
    assert headers["connection"] == "close"


def test_a_body_beyond_the_limit_is_answered_though_it_is_sent(web):
    ((status, headers, _),) = ask(web, whole(web, b"x" * (3 << 20)))
    assert status == 413
    assert headers["connection"] == "close"


def test_chunks_beyond_the_limit(web):
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    request = head(web, extra=["Transfer-Encoding: chunked"]) + chunk * 40 + b"0\r\n\r\n"
    ((status, _, _),) = ask(web, request)
    assert status == 413


def test_chunks_as_they_should_be(web):
    body = envelope(event())
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(body[at : at + 7]), body[at : at + 7]) for at in range(0, len(body), 7))
    first, second = ask(web, head(web, extra=["Transfer-Encoding: chunked"]) + chunks + b"0\r\n\r\n" + good(web), 2)
    assert (first[0], second[0]) == (200, 200)


def test_a_chunk_size_that_is_none(web):
    ((status, _, _),) = ask(web, head(web, extra=["Transfer-Encoding: chunked"]) + b"zz\r\nxx\r\n0\r\n\r\n")
    assert status == 400


def test_length_and_chunks_at_once_are_no_way_to_smuggle(web):
    request = head(web, length=4, extra=["Transfer-Encoding: chunked"]) + b"0\r\n\r\n" + good(web)
    found = ask(web, request, 2)
    assert [status for status, _, _ in found][:1] == [400]
    assert len(found) == 1


@pytest.mark.parametrize("name", ["no HTTP at all", "a version that is none", "two lengths", "a length that is text", "TLS"])
def test_what_is_no_http(web, name):
    request = {
        "no HTTP at all": b"\x00\x01\x02\r\n\r\n",
        "a version that is none": b"POST /api/1/envelope/ HTTP/9.9\r\n\r\n",
        "two lengths": head(web, length=2, extra=["Content-Length: 3"]) + b"{}",
        "a length that is text": head(web, extra=["Content-Length: two"]) + b"{}",
        "TLS": bytes.fromhex("16030100c8010000c40303") + b"x" * 200,
    }[name]
    found = ask(web, request)
    assert [status for status, _, _ in found] in ([400], [])


def test_a_head_that_never_ends_is_cut_off(web):
    with connected(web) as connection, contextlib.suppress(ConnectionError):
        connection.sendall(b"POST /api/1/envelope/ HTTP/1.1\r\n")
        for _ in range(100):
            connection.sendall(b"X-Filler: " + b"x" * 4000 + b"\r\n")
            time.sleep(0.001)
        found = answers(connection)
        assert [status for status, _, _ in found] in ([431], [])


@pytest.mark.parametrize("header", ["X-Sentry-Auth", "User-Agent", "Content-Type", "Content-Encoding", "Authorization"])
def test_huge_header_values(web, header):
    body = envelope(event())
    found = ask(web, whole(web, body, key="" if header == "X-Sentry-Auth" else None, extra=[f"{header}: {'é' * 30_000}"]))
    assert found[0][0] in {200, 400, 401, 415}


def test_header_values_that_are_no_text(web):
    raw = whole(web, envelope(event()), extra=["User-Agent: \xff\xfe\x80", "Content-Type: \xff"])
    assert ask(web, raw)[0][0] == 200


@pytest.mark.parametrize(
    "query", ["sentry_key=" + "x" * 5000, "sentry_key=%00", "sentry_key=a&sentry_key=b", "&".join(["a=b"] * 500) + "&sentry_key=a"]
)
def test_queries_that_are_no_key(web, query):
    found = ask(web, whole(web, envelope(event()), key="", path=f"/api/{web.project.id}/envelope/?{query}") + good(web), 2)
    assert found[0][0] in {400, 401, 403}
    assert found[1][0] == 200


@pytest.mark.parametrize("key", ["0" * 32, "%s", "' OR 1=1 --", "é" * 10])
def test_keys_that_open_nothing(web, key):
    first, second = ask(web, whole(web, envelope(event()), key=key) + good(web), 2)
    assert first[0] in {400, 401, 403}
    assert second[0] == 200


def test_two_keys_that_differ(web):
    path = f"/api/{web.project.id}/envelope/?sentry_key={'1' * 32}"
    assert ask(web, whole(web, envelope(event()), path=path))[0][0] == 400


@pytest.mark.parametrize("project", ["0", "999999", "-1", "1e3", "%2e%2e", "9" * 400])
def test_projects_that_are_not_the_keys(web, project):
    first, second = ask(web, whole(web, envelope(event()), path=f"/api/{project}/envelope/") + good(web), 2)
    assert first[0] in {403, 404}
    assert second[0] == 200


def test_requests_in_one_go_are_answered_in_order(web):
    ids = [uuid.uuid4().hex for _ in range(30)]
    found = ask(web, b"".join(whole(web, envelope(event(event_id=one))) for one in ids), 30)
    assert [json.loads(body)["id"] for _, _, body in found] == ids


def test_a_body_byte_by_byte(web):
    with connected(web) as connection:
        for byte in good(web):
            connection.send(bytes([byte]))
        assert answers(connection)[0][0] == 200


def test_a_client_that_stops_listening_half_way(web):
    with connected(web) as connection:
        connection.sendall(good(web)[:-10])
        connection.shutdown(socket.SHUT_WR)
        assert answers(connection) == []


def test_a_client_that_shuts_its_side_after_the_request(web):
    with connected(web) as connection:
        connection.sendall(good(web))
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(30)
        found = answers(connection)
    assert [status for status, _, _ in found] in ([200], [])


def test_clients_that_go_away(web):
    for part in (0, 10, 100, 300):
        with connected(web) as connection:
            connection.sendall(good(web)[:part])
    for _ in range(20):
        with connected(web) as connection:
            connection.sendall(good(web))
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")  # RST


def test_many_idle_connections(web):
    with contextlib.ExitStack() as stack:
        for _ in range(200):
            stack.enter_context(connected(web)).sendall(head(web, length=100))
        assert ask(web, good(web))[0][0] == 200


def test_expect_continue(web):
    body = envelope(event())
    with connected(web) as connection:
        connection.sendall(head(web, length=len(body), extra=["Expect: 100-continue"]))
        assert connection.recv(100).startswith(b"HTTP/1.1 100")
        connection.sendall(body)
        assert answers(connection)[0][0] == 200


def test_close_is_honoured(web):
    with connected(web) as connection:
        connection.sendall(whole(web, envelope(event()), extra=["Connection: close"]))
        ((status, headers, _),) = answers(connection)
        assert (status, headers["connection"]) == (200, "close")
        assert connection.recv(1) == b""


def test_http_1_0(web):
    request = whole(web, envelope(event())).replace(b"HTTP/1.1", b"HTTP/1.0")
    with connected(web) as connection:
        connection.sendall(request)
        assert answers(connection)[0][0] == 200
        assert connection.recv(1) == b""


def test_an_upgrade_is_not_followed(web):
    found = ask(web, whole(web, envelope(event()), extra=["Connection: Upgrade", "Upgrade: websocket"]))
    assert [status for status, _, _ in found] in ([200], [400], [])


@pytest.mark.parametrize(
    "batch", [b'{"events":' + b"[" * 100_000, b'{"events":[' + b"0," * 500_000 + b"0]}", b'{"events":{}}', b"[]", b'{"events":[]}']
)
def test_batches_that_are_none(web, batch):
    first, second = ask(web, whole(web, batch, path="/api/v1/events", extra=["Content-Type: application/json"]) + good(web), 2)
    assert first[0] in {400, 413}
    assert second[0] == 200


def test_the_query_api_is_still_there_and_the_server_says_no_name(web):
    ((status, headers, _),) = ask(web, head(web, method="GET", path="/api/v1/openapi.json", key=""))
    assert status == 200
    assert "server" not in headers
    assert ask(web, head(web, method="GET", path="/api/v1/nothing", key=""))[0][0] == 404


def test_after_all_that_the_sums_hold(web):
    """Last in this file: it looks at what all others (of this worker) left."""
    time.sleep(1.5)  # refusals are flushed each second
    reader = event_log_reader(web.settings)
    stored = []
    while found := reader.read(0, len(stored)):
        stored += found
    reader.close()
    sums = counted(stored)
    assert sums["error", "received"] == sums["error", "stored"] + sums.get(("error", "invalid"), 0)
    assert "Traceback" not in web.output
