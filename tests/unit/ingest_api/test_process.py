"""`seiche web` as a process: how it starts, ends, dies, and what it serves beside ingest."""

import asyncio
import contextlib
import gc
import http.client
import json
import re
import socket
from contextlib import asynccontextmanager

import httpx
import pytest

from query_api.app import describe
from seiche.backends.embedded.log.tail import Tail
from seiche.cli.web_process import listen, serve, with_dashboard
from seiche.errors import ConfigurationError, SeicheError
from seiche.testing.web import WebProcess
from seiche.wiring import event_log_reader
from tests.unit.ingest_api.world import counted, envelope, event


@pytest.fixture
def web(tmp_path):
    with WebProcess(tmp_path / "data") as running:
        yield running


def logged(web):
    reader = event_log_reader(web.settings)
    found = []
    while batch := reader.read(0, len(found)):
        found += batch
    reader.close()
    return found


def request(web, body):
    path = f"/api/{web.project.id}/envelope/?sentry_key={web.project.public_key}"
    return f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def test_what_is_in_flight_at_sigterm_is_answered_and_refusals_are_flushed(web):
    whole = request(web, envelope(event()))
    with socket.create_connection(("127.0.0.1", web.settings.port), timeout=30) as connection, connection.makefile("rb") as answers:
        connection.sendall(request(web, b"garbage") + whole[:-30])
        assert status(answers) == 400
        process = web._process
        process.terminate()
        connection.sendall(whole[-30:])
        assert status(answers) == 200
        assert web.wait() == 0
    assert counted(logged(web)) == {("error", "received"): 2, ("error", "stored"): 1, ("error", "invalid"): 1}
    assert "Traceback" not in web.output
    web.start()  # the same data, the same port
    assert httpx.post(f"{web.url}/api/v1/events", json={"events": [event()]}, headers=auth(web)).status_code == 200


def status(answers):
    """Of the next answer, which is read to its end: head and body may come apart."""
    code = int(answers.readline().split()[1])
    answers.read(int(http.client.parse_headers(answers)["Content-Length"]))
    return code


def auth(web):
    return {"X-Sentry-Auth": f"Sentry sentry_key={web.project.public_key}"}


def test_kill_9_after_a_mixed_batch_loses_neither_side(web):
    answer = httpx.post(f"{web.url}/api/v1/events", json={"events": [event(), 1, event(), 2]}, headers=auth(web))
    web.kill()
    assert answer.status_code == 207
    assert counted(logged(web)) == {("error", "received"): 4, ("error", "stored"): 2, ("error", "invalid"): 2}


def test_one_port_for_everything(web):
    large = [event(message="x" * 1000) for _ in range(500)]
    assert httpx.post(f"{web.url}/api/v1/events", json={"events": large}, headers=auth(web)).status_code == 200
    too_large_for_the_query_api = httpx.post(f"{web.url}/api/v1/auth/login", content=b"x" * 300_000)
    assert too_large_for_the_query_api.status_code == 413
    assert httpx.get(f"{web.url}/api/v1/openapi.json").json()["info"]["title"] == "Seiche query API"
    assert httpx.get(f"{web.url}/api/ingest/openapi.json").json()["info"]["title"] == "Seiche ingest"
    assert httpx.get(f"{web.url}/api/v1/projects").status_code == 401
    page = httpx.get(f"{web.url}/")
    assert page.headers["content-type"].startswith("text/html")
    assert "script-src 'self'" in page.headers["content-security-policy"]


def test_a_second_writer_is_refused(web):
    with listen("127.0.0.1", 0) as listener, pytest.raises(ConfigurationError, match=str(web.pid)):
        asyncio.run(serve(web.settings, listener))


def test_a_port_in_use_is_named():
    with listen("127.0.0.1", 0) as held:
        port = held.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"port {port} of 127.0.0.1"):
            listen("127.0.0.1", port)
    with pytest.raises(ConfigurationError, match="no address"):
        listen("nowhere.invalid", 8000)


@asynccontextmanager
async def serving(settings):
    """The process's own server in this process: (its address, its task)."""
    listener = listen("127.0.0.1", 0)
    task = asyncio.create_task(serve(settings, listener))
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=30) as client:
            while not task.done():
                with contextlib.suppress(httpx.TransportError):
                    if (await client.get("/health/ready")).status_code == 200:
                        break
                await asyncio.sleep(0.05)
            yield client, task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, SeicheError):
            await task
        listener.close()


@pytest.fixture
def collecting():
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)
    gc.enable()


def test_a_dead_writer_takes_the_process_with_it(installation, monkeypatch, collecting):
    settings, _, project = installation

    def dies(*_):
        raise ZeroDivisionError("a fault of the writer")

    async def play():
        async with serving(settings) as (client, task):
            monkeypatch.setattr(Tail, "append", dies)
            answer = await client.post(f"/api/{project.id}/envelope/?sentry_key={project.public_key}", content=envelope(event()))
            assert answer.status_code == 503
            assert answer.headers["retry-after"]
            await task

    with pytest.raises(SeicheError, match="a fault of the writer"):
        asyncio.run(play())


def test_requests_leave_no_rings_for_the_collector(installation, collecting):
    """A ring a request, and the collector stops everything for 80 ms every 2,000 events, while their bodies stay in memory."""
    settings, _, project = installation
    requests = 50

    async def play():
        async with serving(settings) as (client, _):
            reader, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)

            async def send(count):
                for _ in range(count):
                    body = envelope(event())
                    path = f"/api/{project.id}/envelope/?sentry_key={project.public_key}"
                    writer.write(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
                    head = await reader.readuntil(b"\r\n\r\n")
                    assert head.startswith(b"HTTP/1.1 200")
                    await reader.readexactly(int(re.search(rb"content-length: (\d+)", head)[1]))

            await send(3)
            gc.collect()
            gc.disable()
            await send(requests)
            found = gc.collect()
            writer.close()
            return found

    assert asyncio.run(play()) < requests


@pytest.fixture
def dist(tmp_path):
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>Seiche</title>")
    (folder / "favicon.svg").write_text("<svg/>")
    (folder / "assets" / "index-abc123.js").write_text("export {}")
    (tmp_path / "secret").write_text("not for you")
    return folder


def dashboard(dist):
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=with_dashboard(describe(), dist)), base_url="http://dashboard")


@pytest.mark.anyio
async def test_the_dashboards_files(dist):
    async with dashboard(dist) as client:
        for path in ("/", "/issues/17", "/projects/shop/issues", "/index.html"):
            page = await client.get(path)
            assert (page.status_code, page.headers["cache-control"]) == (200, "no-cache"), path
            assert "<title>Seiche</title>" in page.text
            assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        script = await client.get("/assets/index-abc123.js")
        assert "immutable" in script.headers["cache-control"]
        assert script.headers["content-type"].startswith("text/javascript")
        assert (await client.get("/favicon.svg")).headers["cache-control"] == "no-cache"
        for path in ("/assets/index-gone.js", "/missing.png", "/health/nothing", "/metrics/x", "/api", "/api/nothing", "/api/v1/nothing"):
            assert (await client.get(path)).status_code == 404, path
        refused = await client.post("/issues/17")
        assert (refused.status_code, json.loads(refused.content)["code"]) == (405, "method_not_allowed")


@pytest.mark.anyio
@pytest.mark.parametrize(
    "path", ["/../secret", "/%2e%2e/secret", "/assets/../../secret", "/assets/%2e%2e%2f%2e%2e%2fsecret", "//etc/passwd", "/%00"]
)
async def test_no_file_beside_the_dashboards(dist, path):
    async with dashboard(dist) as client:
        answer = await client.get(path)
        assert "not for you" not in answer.text
        assert "root:" not in answer.text
        assert answer.status_code in {200, 404}


@pytest.mark.anyio
async def test_a_dashboard_that_is_not_built_says_how(tmp_path):
    async with dashboard(tmp_path / "nothing") as client:
        page = await client.get("/")
        assert page.status_code == 200
        assert "make dashboard" in page.text
        assert (await client.get("/issues/1")).status_code == 404
