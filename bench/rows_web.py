"""The web process under load: its memory at saturation over minutes, and what accepting takes while people use the dashboard."""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil

from bench.load import LoadProcess, LoadReport
from bench.measure import percentile, process_cpu_seconds
from seiche.testing.product import Product
from seiche.testing.web import WebProcess

ROUND_EVENTS = 10_000
"""Prepared once and sent around and around: making an event takes longer than accepting it."""
SAMPLE_SECONDS = 10.0
PEOPLE = 4
THINKING_SECONDS = 0.25
"""Between one's calls: more than people do, so that queries run all the time."""

Line = tuple[str, str, str, str]


def measure_soak(seconds: float, connections: int) -> list[Line]:
    """`seiche web` alone, as much as it takes, nothing behind the log: some 7 GB of log for 10 minutes."""
    with tempfile.TemporaryDirectory(prefix="seiche-bench-") as folder, WebProcess(Path(folder) / "data") as web:

        def prepared(for_seconds: float) -> LoadProcess:
            report = Path(folder) / "report.json"
            return LoadProcess(web.dsn, report, count=ROUND_EVENTS, connections=connections, seconds=for_seconds, around=True)

        warm, load = prepared(SAMPLE_SECONDS), prepared(seconds)
        warm.start()
        warm.finish()
        with _sampled(web.pid) as samples:
            cpu = process_cpu_seconds(web.pid)
            load.start()
            report = load.finish(timeout_seconds=seconds + 120)
            used = process_cpu_seconds(web.pid) - cpu
    accepted = sum(one.status == 200 for one in report.sent)
    sizes = [size / 1e6 for _, size in samples]
    per_minute = max(1, round(60 / SAMPLE_SECONDS))
    first, last = sizes[:per_minute], sizes[-per_minute:]
    growth = _slope([at / 600 for at, _ in samples], sizes)
    each = f"{accepted / report.seconds:.0f}/s, {1e6 * used / max(1, accepted):.0f} us CPU each"
    about = f"{accepted} events in {report.seconds:.0f} s ({each}), refused {len(report.sent) - accepted}"
    return [
        ("memory (PSS) of web at saturation, highest", f"{max(sizes):.0f} MB", "200 MB", f"{about}; {connections} connections"),
        ("  its first and its last minute", f"{_mean(first):.0f}, {_mean(last):.0f} MB", "flat", f"every {SAMPLE_SECONDS:.0f} s"),
        ("  growth by the line through all samples", f"{growth:+.1f} MB/10 min", "", " ".join(f"{size:.0f}" for size in sizes)),
    ]


def measure_busy(product: Product, rate: float, seconds: float, connections: int) -> list[Line]:
    """The same open-loop load twice: with the dashboard at rest, and with some people whose pages ask all the time."""
    rows = []
    for what, people in (("at rest", 0), ("in use", PEOPLE)):
        with _people(product, people) as answered:
            report = _load(product.dsn(), connections, count=int(rate * seconds), rate=rate, seconds=seconds + 30)
        taken_ms = [1000 * (one.answered - one.due) for one in report.sent if one.status == 200]
        refused = len(report.sent) + report.unsent - len(taken_ms)
        spread = "/".join(f"{percentile(taken_ms, part):.0f}" for part in (50, 99, 99.9))
        note = f"p50/p99/p99.9 of {len(taken_ms)} at {rate:.0f}/s, {connections} connections, other answers {refused}"
        if answered:
            calls = "/".join(f"{1000 * percentile(answered, part):.0f}" for part in (50, 95))
            note += f"; {people} people: {len(answered)} calls, p50/p95 {calls} ms"
        rows.append((f"accept over HTTP, dashboard {what}", f"{spread} ms", "p99 50 ms", note))
        product.drain(timeout_seconds=300)
    return rows


@contextmanager
def _sampled(pid: int) -> Iterator[list[tuple[float, int]]]:
    """(seconds since the beginning, PSS in bytes) of a process, until the block ends."""
    found: list[tuple[float, int]] = []
    stop, process, began = threading.Event(), psutil.Process(pid), time.monotonic()

    def sample() -> None:
        while True:
            found.append((time.monotonic() - began, process.memory_full_info().pss))
            if stop.wait(SAMPLE_SECONDS):
                return

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield found
    finally:
        stop.set()
        thread.join()


@contextmanager
def _people(product: Product, number: int) -> Iterator[list[float]]:
    """Some who look at list, search, an issue, its events and figures in turn; the seconds of each answer."""
    taken: list[float] = []
    stop = threading.Event()
    threads = [threading.Thread(target=_browse, args=(product, stop, taken)) for _ in range(number)]
    for thread in threads:
        thread.start()
    try:
        yield taken
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _browse(product: Product, stop: threading.Event, taken: list[float]) -> None:
    project, headers = f"/api/v1/projects/{product.slug}", {"Authorization": product.api.headers["Authorization"]}
    with httpx.Client(base_url=product.url, headers=headers, timeout=60) as client:
        issue = client.get(f"{project}/issues").raise_for_status().json()["items"][0]["id"]
        pages: tuple[Callable[[], httpx.Response], ...] = (
            lambda: client.get(f"{project}/issues"),
            lambda: client.get(f"{project}/issues", params={"query": "checkout"}),
            lambda: client.get(f"/api/v1/issues/{issue}"),
            lambda: client.get(f"/api/v1/issues/{issue}/events"),
            lambda: client.get(f"/api/v1/issues/{issue}/events/latest"),
            lambda: client.get(f"{project}/stats", params={"hours": 24}),
        )
        number = 0
        while not stop.wait(THINKING_SECONDS):
            began = time.perf_counter()
            pages[number % len(pages)]().raise_for_status()
            taken.append(time.perf_counter() - began)
            number += 1


def _load(dsn: str, connections: int, **flags: float) -> LoadReport:
    with tempfile.TemporaryDirectory() as folder:
        process = LoadProcess(dsn, Path(folder) / "report.json", connections=connections, **flags)
        process.start()
        return process.finish(timeout_seconds=900)


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _slope(xs: list[float], ys: list[float]) -> float:
    """Of the line that fits best; 0 for fewer than two points."""
    if len(xs) < 2:
        return 0.0
    x, y = _mean(xs), _mean(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / sum((a - x) ** 2 for a in xs)
