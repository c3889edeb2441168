"""The whole product, an inbox, a webhook receiver, and programs that report through real SDKs."""

import http.server
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Self

import pytest
from aiosmtpd.controller import Controller
from playwright.sync_api import Browser, Page

from seiche.testing.olap import free_port
from seiche.testing.product import Product
from tests.flows.looks import SIZES, launched, silent_page
from tests.flows.shop import SHOP

NODE = Path(__file__).parent / "node"


class Inbox:
    """A mail server that keeps what it takes."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self._controller = Controller(self, hostname="127.0.0.1", port=free_port())
        self.port = self._controller.port

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()


class Receiver:
    """A webhook's other end: keeps headers and bodies."""

    def __init__(self) -> None:
        self.calls: list[tuple[dict[str, str], bytes]] = []
        calls = self.calls

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                calls.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="module")
def inbox() -> Iterator[Inbox]:
    with Inbox() as found:
        yield found


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with Receiver() as found:
        yield found


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory, inbox: Inbox) -> Iterator[Product]:
    env = {
        "SEICHE_ALERTS__MAIL__HOST": "127.0.0.1",
        "SEICHE_ALERTS__MAIL__PORT": str(inbox.port),
        "SEICHE_ALERTS__ALLOW_PRIVATE_WEBHOOKS": "true",
        # One canary some seconds after the start: it must be in no figure of these tests.
        "SEICHE_CANARY__ENABLED": "true",
        "SEICHE_CANARY__EVERY_SECONDS": "3600",
    }
    with Product(tmp_path_factory.mktemp("product"), without=("dagster", "ops"), env=env) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    yield from launched()


@pytest.fixture
def page(browser: Browser, product: Product) -> Iterator[Page]:
    """Signed in, as wide as a desk."""
    with silent_page(browser, product, viewport={"width": 1440, "height": SIZES[1440]}) as page:
        yield page


@pytest.fixture(scope="module")
def shop(product: Product, python_program: Callable[[str, str], None]) -> str:
    """The address of the list of a project with three issues; one has three events of three users."""
    python_program(SHOP, product.dsn())
    product.drain()
    return f"/projects/{product.slug}/issues"


def until(what: Callable[[], Any], seconds: float = 60.0) -> Any:
    """What `what` gives, as soon as it is something."""
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.1)
    return found


@pytest.fixture(scope="session", name="until")
def until_fixture() -> Callable[..., Any]:
    return until


@pytest.fixture(scope="session")
def python_program() -> Callable[[str, str], None]:
    """Run a program that reports through sentry-sdk, in a process of its own."""

    def run(code: str, dsn: str) -> None:
        done = subprocess.run([sys.executable, "-c", code, dsn], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr

    return run


@pytest.fixture(scope="session")
def node_program() -> Callable[..., dict[str, Any]]:
    """Run one of the programs in tests/flows/node; returns the JSON that it prints."""
    if not (NODE / "node_modules").is_dir():
        pytest.skip("@sentry/node is not installed: run `make npm-flows`")

    def run(name: str, *words: str) -> dict[str, Any]:
        done = subprocess.run(["node", name, *words], cwd=NODE, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found

    return run
