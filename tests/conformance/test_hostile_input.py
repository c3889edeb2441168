"""Every case of `hostile/` at a running `seiche web`: exact answer, memory bounded, the next good event taken, nothing taken and lost.

Figures (memory, time of the good event behind each) are printed and never asserted; the bound of memory is.
"""

import contextlib
import json
import resource
import socket
import time
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from lake import bronze
from lake.silver_rows import to_silver
from seiche.model.outcome import Tally
from seiche.model.project import ProjectConfig
from seiche.model.record import RecordKind
from seiche.protocol.codec import decode_body
from seiche.testing.web import WebProcess
from seiche.wiring import event_log_reader
from tests.conformance.hostile.cases import CASES, framed
from tests.conformance.hostile.raw import EVENT, RAW_CASES, head

GROWTH_BYTES = 512 << 20
"""What one request may add at its peak: a body of 100 MB unpacked, held twice, and the parts of a gigabyte that were not."""
QUIET_SECONDS = 0.5
SLOW, IDLE = 40, 3000
PAGE = Path(__file__).parents[2] / "docs" / "hostile-input.md"


@pytest.fixture(scope="module")
def web(tmp_path_factory):
    with WebProcess(tmp_path_factory.mktemp("hostile") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def seen():
    """What the accounts must hold in the end: stored by whom, refused for what."""
    return {"ids": [], "reasons": Counter(), "figures": {}}


def address(web):
    return {"path": f"/api/{web.project.id}/envelope/", "auth": f"X-Sentry-Auth: Sentry sentry_key={web.project.public_key}"}


def exchange(web, request, *, patience=20.0):
    """(status, body) of every answer until the server closes, or has said something and falls silent."""
    with socket.create_connection(("127.0.0.1", web.settings.port), timeout=patience) as connection:
        with contextlib.suppress(ConnectionError):  # an early answer may come before the last byte is out
            connection.sendall(request)
        received, found = b"", []
        with contextlib.suppress(ConnectionError, TimeoutError):
            while chunk := connection.recv(1 << 16):
                received += chunk
                found = taken_apart(received)
                if found:
                    connection.settimeout(QUIET_SECONDS)
        return found


def taken_apart(received):
    found = []
    while b"\r\n\r\n" in received:
        top, _, rest = received.partition(b"\r\n\r\n")
        status = int(top.split()[1])
        length = next((int(line.split(b":")[1]) for line in top.lower().split(b"\r\n") if line.startswith(b"content-length:")), len(rest))
        if len(rest) < length:
            break
        if status != 100:
            found.append((status, rest[:length]))
        received = rest[length:]
    return found


def peak(web, *, reset=False):
    if reset:
        Path(f"/proc/{web.pid}/clear_refs").write_text("5")
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{web.pid}/status").read_text().splitlines())
    return int(lines["VmHWM"].split()[0]) << 10


@pytest.fixture
def figures(web, seen, request):
    """The good event behind a case, and what the case cost."""
    before = peak(web, reset=True)
    yield
    grown = peak(web) - before
    begun = time.perf_counter()
    ((status, body),) = exchange(web, closing(web, framed(b'{"message":"good"}')))
    took_ms = (time.perf_counter() - begun) * 1000
    assert status == 200
    seen["ids"].append(json.loads(body)["id"])
    assert grown < GROWTH_BYTES
    seen["figures"][request.node.name] = (grown, took_ms)


def closing(web, body, *headers):
    return head(address(web), f"Content-Length: {len(body)}", "Connection: close", *headers) + body


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_hostile_input(web, seen, figures, case) -> None:
    path = "/api/v1/events" if case.endpoint == "events" else f"/api/{web.project.id}/{case.endpoint}/"
    body = case.body()
    lines = [f"Content-Length: {len(body)}", "Connection: close", *case.headers]
    if case.endpoint == "events":
        lines.append("Content-Type: application/json")
    ((status, answer),) = exchange(web, head(address(web), *lines, path=path) + body)
    told = json.loads(answer)
    assert (status, told.get("reason", "")) == (case.status, case.reason)
    if case.stored:
        seen["ids"].append(told["id"])
    else:
        assert told["detail"]
        seen["reasons"][case.reason] += 1


@pytest.mark.parametrize("case", RAW_CASES, ids=lambda case: case.name)
def test_hostile_http(web, seen, figures, case) -> None:
    found = exchange(web, case.request(address(web)))
    assert tuple(status for status, _ in found) == case.statuses
    ids = [json.loads(body)["id"] for status, body in found if status == 200]
    assert len(ids) == case.stored
    seen["ids"] += ids


def test_slow_clients_hold_up_nobody(web, seen, figures) -> None:
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(socket.create_connection(("127.0.0.1", web.settings.port), timeout=20)) for _ in range(SLOW)]
        request = closing(web, EVENT)
        for at in range(0, len(request), 30):
            for number, connection in enumerate(opened):
                # Half of them stop in the middle: of the head, of the body.
                if number % 2 or at + 30 < len(request) * number / SLOW:
                    connection.sendall(request[at : at + 30])
        for connection in opened[1::2]:
            received = b""
            while chunk := connection.recv(1 << 16):
                received += chunk
            ((status, body),) = taken_apart(received)
            assert status == 200
            seen["ids"].append(json.loads(body)["id"])


def test_idle_connections_hold_up_nobody(web, seen, figures) -> None:
    """Half have said what they will send, and do not; the others have said nothing."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.ExitStack() as stack:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 2 * IDLE)), hard))
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        for number in range(IDLE):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", web.settings.port), timeout=20))
            if number % 2:
                connection.sendall(head(address(web), "Content-Length: 1000"))
        ((status, body),) = exchange(web, closing(web, framed(b'{"message":"beside them"}')))
        assert status == 200
        seen["ids"].append(json.loads(body)["id"])


def test_clients_that_vanish(web, seen, figures) -> None:
    for at in range(0, len(closing(web, EVENT)), 40):
        with socket.create_connection(("127.0.0.1", web.settings.port), timeout=20) as connection:
            connection.sendall(closing(web, EVENT)[:at])
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")  # RST


def test_afterwards_nothing_is_lost_and_the_accounts_say_why(web, seen) -> None:
    """Last: of all cases that this process ran. What was stored goes on through bronze and silver, each row readable."""
    time.sleep(1.5)  # refusals are flushed each second
    reader = event_log_reader(web.settings)
    log = []
    while batch := reader.read(0, len(log)):
        log += batch
    reader.close()
    events = [one for one in log if one.record.kind == RecordKind.EVENT]
    assert Counter(one.record.event_id for one in events) == Counter(seen["ids"])
    reasons: Counter[str] = Counter()
    for one in log:
        if one.record.kind == RecordKind.OUTCOMES:
            for tally in msgspec.json.decode(decode_body(one.record), type=list[Tally]):
                if tally.outcome == "invalid":
                    reasons[tally.reason] += tally.quantity
    assert set(reasons) == set(seen["reasons"])
    assert all(reasons[reason] >= count for reason, count in seen["reasons"].items()), "a batch or envelope may declare several"
    silver = to_silver(bronze.to_table(events), set(), lambda _project, _version: ProjectConfig())
    assert silver["unprocessable"].null_count == len(events)
    assert "Traceback" not in web.output
    for name, (grown, took_ms) in seen["figures"].items():
        print(f"{grown >> 20:5} MB {took_ms:7.1f} ms  {name}")


def test_the_page_lists_every_case() -> None:
    rows = [line.split("|")[1].strip() for line in PAGE.read_text().splitlines() if line.startswith("| ") and "---" not in line]
    assert [case.name for case in (*CASES, *RAW_CASES) if case.name not in rows] == []
    assert len(CASES) + len(RAW_CASES) == len({case.name for case in (*CASES, *RAW_CASES)}) >= 60
