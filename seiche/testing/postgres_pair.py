"""A Postgres primary with a synchronous standby, on loopback, for tests of a failover: what a managed service or Patroni does, by hand."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

from seiche.testing.olap import free_port

OWNER = "postgres"
"""Who runs it where the tests are root: Postgres refuses root."""
READY_SECONDS = 60.0
PRIMARY, STANDBY = "primary", "standby"


def programs() -> Path:
    """Where the newest installed Postgres keeps its programs. Raises `RuntimeError` where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise RuntimeError("PostgreSQL is not installed: run `make servers-install`")
    return found[-1].parent


class PostgresPair:
    """Use it as a context manager: it leaves neither a process nor a file behind.

    A commit is answered when both servers have it on disk, so that the standby has whatever was answered.
    """

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="seiche-postgres-"))
        self._ports = {PRIMARY: free_port(), STANDBY: free_port()}
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        try:
            self._open()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._close()

    @property
    def url(self) -> str:
        """As `registry.url` takes it: both servers, the primary first."""
        hosts = ",".join(f"127.0.0.1:{port}" for port in self._ports.values())
        return f"postgresql://postgres@{hosts}/postgres"

    def kill_primary(self) -> None:
        """`kill -9`, and wait until all its processes are gone."""
        process = self._running.pop(PRIMARY)
        below = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        process.wait()
        psutil.wait_procs(below, timeout=20)

    def promote(self) -> None:
        """Make the standby the primary; it has no standby of its own to wait for."""
        self.ask(STANDBY, "SELECT pg_promote(true, 60)")

    def ask(self, server: str, query: str) -> list[tuple[Any, ...]]:
        """Rows of a query put to one of the two."""
        import psycopg

        with psycopg.connect(f"postgresql://postgres@127.0.0.1:{self._ports[server]}/postgres", autocommit=True) as connection:
            return connection.execute(query).fetchall()

    def _open(self) -> None:
        if os.getuid() == 0:
            shutil.chown(self._folder, OWNER)
        self._call("initdb", "-D", self._data(PRIMARY), "-U", "postgres", "-A", "trust", "--locale=C.UTF-8", "-E", "UTF8")
        self._start(PRIMARY, "synchronous_standby_names=*")
        self._call(
            "pg_basebackup", "-h", "127.0.0.1", "-p", self._ports[PRIMARY], "-U", "postgres", "-D", self._data(STANDBY), "-R", "-c", "fast"
        )
        self._start(STANDBY, "synchronous_standby_names=")
        self._until(lambda: self.ask(PRIMARY, "SELECT sync_state FROM pg_stat_replication") == [("sync",)], "the standby follows")

    def _data(self, server: str) -> Path:
        return self._folder / server

    def _start(self, server: str, *settings: str) -> None:
        given = (
            "listen_addresses=127.0.0.1",
            f"unix_socket_directories={self._folder}",
            "shared_buffers=32MB",
            "max_connections=200",
            *settings,
        )
        argv = [str(programs() / "postgres"), "-D", str(self._data(server)), "-p", str(self._ports[server])]
        argv += [word for setting in given for word in ("-c", setting)]
        with (self._folder / f"{server}.log").open("ab") as log:
            self._running[server] = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **self._as_owner())  # noqa: S603 - installed from Debian

        def answers() -> bool:
            ready = [str(programs() / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self._ports[server])]
            return subprocess.run(ready, check=False, timeout=20).returncode == 0  # noqa: S603 - installed from Debian

        self._until(answers, f"the {server} answers")

    def _call(self, program: str, *words: str | int | Path) -> None:
        done = subprocess.run(  # noqa: S603 - installed from Debian
            [programs() / program, *map(str, words)], capture_output=True, text=True, check=False, timeout=120, **self._as_owner()
        )
        if done.returncode != 0:
            raise RuntimeError(f"{program} ended with {done.returncode}: {done.stderr}")

    def _as_owner(self) -> dict[str, Any]:
        return {"user": OWNER, "group": OWNER, "extra_groups": [], "cwd": self._folder} if os.getuid() == 0 else {"cwd": self._folder}

    def _until(self, is_met: Any, what: str) -> None:
        give_up = time.monotonic() + READY_SECONDS
        while not is_met():
            dead = {server: process.returncode for server, process in self._running.items() if process.poll() is not None}
            if dead or time.monotonic() > give_up:
                logs = "\n".join(path.read_text()[-2000:] for path in sorted(self._folder.glob("*.log")))
                raise RuntimeError(f"not within {READY_SECONDS:g} s: {what}; ended: {dead}\n{logs}")
            time.sleep(0.1)

    def _close(self) -> None:
        for process in self._running.values():
            process.send_signal(signal.SIGQUIT)  # at once: nobody needs what is in there
        for process in self._running.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._running.clear()
        shutil.rmtree(self._folder, ignore_errors=True)
