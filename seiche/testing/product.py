"""The whole product as people start it: `seiche up` as a process of its own, on free ports, in a folder of the test's choice."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import psutil
import sqlalchemy as sa

from seiche.cli.settle import settle
from seiche.cli.supervisor.logs import tail
from seiche.registry.projects import create_project, create_token
from seiche.settings import Settings, load_settings
from seiche.testing import servers
from seiche.wiring import read_run_file, registry_engine

READY_SECONDS = 180.0
QUIET = {"SEICHE_CANARY__ENABLED": "false"}
"""Tests count records to the last one; those that are about the canary say so in `env`."""
STOP_SECONDS = 15.0
PROJECT = "product"
POLL_SECONDS = 0.1


class Product:
    """Use it as a context manager: it waits until every process runs, and leaves none behind. A failed test shows the logs' ends."""

    def __init__(
        self,
        data: Path,
        *,
        without: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        flags: Sequence[str] = (),
        port: int = 0,
        profile: str | None = None,
    ) -> None:
        """`profile`: "embedded" or "production"; without it that of the run, `servers.profile()`."""
        self.data, self.slug = data.resolve(), PROJECT
        self._without, self._env, self._flags, self._port = tuple(without), {**QUIET, **(env or {})}, tuple(flags), port
        self.code: Path | None = None
        """A checkout whose code it runs at its next start; without one, that of the tests."""
        self._process: subprocess.Popen[bytes] | None = None
        self._database: AbstractContextManager[str] | None = None
        if (profile or servers.profile()) == "production":
            self._database = servers.fresh_database()
            self._env = {**servers.product_environment(self._database.__enter__()), **self._env}

    def settings(self) -> Settings:
        """The settings that its processes have."""
        return settings_from(self.data, self._env)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.show_logs()
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if error is not None:
            self.show_logs()
        self.stop()
        if self._database is not None:
            self._database.__exit__(None, None, None)
            self._database = None

    def start(self) -> None:
        """Start it, wait until every process that shall run runs, and make a project. A second start finds the first one's data."""
        argv = [sys.executable, "-m", "seiche.cli.main", "up", "--data", str(self.data), "--port", str(self._port), *self._flags]
        if self._without:
            argv += ["--without", ",".join(self._without)]
        self.data.mkdir(parents=True, exist_ok=True)
        with (self.data / "up.out").open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                argv, env=self._environment(), cwd=self.code, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        self.wait_until_ready()
        if "web" not in self._without:
            self._port = int(self.endpoints["web"].rsplit(":", 1)[1])  # SDKs of a first start find the second

    def _environment(self) -> dict[str, str]:
        # Settings of whoever runs the tests are not the test's.
        outside = {name: value for name, value in os.environ.items() if not name.startswith("SEICHE_")}
        return {**outside, **self._env}

    def wait_until_ready(self, timeout_seconds: float = READY_SECONDS) -> None:
        """Until no process is waiting, starting or restarting."""
        deadline = time.monotonic() + timeout_seconds
        while True:
            states = {name: told["state"] for name, told in self.processes().items()} if self._is_own_state() else {}
            if states and set(states.values()) <= {"running", "on demand"}:
                return
            if self._process is None or self._process.poll() is not None:
                raise RuntimeError(f"`seiche up` ended with {self._process and self._process.returncode}: {self.output()}")
            if time.monotonic() > deadline:
                raise TimeoutError(f"not ready after {timeout_seconds:g} s: {states}")
            time.sleep(POLL_SECONDS)

    def _is_own_state(self) -> bool:
        return self._process is not None and read_run_file(self.data / "run" / "state.json").get("pid") == self._process.pid

    @property
    def pid(self) -> int:
        """The supervisor's."""
        if self._process is None:
            raise RuntimeError("the product is not running")
        return self._process.pid

    def processes(self) -> dict[str, dict[str, Any]]:
        """What the supervisor says of each process."""
        found: dict[str, dict[str, Any]] = read_run_file(self.data / "run" / "state.json").get("processes", {})
        return found

    def process_pid(self, name: str) -> int:
        """The pid of one of its processes."""
        return int(self.processes()[name]["pid"])

    @property
    def endpoints(self) -> dict[str, Any]:
        """Where each process listens."""
        return read_run_file(self.data / "run" / "endpoints.json")

    @property
    def url(self) -> str:
        """Where people and SDKs connect."""
        return str(self.endpoints["web"])

    @property
    def account(self) -> tuple[str, str]:
        """(email, password) of the owner."""
        found = read_run_file(self.data / "secrets.json")
        return found["admin_email"], found["admin_password"]

    @cached_property
    def api(self) -> httpx.Client:
        """A client of the query API with a token of its own."""
        with self._registry() as engine:
            token = create_token(engine, "product")
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {token}"}, timeout=30)

    @cached_property
    def _project(self) -> dict[str, Any]:
        listed = self.api.get("/api/v1/projects").raise_for_status().json()
        if not any(project["slug"] == self.slug for project in listed):
            with self._registry() as engine:
                create_project(engine, self.slug, platform="python")
        found: dict[str, Any] = self.api.get(f"/api/v1/projects/{self.slug}").raise_for_status().json()
        return found

    def dsn(self) -> str:
        """Of the project `slug`, which is made at the first call."""
        return str(self._project["dsn"])

    def drain(self, timeout_seconds: float = 60) -> dict[str, int]:
        """What `seiche drain` does, without its start of a second: the sums. Raises where something is missing."""
        if self.code is not None:  # this process is of another version
            found: dict[str, int] = self.command("drain", "--timeout", f"{timeout_seconds:g}", "--json", limit_seconds=timeout_seconds + 60)
            return found
        settled = settle(self.settings(), timeout_seconds=timeout_seconds)
        if settled.problems:
            raise RuntimeError(f"not settled after {timeout_seconds:g} s: {settled.problems}; {settled.sums}")
        return settled.sums

    @contextmanager
    def _registry(self) -> Iterator[sa.Engine]:
        engine = registry_engine(self.settings().registry_url)
        try:
            yield engine
        finally:
            engine.dispose()

    def command(self, *words: str, limit_seconds: float = 60) -> Any:
        """Run a command of ours that prints JSON. Raises `RuntimeError` with what it said where it fails."""
        done = self.run(*words, limit_seconds=limit_seconds)
        if done.returncode != 0:
            raise RuntimeError(f"`seiche {' '.join(words)}` ended with {done.returncode}: {done.stdout}{done.stderr}")
        return json.loads(done.stdout)

    def run(self, *words: str, limit_seconds: float = 60) -> "subprocess.CompletedProcess[str]":
        """Run a command of ours on this data directory."""
        argv = [sys.executable, "-m", "seiche.cli.main", *words, "--data", str(self.data)]
        return subprocess.run(  # noqa: S603 - our own program
            argv, env=self._environment(), cwd=self.code, capture_output=True, text=True, timeout=limit_seconds, check=False
        )

    def stop(self) -> int:
        """SIGTERM; the exit code. Whatever is left after `STOP_SECONDS` is killed: a test that leaves processes behind has failed."""
        process, self._process = self._process, None
        if "api" in self.__dict__:
            self.__dict__.pop("api").close()
        self.__dict__.pop("_project", None)
        if process is None:
            return 0
        below = _below(process.pid)
        process.send_signal(signal.SIGTERM)
        try:
            return process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        finally:
            for left in below:
                if left.is_running():
                    left.kill()

    def output(self) -> str:
        """What `seiche up` printed."""
        path = self.data / "up.out"
        return path.read_text() if path.exists() else ""

    def show_logs(self) -> None:
        """The ends of all logs, for pytest's report."""
        for path in (self.data / "up.out", *sorted((self.data / "logs").glob("*.log"))):
            sys.stderr.write(f"---- {path.name}\n" + "\n".join(tail(path, 25)) + "\n")


def settings_from(data: Path, env: Mapping[str, str]) -> Settings:
    """The settings of a process with these variables, for a test that looks into the stores itself."""
    before = dict(os.environ)
    try:
        for name in [name for name in os.environ if name.startswith("SEICHE_")]:
            del os.environ[name]
        os.environ.update(env)
        return load_settings(data=data)
    finally:
        os.environ.clear()
        os.environ.update(before)


def _below(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
