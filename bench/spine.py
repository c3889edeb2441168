"""`make bench`: one table of what the whole product costs, measured from outside on the reference events (docs/measurements.md)."""

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from bench import corpus, measure, rows_live, rows_read, rows_start, rows_web
from bench.load import LoadProcess, LoadReport
from seiche.testing import servers
from seiche.testing.product import Product

DRAIN_SECONDS = 300


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    what: str
    measured: str
    must: str = ""
    note: str = ""


@dataclass(frozen=True)
class Options:
    """What the command line asks for."""

    events: int = 10_000
    rate: float = 100
    live_seconds: float = 30
    settle_seconds: float = 300
    connections: int = 32
    soak_seconds: float = 600
    web_connections: int = 64


def load(product: Product, count: int, **flags: float | bool) -> LoadReport:
    """Send `count` prepared events from a process of their own; preparing them is outside every figure."""
    with tempfile.TemporaryDirectory() as folder:
        process = LoadProcess(product.dsn(), Path(folder) / "report.json", count=count, seconds=600, **flags)
        process.start()
        return process.finish(timeout_seconds=900)


def throughput(options: Options) -> list[Row]:
    """Accept and end to end: saturated intake, then until everything is drained."""
    with (
        tempfile.TemporaryDirectory(prefix="seiche-bench-") as folder,
        Product(Path(folder), without=("dagster", "ops"), profile=servers.profile()) as product,
    ):
        load(product, 300, connections=options.connections)
        product.drain(timeout_seconds=DRAIN_SECONDS)
        tree, web = measure.Tree(product.pid), product.process_pid("web")
        lake, beside = servers.lake_folder(product.settings()), servers.cpu_seconds()
        lake_before = measure.folder_bytes(lake)
        cpu, web_cpu, started = tree.cpu_seconds(), measure.process_cpu_seconds(web), time.time()
        report = load(product, options.events, connections=options.connections)
        accepted = [item for item in report.sent if item.status == 200]
        first = min(item.due for item in accepted)
        web_used = measure.process_cpu_seconds(web) - web_cpu
        rows_live.wait_until_settled(product, 300 + len(accepted), timeout_seconds=DRAIN_SECONDS)
        seconds, used = time.time() - first, tree.cpu_seconds() - cpu
        settled = product.drain(timeout_seconds=DRAIN_SECONDS)
        latencies = [1000 * (item.answered - item.due) for item in accepted]
        lake_bytes = (measure.folder_bytes(lake) - lake_before) / len(accepted)
        olap_bytes = measure.folder_bytes(product.data / "olap") / settled["stored"]
        refused = len(report.sent) - len(accepted)
        note = f"{len(accepted)} events in {report.seconds:.1f} s, {options.connections} connections, other answers {refused}"
        return [
            Row("accept one event: CPU of the web process", f"{1e6 * web_used / len(accepted):.0f} us", "400 us", note),
            Row(
                "  intake alone (not a capacity)",
                f"{len(accepted) / report.seconds:.0f} events/s",
                "",
                f"p50 {measure.percentile(latencies, 50):.0f} ms, p99 {measure.percentile(latencies, 99):.0f} ms",
            ),
            Row(
                "end to end, drained", f"{len(accepted) / seconds:.0f} events/s", "500 events/s", f"{seconds:.1f} s from the first request"
            ),
            Row(
                "  CPU of the whole process tree",
                f"{1000 * used / len(accepted):.2f} ms/event",
                "1.8 ms",
                f"started {time.time() - started:.0f} s ago",
            ),
            *[
                Row(f"  CPU of {name} besides", f"{1000 * (seconds - beside[name]) / len(accepted):.2f} ms/event")
                for name, seconds in servers.cpu_seconds().items()
            ],
            Row("  CPU of the load generator (apart)", f"{1000 * report.cpu_seconds / len(accepted):.2f} ms/event"),
            Row(
                "bytes at rest per event in the lake",
                f"{lake_bytes:.0f} B",
                "3000 B",
                f"payload kept; ClickHouse and index besides: {olap_bytes:.0f} B",
            ),
        ]


def live(options: Options) -> list[Row]:
    """POST to issue visible, to mail, to searchable, at a steady rate."""
    return [Row(*row) for row in rows_live.measure_live(options.rate, options.live_seconds)]


def reads(options: Options) -> list[Row]:
    """The API under no load, over what `throughput` would have stored."""
    with (
        tempfile.TemporaryDirectory(prefix="seiche-bench-") as folder,
        Product(Path(folder), without=("dagster", "ops"), profile=servers.profile()) as product,
    ):
        load(product, options.events, connections=options.connections)
        product.drain(timeout_seconds=DRAIN_SECONDS)
        return [Row(*row) for row in rows_read.measure_reads(product, options.events)]


def fingerprint(_options: Options) -> list[Row]:
    """The pure part, in this process."""
    return [Row(*row) for row in rows_read.measure_fingerprint()]


def memory(options: Options) -> list[Row]:
    """PSS of the whole tree, some minutes after the events were drained, with Dagster and without."""
    rows = []
    for without, must in (((), "1600 MB"), (("dagster", "ops"), "1100 MB")):
        with (
            tempfile.TemporaryDirectory(prefix="seiche-bench-") as folder,
            Product(Path(folder), without=without, profile=servers.profile()) as product,
        ):
            load(product, options.events, connections=options.connections)
            product.drain(timeout_seconds=DRAIN_SECONDS)
            time.sleep(options.settle_seconds)
            found = measure.Tree(product.pid).pss_bytes()
        parts = ", ".join(f"{name} {size / 1e6:.0f}" for name, size in sorted(found.items(), key=lambda item: -item[1]))
        what = f"memory (PSS) {options.settle_seconds:.0f} s after {options.events} events, {'without' if without else 'with'} Dagster"
        rows.append(Row(what, f"{sum(found.values()) / 1e6:.0f} MB", must, parts))
    return rows


def soak(options: Options) -> list[Row]:
    """Memory of the web process while it takes all it can."""
    return [Row(*row) for row in rows_web.measure_soak(options.soak_seconds, options.web_connections)]


def busy(options: Options) -> list[Row]:
    """Accepting while the dashboard is used, over what `throughput` would have stored."""
    with tempfile.TemporaryDirectory(prefix="seiche-bench-") as folder, Product(Path(folder), without=("dagster", "ops")) as product:
        load(product, options.events, connections=options.connections)
        product.drain(timeout_seconds=DRAIN_SECONDS)
        return [Row(*row) for row in rows_web.measure_busy(product, options.rate, options.live_seconds, options.web_connections)]


def start(_options: Options) -> list[Row]:
    """First run and warm start of `make demo` in a fresh clone."""
    return [Row(*row) for row in rows_start.measure_start()]


ROWS: dict[str, Callable[[Options], list[Row]]] = {
    "fingerprint": fingerprint,
    "throughput": throughput,
    "live": live,
    "reads": reads,
    "memory": memory,
    "start": start,
    "soak": soak,
    "busy": busy,
}
DEFAULT_ROWS = ("fingerprint", "throughput", "live", "reads", "memory")


def header(sizes: dict[str, object]) -> list[str]:
    """What was measured with, and on."""
    memory_gib = psutil.virtual_memory().total >> 30
    return [
        "corpus: bench/corpus.py, seed 1, caught from the unmodified sentry-sdk: "
        + ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in sizes.items()),
        f"machine: {os.cpu_count()} cores, {memory_gib} GiB, Python {platform.python_version()}, load before {os.getloadavg()[0]:.1f}",
    ]


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", choices=[[], *ROWS], default=list(DEFAULT_ROWS))
    parser.add_argument("--events", type=int, default=Options.events)
    parser.add_argument("--rate", type=float, default=Options.rate)
    parser.add_argument("--live-seconds", type=float, default=Options.live_seconds)
    parser.add_argument("--settle-seconds", type=float, default=Options.settle_seconds)
    parser.add_argument("--soak-seconds", type=float, default=Options.soak_seconds)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    options = Options(
        events=asked.events,
        rate=asked.rate,
        live_seconds=asked.live_seconds,
        settle_seconds=asked.settle_seconds,
        soak_seconds=asked.soak_seconds,
    )
    sizes = corpus.sizes(corpus.payloads())
    about = header(sizes)
    if not asked.json:
        print("\n".join(about), flush=True)
        print(f"\n{'what':72} {'measured':>16} {'must reach':>13}  note")
    measured: dict[str, list[dict[str, str]]] = {}
    for name in asked.rows:
        rows = ROWS[name](options)
        measured[name] = [asdict(row) for row in rows]
        if not asked.json:
            for row in rows:
                print(f"{row.what:72} {row.measured:>16} {row.must:>13}  {row.note}", flush=True)
    if asked.json:
        print(json.dumps({"corpus": sizes, "about": about, "rows": measured}, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
