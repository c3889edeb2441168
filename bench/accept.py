"""What accepting one event costs: a real `seiche web` on loopback, reference events in gzip, nothing behind the log.

Usage: python -m bench.accept [--count N] [--connections N] [--rate N] [--seconds S] [--data DIR]. CPU is the web process's own; it is the
honest figure on a shared machine. Latency at a rate counts from when an event was due.
"""

import argparse
import tempfile
from pathlib import Path

from bench.load import LoadProcess, LoadReport
from bench.measure import percentile, process_cpu_seconds
from seiche.testing.web import WebProcess
from seiche.wiring import event_log_reader

WARM_UP = 2000


def run(web: WebProcess, name: str, **options: float | bool) -> str:
    """One line of the table. Raises where an answer was not 200, or the log does not hold exactly what was answered."""
    log = event_log_reader(web.settings)
    before = log.end_offset(0)
    load = LoadProcess(web.dsn, web.settings.data / "report.json", **options)
    cpu = process_cpu_seconds(web.pid)
    load.start()
    report = load.finish()
    used = process_cpu_seconds(web.pid) - cpu
    check(report, log.end_offset(0) - before)
    taken_ms = [(one.answered - one.due) * 1000 for one in report.sent]
    return (
        f"{name:<26} {len(taken_ms):>7} {len(taken_ms) / report.seconds:>9,.0f} {used / len(taken_ms) * 1e6:>9.0f} "
        f"{percentile(taken_ms, 50):>8.2f} {percentile(taken_ms, 99):>8.1f} {percentile(taken_ms, 99.9):>8.1f} {max(taken_ms):>8.1f}"
    )


def check(report: LoadReport, stored: int) -> None:
    """Raises `RuntimeError`."""
    refused = [one.status for one in report.sent if one.status != 200]
    if refused or not report.sent or stored != len(report.sent):
        raise RuntimeError(
            f"of {len(report.sent)} events {len(refused)} were not answered 200 ({refused[:5]}), and the log grew by {stored}"
        )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--rate", type=float, default=100)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--data", type=Path, default=None, help="where the log lies: a folder on the disk to be measured")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.data) as folder, WebProcess(Path(folder) / "data") as web:
        run(web, "warm-up", count=WARM_UP, connections=options.connections)
        print(f"{'load':<26} {'events':>7} {'events/s':>9} {'CPU us':>9} {'p50 ms':>8} {'p99 ms':>8} {'p99.9':>8} {'max':>8}")
        print(run(web, f"{options.connections} connections", count=options.count, connections=options.connections), flush=True)
        at_rate = int(options.rate * options.seconds)
        name = f"{options.rate:g}/s, {options.connections} connections"
        print(run(web, name, count=at_rate, rate=options.rate, connections=options.connections, seconds=options.seconds + 30))


if __name__ == "__main__":
    main()
