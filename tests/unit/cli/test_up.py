"""Ports, the lock, leftovers, logs: what `up` settles before anything runs."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from seiche.cli.supervisor import leftovers, logs, plan, ports
from seiche.cli.supervisor.files import replace_json
from seiche.cli.supervisor.forked import forked
from seiche.cli.supervisor.lock import only_one
from seiche.errors import ConfigurationError, NotFound
from seiche.settings import load_settings

HOLD = """
import sys, time
from pathlib import Path
from seiche.cli.supervisor.lock import only_one
with only_one(Path(sys.argv[1])):
    print('held', flush=True)
    time.sleep(60)
"""


def test_a_second_up_is_refused_and_names_the_first(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout
        assert first.stdout.readline() == "held\n"
        with pytest.raises(ConfigurationError, match=f"pid {first.pid}"), only_one(tmp_path):
            pass
        first.kill()
    with only_one(tmp_path):
        assert (tmp_path / "run" / "up.lock").read_text() == f"{os.getpid()}\n"


def test_ports_follow_where_they_are_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"port {port}"):
            ports.own_port("127.0.0.1", port)
        chosen = ports.ports_after(port - 1)
        assert next(chosen) != port
    assert ports.own_port("127.0.0.1", 0) > 0


def test_endpoints(tmp_path: Path) -> None:
    settings = load_settings(data=tmp_path)
    chosen = plan.Ports("0.0.0.0", 8000, 8001, 8002, 8003, 8004)
    found = plan.endpoints(settings, chosen, {"ops"})
    assert found["web"] == "http://127.0.0.1:8000"
    assert found["olap"] == {"host": "127.0.0.1", "port": 8001}
    assert found["dagster"] == "http://127.0.0.1:8002"
    assert "ops" not in found
    assert found["public"].endswith(":8000")
    assert "0.0.0.0" not in found["public"]
    named = load_settings(data=tmp_path, public_url="https://errors.example.org/")
    assert plan.endpoints(named, chosen, ())["public"] == "https://errors.example.org"


def test_every_process_of_the_profile(tmp_path: Path) -> None:
    settings = load_settings(data=tmp_path)
    chosen = plan.Ports("127.0.0.1", 8000, 8001, 8002, 8003, 8004)
    names = [spec.name for spec in plan.processes(settings, chosen, ())]
    assert names == ["web", "olap", "alerts", "pipeline", "dagster-code", "dagster-web", "dagster-daemon", "ops"]
    assert [spec.name for spec in plan.processes(settings, chosen, {"dagster", "ops", "alerts"})] == ["web", "olap", "pipeline"]


def test_leftovers_of_a_killed_supervisor_end(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", "import time; time.sleep(60)"]
    with (
        subprocess.Popen(argv, env={**os.environ, "SEICHE_DATA": str(tmp_path)}) as ours,
        subprocess.Popen(argv, env={**os.environ, "SEICHE_DATA": "/somewhere/else"}) as foreign,
    ):
        told = {"web": {"pid": ours.pid}, "olap": {"pid": foreign.pid}, "ops": {"pid": None}}
        replace_json(tmp_path / "run" / "state.json", {"processes": told})
        assert leftovers.end_leftovers(tmp_path) == []
        assert ours.poll() is not None
        assert foreign.poll() is None
        foreign.kill()


def test_logs_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MAXIMUM_BYTES", 100)
    for turn in range(4):
        with logs.open_log(tmp_path, "web") as log:
            log.write(b"%d" % turn * 101)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["web.log", "web.log.1", "web.log.2"]
    assert (tmp_path / "web.log").read_bytes()[:1] == b"3"
    with logs.open_log(tmp_path, "alerts") as log:
        log.write(b"x" * 150)
        log.flush()
        logs.bound(tmp_path, "alerts")
        log.write(b"next")
    assert (tmp_path / "alerts.log").read_bytes() == b"next"
    assert (tmp_path / "alerts.log.1").read_bytes() == b"x" * 150
    assert logs.tail(tmp_path / "alerts.log") == ["next"]


def test_forked_hands_results_and_errors_over() -> None:
    assert forked(lambda: {"pid": os.getpid()}) != {"result": {"pid": os.getpid()}}
    assert forked(lambda: [1, "a"]) == [1, "a"]

    def fails() -> None:
        raise NotFound("nothing there")

    with pytest.raises(ConfigurationError, match="nothing there"):
        forked(fails)

    def breaks() -> None:
        raise ZeroDivisionError

    with pytest.raises(ConfigurationError, match="ended 1"):
        forked(breaks)


def test_files_are_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "run" / "state.json"
    for number in range(3):
        replace_json(path, {"number": number}, mode=0o600)
    assert json.loads(path.read_text()) == {"number": 2}
    assert list(path.parent.iterdir()) == [path]
    assert path.stat().st_mode & 0o777 == 0o600
