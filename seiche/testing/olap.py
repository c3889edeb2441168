"""A real `olap` process of its own in a temporary folder, for tests and benchmarks."""

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from seiche.backends.clickhouse import connect
from seiche.settings import OlapSettings, Settings, load_settings

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

OWN_PORTS = range(20_000, 32_000)
PROGRAM = """
import sys
from seiche.backends.embedded.olap import run
from seiche.settings import Settings
run(Settings.model_validate_json(sys.stdin.read()), port=int(sys.argv[1]))
"""


class OlapProcess:
    """Use it as a context manager; it leaves no process behind."""

    def __init__(self, data: Path, password: str = "right-password", olap: OlapSettings | None = None) -> None:
        data.mkdir(parents=True, exist_ok=True)
        (data / "secrets.json").write_text(json.dumps({"olap_password": password}))
        self.settings: Settings = load_settings(data=data, olap=olap or OlapSettings())
        self.password, self.port = password, free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """Of the running process."""
        if self._process is None:
            raise RuntimeError("the olap process is not running")
        return self._process.pid

    def start(self) -> None:
        """Start it on its port, and return at once: `client` waits."""
        self._process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(self.port)], stdin=subprocess.PIPE)  # noqa: S603 - our own interpreter and program
        if self._process.stdin is None:
            raise RuntimeError("no pipe to the olap process")
        with self._process.stdin as pipe:
            pipe.write(self.settings.model_dump_json().encode())

    def client(self, password: str | None = None) -> "Client":
        """Waits until it answers."""
        return connect(self.settings.olap, host="127.0.0.1", port=self.port, password=password or self.password, patience_seconds=20)

    def kill(self) -> None:
        """`kill -9`."""
        os.kill(self.pid, signal.SIGKILL)
        self.wait()

    def stop(self) -> int:
        """SIGTERM; returns the exit status."""
        if self._process is None:
            return 0
        self._process.terminate()
        return self.wait()

    def wait(self) -> int:
        """Until it has ended."""
        if self._process is None:
            return 0
        try:
            return self._process.wait(timeout=20)
        finally:
            if self._process.poll() is None:
                self._process.kill()
                self._process.wait()
            self._process = None


def free_port() -> int:
    """A port that nobody uses now, below those that the system gives to clients: one of these would be some connection's in a second."""
    while True:
        port = secrets.choice(OWN_PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
