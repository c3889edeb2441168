"""A real `seiche web` of its own, without the other processes, for tests and benchmarks of ingest."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from seiche.registry.projects import ProjectInfo, create_project, dsn
from seiche.settings import Settings, load_settings
from seiche.testing.olap import free_port
from seiche.wiring import registry_engine

READY_SECONDS = 60.0
STOP_SECONDS = 15.0


class WebProcess:
    """Use it as a context manager: ready when entered, ended when left. A second start finds the first one's data and port."""

    def __init__(self, data: Path, *, env: Mapping[str, str] | None = None) -> None:
        from seiche.cli.supervisor.prepare import make_directory, make_registry, make_secrets

        make_directory(data)
        self.settings: Settings = load_settings(data=data, port=free_port())
        make_registry(self.settings, make_secrets(data))
        self.project: ProjectInfo = create_project(registry_engine(self.settings.registry_url), "Web")
        self._env = {name: value for name, value in os.environ.items() if not name.startswith("SEICHE_")} | dict(env or {})
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Without a trailing slash."""
        return self.settings.base_url

    @property
    def dsn(self) -> str:
        """Of its one project."""
        return dsn(self.url, self.project.public_key, self.project.id)

    @property
    def pid(self) -> int:
        """Of the running process."""
        if self._process is None:
            raise RuntimeError("the web process is not running")
        return self._process.pid

    @property
    def output(self) -> str:
        """What it logged so far."""
        return (self.settings.data / "web.out").read_text(errors="replace")

    def start(self) -> None:
        """Start it, and wait until it is ready."""
        argv = [sys.executable, "-m", "seiche.cli.main", "web", "--data", str(self.settings.data), "--port", str(self.settings.port)]
        with (self.settings.data / "web.out").open("ab") as output:
            self._process = subprocess.Popen(argv, env=self._env, stdin=subprocess.DEVNULL, stdout=output, stderr=output)  # noqa: S603 - our own program
        deadline = time.monotonic() + READY_SECONDS
        while True:
            try:
                if httpx.get(f"{self.url}/health/ready", timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                pass  # not listening yet
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"`seiche web` did not become ready: {self.output[-3000:]}")
            time.sleep(0.05)

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> int:
        """SIGKILL; the exit code."""
        return self._end(signal.SIGKILL)

    def wait(self, timeout_seconds: float = STOP_SECONDS) -> int:
        """Until it ends by itself; the exit code."""
        process, self._process = self._process, None
        if process is None:
            raise RuntimeError("the web process is not running")
        try:
            return process.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise

    def _end(self, number: signal.Signals) -> int:
        if self._process is None:
            return 0
        self._process.send_signal(number)
        return self.wait()
