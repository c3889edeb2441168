"""Starting in order, restarting, stopping in order, leaving nothing behind: with real processes."""

import os
import signal
import time
from pathlib import Path

import httpx
import psutil
import pytest

from seiche.testing.olap import free_port
from seiche.testing.processes import left

SLEEP = "import time; print('up'); time.sleep(600)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up'); time.sleep(600)"
PARENT = """
import subprocess, sys, time
subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])
print('up')
time.sleep(600)
"""
STOPPER = """
import signal, sys, time
from pathlib import Path
def end(*_):
    time.sleep({seconds})
    with open({path!r}, 'a') as file:
        file.write({name!r} + ' ')
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print('up')
time.sleep(600)
"""


def test_runs_reports_and_stops_cleanly(supervise) -> None:
    found = supervise({"name": "a", "code": SLEEP}, {"name": "b", "code": SLEEP})
    found.running("a", "b")
    children = found.children()
    assert {child.pid for child in children} == {found.state("a")["pid"], found.state("b")["pid"]}
    began = time.monotonic()
    said = found.stop()
    assert time.monotonic() - began < 5
    assert said.splitlines()[-1] == "clean"
    assert left(children) == []
    assert found.state("a")["state"] == "stopped"
    assert "up" in found.log("a")


def test_a_dead_child_comes_back_and_is_reported(supervise) -> None:
    found = supervise({"name": "a", "code": SLEEP})
    found.running("a")
    first = found.state("a")["pid"]
    os.kill(first, signal.SIGKILL)
    found.until(lambda: found.state("a")["restarts"] == 1 and found.state("a")["state"] == "running")
    assert found.state("a")["pid"] != first
    assert found.state("a")["last_exit"].startswith("by SIGKILL")
    said = found.stop()
    assert "a ended by SIGKILL" in said
    assert "a runs again" in said


def test_pauses_grow(supervise) -> None:
    found = supervise({"name": "broken", "code": "raise SystemExit(3)"})
    found.until(lambda: found.state("broken")["restarts"] == 3)
    said = found.stop()
    assert [f"again in {pause} s" in said for pause in ("0.25", "0.5", "1")] == [True] * 3
    assert "with code 3" in said


def test_one_waits_for_another(supervise) -> None:
    port = free_port()
    server = f"import socket, time; time.sleep(1); s = socket.create_server(('127.0.0.1', {port})); print('up'); time.sleep(600)"
    found = supervise({"name": "second", "code": SLEEP, "after": ["first"]}, {"name": "first", "code": server, "listens": port})
    found.until(lambda: found.state("first")["state"] == "starting")
    assert found.state("second")["state"] == "waiting"
    found.running("first", "second")


def test_stops_in_order(supervise, tmp_path) -> None:
    record = tmp_path / "order"
    specs = [
        {"name": name, "stop": stop, "code": STOPPER.format(path=str(record), name=name, seconds=seconds)}
        for name, stop, seconds in (("store", "STORE", 0), ("edge", "EDGE", 0.3), ("work", "WORK", 0.2))
    ]
    found = supervise(*specs)
    found.running("store", "edge", "work")
    found.until(lambda: all("up" in found.log(name) for name in ("store", "edge", "work")))
    found.stop()
    assert record.read_text().split() == ["edge", "work", "store"]


def test_what_ignores_sigterm_is_killed_in_time_and_named(supervise) -> None:
    found = supervise({"name": "stubborn", "code": STUBBORN}, {"name": "good", "code": SLEEP})
    found.running("stubborn", "good")
    found.until(lambda: "up" in found.log("stubborn"))
    pid = found.state("stubborn")["pid"]
    began = time.monotonic()
    said = found.stop()
    assert time.monotonic() - began < 10
    assert "killed: stubborn" in said
    assert said.splitlines()[-1] == "not clean"
    assert not psutil.pid_exists(pid)


def test_a_second_signal_does_not_wait(supervise) -> None:
    found = supervise({"name": "stubborn", "code": STUBBORN})
    found.running("stubborn")
    found.until(lambda: "up" in found.log("stubborn"))
    found.process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    began = time.monotonic()
    found.stop(signal.SIGINT)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_grandchildren_end_too(supervise, number) -> None:
    found = supervise({"name": "parent", "code": PARENT})
    found.running("parent")
    below = found.until(lambda: (children := found.children()) and len(children) == 2 and children)
    found.stop(number)
    assert left(below) == []


def test_orphans_of_a_killed_child_end_with_the_supervisor(supervise) -> None:
    found = supervise({"name": "parent", "code": PARENT})
    found.running("parent")
    below = found.until(lambda: (children := found.children()) and len(children) == 2 and children)
    os.kill(found.state("parent")["pid"], signal.SIGKILL)
    found.until(lambda: found.state("parent")["restarts"] == 1 and found.state("parent")["state"] == "running")
    found.stop()
    assert left(below) == []


def test_children_die_with_a_killed_supervisor(supervise) -> None:
    found = supervise({"name": "a", "code": SLEEP})
    found.running("a")
    children = found.children()
    found.process.kill()
    found.process.wait()
    gone, alive = psutil.wait_procs(children, timeout=5)
    assert not alive
    assert len(gone) == 1


def test_on_demand(supervise) -> None:
    port = free_port()
    server = f"""
import http.server
class Pages(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b'the real thing')
http.server.HTTPServer.allow_reuse_address = True
http.server.HTTPServer(('127.0.0.1', {port}), Pages).serve_forever()
"""
    found = supervise({"name": "pages", "code": server, "on_demand": port, "listens": port})
    found.until(lambda: found.state("pages")["state"] == "on demand")
    assert found.children() == []
    page = httpx.get(f"http://127.0.0.1:{port}/")
    assert page.status_code == 200
    assert "Starting" in page.text
    found.running("pages")
    assert httpx.get(f"http://127.0.0.1:{port}/").text == "the real thing"
    os.kill(found.state("pages")["pid"], signal.SIGKILL)
    found.until(lambda: found.state("pages")["state"] == "on demand")
    assert "starts again when somebody looks" in found.stop()


def test_a_bare_connection_starts_nothing(supervise) -> None:
    import socket

    port = free_port()
    found = supervise({"name": "pages", "code": SLEEP, "on_demand": port})
    found.until(lambda: found.state("pages")["state"] == "on demand")
    socket.create_connection(("127.0.0.1", port)).close()
    time.sleep(0.5)
    assert found.state("pages")["state"] == "on demand"


def test_what_may_wait_yields_the_processor(supervise) -> None:
    found = supervise({"name": "eager", "code": SLEEP}, {"name": "patient", "code": SLEEP, "nice": 10})
    found.running("eager", "patient")
    pids = {name: found.state(name)["pid"] for name in ("eager", "patient")}
    own = psutil.Process().nice()  # whoever runs the tests may have yielded already
    assert {name: psutil.Process(pid).nice() for name, pid in pids.items()} == {"eager": own, "patient": min(own + 10, 19)}
    group = Path(f"/proc/{pids['patient']}/autogroup")
    if group.exists():  # a kernel without CONFIG_SCHED_AUTOGROUP goes by the process alone
        assert group.read_text().split()[-1] == "10"
