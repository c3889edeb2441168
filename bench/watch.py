"""Stop-watches from outside the product: when an issue is in the list, when its mail is in the inbox, when a search finds it."""

import re
import socket
import threading
import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, Self

import httpx
from aiosmtpd.controller import Controller

from seiche.errors import StoreUnavailable

NOVEL = re.compile(r"Novel\w+Error")


class Inbox:
    """An SMTP server on a free loopback port that notes when each novel error's mail came."""

    def __init__(self) -> None:
        self.arrived: dict[str, float] = {}
        self.port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Aiosmtpd calls this with each mail."""
        found = NOVEL.search(envelope.content.decode(errors="replace").replace("=\r\n", ""))
        if found:
            self.arrived.setdefault(found[0], time.time())
        return "250 OK"

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._controller.stop()


def free_port() -> int:
    """A loopback port that nobody listens on."""
    # aiosmtpd connects to its own address once, and so cannot be given port 0.
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class Poller:
    """Asks again and again in a thread, and notes when each name was first in the answer."""

    def __init__(self, ask: Callable[[], Iterable[str]], every_seconds: float) -> None:
        self.seen: dict[str, float] = {}
        self.errors: list[str] = []
        self._ask, self._every = ask, every_seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        while not self._stop.wait(self._every):
            try:
                found = list(self._ask())
            except (httpx.HTTPError, StoreUnavailable) as error:
                self.errors.append(str(error))
                continue
            now = time.time()
            for name in found:
                self.seen.setdefault(name, now)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()


def newest_issues(client: httpx.Client, slug: str) -> Callable[[], Iterable[str]]:
    """Ask for the newest issues, as the list page does."""

    def ask() -> Iterable[str]:
        answer = client.get(f"/api/v1/projects/{slug}/issues", params={"sort": "first_seen", "limit": 100})
        answer.raise_for_status()
        return [found[0] for item in answer.json()["items"] if (found := NOVEL.search(item["title"]))]

    return ask


def timed(times: int, call: Callable[[int], httpx.Response]) -> list[float]:
    """Seconds of each of `times` calls, after three that warm up."""
    seconds = []
    for number in range(-3, times):
        started = time.perf_counter()
        answer = call(number)
        elapsed = time.perf_counter() - started
        answer.raise_for_status()
        if number >= 0:
            seconds.append(elapsed)
    return seconds
