"""Every process by itself, as on machines of its own: nothing in common but the configuration and the servers."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from seiche.settings import Settings
from seiche.testing.product import settings_from

READY_SECONDS = 150.0
STOP_SECONDS = 60.0


class Machines:
    """`seiche NAME` with a data directory of its own each. Whoever makes one calls `stop`."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder, self._given = folder, dict(environment)
        outside = {name: value for name, value in os.environ.items() if not name.startswith("SEICHE_")}
        self._environment = {**outside, **environment}
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def settings(self) -> Settings:
        """The operator's."""
        return settings_from(self.folder / "operator", self._given)

    def argv(self, machine: str, *words: str) -> list[str]:
        """Of a command of ours on this machine."""
        return [sys.executable, "-m", "seiche.cli.main", *words, "--data", str(self.folder / machine)]

    def start(self, machine: str, *words: str, code: Path | None = None, **environment: str) -> None:
        """Start a process there and return at once. `code`: a checkout whose program it is; without one, that of the tests."""
        with (self.folder / f"{machine}.out").open("ab") as output:
            self._running[machine] = subprocess.Popen(  # noqa: S603 - our own program
                self.argv(machine, *words),
                env={**self._environment, **environment},
                cwd=code,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    def run(self, *words: str, code: Path | None = None) -> "subprocess.CompletedProcess[str]":
        """A command of the operator's."""
        return subprocess.run(  # noqa: S603 - our own program
            self.argv("operator", *words), env=self._environment, cwd=code, capture_output=True, text=True, timeout=200, check=False
        )

    def command(self, *words: str, code: Path | None = None) -> Any:
        """The JSON that it prints. Raises `RuntimeError` where it fails."""
        done = self.run(*words, code=code)
        if done.returncode != 0:
            raise RuntimeError(done.stdout + done.stderr + self.said())
        return json.loads(done.stdout)

    def wait_until_ready(self, url: str) -> None:
        """Until a web process answers that it takes events."""
        deadline = time.monotonic() + READY_SECONDS
        while True:
            try:
                if httpx.get(f"{url}/health/ready", timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            if time.monotonic() > deadline:
                raise TimeoutError(f"{url} is not ready: {self.said()}")
            time.sleep(0.2)

    def said(self) -> str:
        """The ends of what all of them printed."""
        return "\n".join(f"---- {path.name}\n{path.read_text()[-2500:]}" for path in sorted(self.folder.glob("*.out")))

    def kill(self, machine: str) -> None:
        """`kill -9`."""
        process = self._running.pop(machine)
        process.kill()
        process.wait()

    def stop(self, *machines: str) -> dict[str, int]:
        """SIGTERM to these, or to all, and their exit codes; whoever does not end is killed."""
        stopping = {machine: self._running.pop(machine) for machine in machines or tuple(self._running)}
        for process in stopping.values():
            process.send_signal(signal.SIGTERM)
        ended = {}
        for machine, process in stopping.items():
            try:
                ended[machine] = process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                ended[machine] = process.wait()
        return ended
