"""The whole process: it decides, reports once a second, and leaves cleanly."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from seiche.model.alert import Trigger
from seiche.registry.tables import Issue, OutboxRow

ROOT = Path(__file__).parents[3]


def start(bench, tmp_path, *, events: int) -> subprocess.Popen[bytes]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))}
    command = [sys.executable, str(Path(__file__).with_name("child.py")), str(tmp_path), str(bench.project.id), str(events)]
    return subprocess.Popen(command, env=environment, cwd=tmp_path, stderr=subprocess.DEVNULL)


def report(tmp_path) -> dict:
    try:
        return json.loads((tmp_path / "run" / "alerts.json").read_text())
    except FileNotFoundError:
        return {}


def test_it_decides_reports_and_stops_on_sigterm(bench, tmp_path) -> None:
    bench.rule(Trigger.NEW_ISSUE)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "endpoints.json").write_text(json.dumps({"web": "http://errors.test:8000/"}))
    process = start(bench, tmp_path, events=5)
    try:
        give_up = time.monotonic() + 60
        while report(tmp_path).get("deliveries", {}).get("retried") != 1:
            assert process.poll() is None
            assert time.monotonic() < give_up
            time.sleep(0.05)
        told = report(tmp_path)
        assert (told["offset"], told["lag"], told["pid"], told["counts"]["events"]) == (5, 0, process.pid, 5)
        (issue,) = bench.rows(Issue)
        (message,) = bench.rows(OutboxRow)
        assert (issue.count, message.payload["data"]["url"]) == (5, f"http://errors.test:8000/issues/{issue.id}")
        assert (message.state, message.attempts) == ("pending", 1)
        assert "cannot be resolved" in message.last_error
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
