"""Sentry's own SDKs of other languages and versions, unmodified: what each sends comes back by the API with its fields intact.

Each program of tests/flows/clients does the same: an error with its cause, a message, a user, a tag, a context and a breadcrumb.
"""

import functools
import http.server
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

pytestmark = [pytest.mark.flow, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
SOURCE, BUILT = ROOT / "tests" / "flows" / "clients", ROOT / ".make" / "clients"
Sent = dict[str, Any]


def program(*words: str | Path) -> Callable[[str], Sent]:
    """Run one; it prints a line of JSON."""

    def run(dsn: str) -> Sent:
        done = subprocess.run([*words, dsn], capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        found: Sent = json.loads(done.stdout.splitlines()[-1])
        return found

    return run


def page(dsn: str) -> Sent:
    """In real Chromium, from another origin than the DSN's: preflight requests included."""
    from playwright.sync_api import sync_playwright

    (BUILT / "browser" / "index.html").write_text("<!doctype html><title>pier</title><script src=page.js></script>")
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    handler = functools.partial(Quiet, directory=BUILT / "browser")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, sync_playwright() as playwright:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        try:
            opened = browser.new_page()
            opened.goto(f"http://127.0.0.1:{server.server_port}/index.html?dsn={quote(dsn, safe='')}")
            found: Sent = opened.wait_for_function("window.sent", timeout=30_000).json_value()
        finally:
            browser.close()
            server.shutdown()
    return found


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@dataclass(frozen=True)
class Client:
    """What is told apart between them."""

    run: Callable[[str], Sent]
    sdk: str
    platform: str
    type: str
    value: str
    cause: str | None
    functions: tuple[str, ...]
    """Of the exception that was caught, in the order of calls."""


CLIENTS = {
    f"python-{major}": Client(
        program(BUILT / f"python-{major}" / "bin" / "python", SOURCE / "python" / "report.py"),
        f"sentry.python {major}.", "python", "RuntimeError", "cannot unload", "KeyError", ("<module>", "unload"),
    )
    for major in (1, 3)
} | {
    "go": Client(
        program(BUILT / "go"), "sentry.go ", "go", "*fmt.wrapError", "cannot unload: no weight", "*errors.errorString", ("main", "unload")
    ),
    "java": Client(
        program("java", "-cp", BUILT / "java" / "*", SOURCE / "java" / "Report.java"),
        "sentry.java ", "java", "IllegalStateException", "cannot unload", "NullPointerException", ("main", "unload"),
    ),
    "browser": Client(
        page, "sentry.javascript.browser ", "javascript", "TypeError",
        "Cannot read properties of undefined (reading 'toFixed')", None, ("unload", "weigh"),
    ),
}  # fmt: skip


@pytest.fixture(scope="module", params=CLIENTS)
def client(request):
    if not (BUILT / f"{request.param}.done").exists():
        if request.param.partition("-")[0] in os.environ.get("SEICHE_REQUIRE", "").split(","):
            pytest.fail(f"the {request.param} client is required and was not built: see .ci/install-clients")
        pytest.skip(f"the {request.param} client is not built: run `make clients`")
    return CLIENTS[request.param]


@pytest.fixture(scope="module")
def sent(product, client):
    found = client.run(product.dsn())
    product.drain()

    def read(name):
        return product.api.get(f"/api/v1/projects/{product.slug}/events/{found[name]}").raise_for_status().json()

    return {"error": read("eventId"), "message": read("messageId")}


def test_the_error_and_its_cause(client, sent) -> None:
    *causes, caught = sent["error"]["exceptions"]
    assert (caught["type"], caught["value"]) == (client.type, client.value)
    assert [cause["type"] for cause in causes] == ([client.cause] if client.cause else [])
    functions = [frame["function"].rpartition(".")[2] for frame in caught["frames"]]
    places = [functions.index(name) for name in client.functions]
    assert places == sorted(places)
    assert caught["frames"][places[-1]]["lineno"]


def test_who_where_and_what(client, sent) -> None:
    for event in sent.values():
        assert (event["platform"], event["release"], event["environment"], event["dist"]) == (
            client.platform,
            "harbour@3.0.1",
            "production",
            "7",
        )
        assert event["sdk"].startswith(client.sdk)
        assert (event["user"]["id"], event["user"]["email"], event["user"]["username"]) == ("12", "elif@example.org", "elif")
        assert dict(event["tags"])["quay"] == "north"
        assert (event["contexts"]["crane"]["load"], event["contexts"]["crane"]["driver"]) == (12, "Otto")
        (crumb,) = [crumb for crumb in event["breadcrumbs"] if crumb["message"] == "hook lowered"]
        assert (crumb["category"], crumb["level"], crumb["data"]) == ("crane", "info", {"metres": 4})
        if client.platform == "javascript":
            tags = dict(event["tags"])
            assert "Chrome" in tags["browser.name"]
            assert tags["os.name"] == "Linux"
            assert event["user"]["ip_address"] in ("127.0.0.1", "")
        else:
            assert event["server_name"] == "pier-2"


def test_the_message(client, sent) -> None:
    message = sent["message"]
    assert (message["title"], message["level"]) == ("crane needs grease", "warning")
    assert sent["error"]["level"] == "error"
