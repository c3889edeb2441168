"""A supervisor in a process of its own, over small real programs."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

PROGRAM = """
import json, sys
from pathlib import Path
from seiche.cli.supervisor.probes import listens
from seiche.cli.supervisor.spec import ProcessSpec, Stop
from seiche.cli.supervisor.supervisor import Supervisor

def say(text):
    print(text, flush=True)

specs = []
for item in json.loads(sys.stdin.readline()):
    more = {"after": tuple(item.get("after", ())), "stop": Stop[item.get("stop", "EDGE")], "nice": item.get("nice", 0)}
    if "listens" in item:
        more["ready"] = listens("127.0.0.1", item["listens"])
    if "on_demand" in item:
        more["on_demand"] = ("127.0.0.1", item["on_demand"])
    specs.append(ProcessSpec(item["name"], (sys.executable, "-u", "-c", item["code"]), **more))
say("clean" if Supervisor(specs, data=Path(sys.argv[1]), say=say).run() else "not clean")
"""


class Supervised:
    """What a test does with a running supervisor."""

    def __init__(self, data: Path, specs: list[dict[str, Any]]) -> None:
        self.data = data
        self.output = data / "supervisor.out"
        data.mkdir(parents=True, exist_ok=True)
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, str(data)], stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT, text=True
            )
        assert self.process.stdin
        self.process.stdin.write(json.dumps(specs) + "\n")
        self.process.stdin.close()
        self.seen: list[psutil.Process] = []

    def state(self, name: str) -> dict[str, Any]:
        try:
            return json.loads((self.data / "run" / "state.json").read_text())["processes"][name]
        except FileNotFoundError:
            return {"state": "", "pid": None, "restarts": 0}

    def until(self, what: Callable[[], Any], seconds: float = 15) -> Any:
        deadline = time.monotonic() + seconds
        while not (found := what()):
            assert time.monotonic() < deadline, f"not within {seconds} s: {self.output.read_text()}"
            time.sleep(0.02)
        return found

    def running(self, *names: str) -> None:
        for name in names:
            self.until(lambda name=name: self.state(name)["state"] == "running")
        self.seen += self.children()

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def log(self, name: str) -> str:
        path = self.data / "logs" / f"{name}.log"
        return path.read_text() if path.exists() else ""

    def stop(self, number: int = signal.SIGTERM) -> str:
        self.process.send_signal(number)
        self.process.wait(20)
        return self.output.read_text()

    def clean_up(self) -> None:
        if self.process.poll() is None:
            self.seen += self.children()
            self.process.kill()
            self.process.wait()
        for process in self.seen:
            if process.is_running():
                process.kill()


@pytest.fixture
def supervise(tmp_path: Path) -> Iterator[Callable[..., Supervised]]:
    started: list[Supervised] = []

    def start(*specs: dict[str, Any]) -> Supervised:
        started.append(Supervised(tmp_path / "data", list(specs)))
        return started[-1]

    yield start
    for one in started:
        one.clean_up()


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("SEICHE_")]:
        monkeypatch.delenv(name)
