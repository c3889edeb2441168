"""Does commit time stay flat? Bronze and silver-sized appends with maintenance, printed every 100 commits.

Usage: python -m bench.lake_commits [COMMITS] (default 600, 50 events each).
"""

import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime

from lake import bronze, maintenance
from lake.store import Lake
from seiche.testing.generated_log import GeneratedLog

EVENTS = 50


def main(commits: int) -> None:
    log = GeneratedLog(datetime(2026, 11, 24, tzinfo=UTC), commits * EVENTS, gap_seconds=0.05)
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake(f"{folder}/lake")
        print(f"{'commits':>8}{'p50 ms':>9}{'p95 ms':>9}{'CPU ms':>9}{'upkeep s':>10}{'files':>7}")
        taken: list[float] = []
        used, upkeep = 0.0, 0.0
        for number in range(1, commits + 1):
            started, cpu = time.perf_counter(), time.process_time()
            bronze.advance(lake, log, max_records=EVENTS)
            taken.append((time.perf_counter() - started) * 1000)
            used += time.process_time() - cpu
            started = time.perf_counter()
            maintenance.maintain(lake)
            upkeep += time.perf_counter() - started
            if number % 100 == 0:
                tail, files = sorted(taken)[int(len(taken) * 0.95)], len(lake.table("bronze_events").file_uris())
                print(f"{number:>8}{statistics.median(taken):>9.1f}{tail:>9.1f}{used * 10:>9.1f}{upkeep:>10.2f}{files:>7}", flush=True)
                taken, used, upkeep = [], 0.0, 0.0


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 600)
