"""A disk that syncs slowly, or not at all: ingest answers in bounded time and memory, and loses nothing that it took.

strace holds up, or fails, the fdatasync of a real `seiche web`: what the kernel does when a disk is overloaded or gone.
"""

import os
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from seiche.model.record import RecordKind
from seiche.testing.web import WebProcess
from seiche.wiring import event_log_reader

pytestmark = [pytest.mark.fault, pytest.mark.timeout(240)]
QUEUE = 20
CLIENTS = 120
GROWTH_BYTES = 128 << 20
BOUND_SECONDS = 45.0
"""The log gives up after 30 s and says that it does not know; nothing may wait longer than that and the machine's own slowness."""


@pytest.fixture
def web(tmp_path: Path) -> Iterator[WebProcess]:
    with WebProcess(tmp_path / "data", env={"SEICHE_LOG__QUEUE_RECORDS": str(QUEUE)}) as running:
        yield running


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=60, limits=httpx.Limits(max_connections=CLIENTS, max_keepalive_connections=0)) as found:
        yield found


@contextmanager
def sync_that(pid: int, what: str) -> Iterator[None]:
    """Every fdatasync of the process does `what`, until left."""
    strace = shutil.which("strace")
    if strace is None:
        if os.environ.get("SEICHE_REQUIRE"):
            pytest.fail("strace is required: run .ci/install-strace")
        pytest.skip("strace is not here: run .ci/install-strace as root")
    words = [strace, "-f", "-qq", "-o", os.devnull, "-e", "trace=fdatasync,fsync", "-e", f"inject=fdatasync,fsync:{what}", "-p", str(pid)]
    process = subprocess.Popen(words, stderr=subprocess.PIPE)
    try:
        deadline = time.monotonic() + 20
        while "TracerPid:\t0" in Path(f"/proc/{pid}/status").read_text():
            if process.poll() is not None or time.monotonic() > deadline:
                assert process.stderr is not None
                said = process.stderr.read().decode() if process.poll() is not None else "it does not attach"
                if os.environ.get("SEICHE_REQUIRE"):
                    pytest.fail(f"strace may not trace here: {said}")
                pytest.skip(f"strace may not trace here: {said}")
            time.sleep(0.05)
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)
        if process.stderr is not None:
            process.stderr.close()


def peak(web: WebProcess) -> int:
    return next(int(line.split()[1]) << 10 for line in Path(f"/proc/{web.pid}/status").read_text().splitlines() if line.startswith("VmHWM"))


def send(web: WebProcess, client: httpx.Client) -> tuple[int, str, float, str]:
    """(status, id, seconds, Retry-After)."""
    begun = time.monotonic()
    headers = {"Authorization": f"Bearer {web.project.public_key}"}
    answer = client.post(f"{web.url}/api/{web.project.id}/store/", json={"message": "x" * 2000}, headers=headers)
    return answer.status_code, answer.json().get("id", ""), time.monotonic() - begun, answer.headers.get("retry-after", "")


def storm(web: WebProcess, client: httpx.Client) -> list[tuple[int, str, float, str]]:
    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(lambda _: send(web, client), range(CLIENTS)))


def logged(web: WebProcess) -> Counter[str]:
    reader = event_log_reader(web.settings)
    found: Counter[str] = Counter()
    offset = 0
    while batch := reader.read(0, offset):
        found.update(one.record.event_id for one in batch if one.record.kind == RecordKind.EVENT)
        offset = batch[-1].offset + 1
    reader.close()
    return found


def test_a_disk_that_syncs_slowly_is_503_beyond_the_queue_and_what_waits_is_kept(web, client) -> None:
    first = send(web, client)
    before = peak(web)
    with sync_that(web.pid, "delay_enter=1500000"):
        answers = storm(web, client)
    taken, refused = [one for one in answers if one[0] == 200], [one for one in answers if one[0] == 503]
    assert len(taken) + len(refused) == CLIENTS
    assert len(taken) >= QUEUE // 2, "what waited is taken in the end"
    assert len(refused) >= CLIENTS - 3 * QUEUE, "a queue that has no end"
    assert all(int(one[3]) >= 1 for one in refused)
    assert max(one[2] for one in answers) < BOUND_SECONDS
    assert peak(web) - before < GROWTH_BYTES
    after = send(web, client)
    assert after[0] == 200
    assert logged(web) == Counter(one[1] for one in [first, *taken, after]), "only what was answered 200, each once"


def test_a_disk_that_is_gone_is_503_until_it_is_back(web, client) -> None:
    first = send(web, client)
    with sync_that(web.pid, "error=EIO"):
        answers = [send(web, client) for _ in range(3)]
        assert {one[0] for one in answers} == {503}
        assert all(int(one[3]) >= 1 and one[2] < BOUND_SECONDS for one in answers)
        assert httpx.get(f"{web.url}/health/live", timeout=10).status_code == 200
    deadline = time.monotonic() + 30
    while (after := send(web, client))[0] != 200:
        assert time.monotonic() < deadline, after
        time.sleep(0.2)
    stored = logged(web)
    assert stored[first[1]] == stored[after[1]] == 1
    assert not {one[1] for one in answers if one[1]} & set(stored)
