"""What a durable append costs: producers that each wait for their own record, on the event log of the embedded profile.

Usage: python -m bench.append [--seconds S] [--bytes N] [--data DIR]. The second table gives the event loop work between appends, as
ingest does: the writer's thread then competes for the interpreter, which is what a real server sees.
"""

import argparse
import asyncio
import os
import resource
import tempfile
import time
from pathlib import Path

from bench.measure import percentile
from seiche.backends.embedded.event_log import SqliteEventLogReader, SqliteEventLogWriter
from seiche.model.record import LogRecord, RecordKind
from seiche.settings import LogSettings

RECORD_BYTES = 5400
"""A reference event, gzip (reference: 36 KB of JSON)."""
PRODUCERS = (1, 8, 64)
WORK_US = 120
"""What ingest does for one event on the event loop, about."""


async def measure(folder: Path, producers: int, body_bytes: int, seconds: float, work_us: float) -> str:
    """One line of the table. Every record's time is taken by its own producer."""
    body = os.urandom(body_bytes)
    record = LogRecord(kind=RecordKind.EVENT, received_at_us=time.time_ns() // 1000, project_id=1, event_id="0" * 32, received=1, body=body)
    taken_ms: list[float] = []
    async with SqliteEventLogWriter(folder, LogSettings()) as writer:
        ends = time.perf_counter() + seconds

        async def produce() -> None:
            while (started := time.perf_counter()) < ends:
                await writer.append([record])
                taken_ms.append((time.perf_counter() - started) * 1000)
                works_until = time.perf_counter() + work_us / 1e6
                while time.perf_counter() < works_until:
                    pass

        cpu, started = _cpu_seconds(), time.perf_counter()
        await asyncio.gather(*(produce() for _ in range(producers)))
        used, wall = _cpu_seconds() - cpu, time.perf_counter() - started
    kept = SqliteEventLogReader(folder).end_offset(0)
    if kept != len(taken_ms):
        raise RuntimeError(f"{len(taken_ms)} records were answered and {kept} are in the log")
    cpu_us = used / kept * 1e6 - work_us
    return (
        f"{producers:>9} {kept / wall:>10,.0f} {cpu_us:>11.1f} {percentile(taken_ms, 50):>8.2f} {percentile(taken_ms, 99):>8.1f} "
        f"{percentile(taken_ms, 99.9):>8.1f} {max(taken_ms):>8.1f}"
    )


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=5.0)
    options.add_argument("--bytes", type=int, default=RECORD_BYTES)
    options.add_argument("--data", type=Path, help="a folder on the disk to measure; default: the system's temporary folder")
    chosen = options.parse_args()
    for work_us in (0, WORK_US):
        print(f"\n{chosen.bytes} byte records, {work_us} us of other work a record on the event loop (taken off the CPU column)")
        print(f"{'producers':>9} {'records/s':>10} {'CPU us/rec':>11} {'p50 ms':>8} {'p99 ms':>8} {'p99.9':>8} {'max':>8}")
        for producers in PRODUCERS:
            with tempfile.TemporaryDirectory(dir=chosen.data) as folder:
                print(asyncio.run(measure(Path(folder), producers, chosen.bytes, chosen.seconds, work_us)), flush=True)


if __name__ == "__main__":
    main()
