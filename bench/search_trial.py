"""The search index under load: rows in, CPU and bytes per event, and how long each kind of search takes.

Usage: python -m bench.search_trial [ROWS] (default 1,000,000). It measures `SearchIndex` on ClickHouse through the real olap
process; text is about 1.2 KB an event, made from 20,000 bodies of a Zipf-like vocabulary, each event with words of its own.
"""

import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pyarrow as pa

from seiche.backends.clickhouse_schema import migrate
from seiche.backends.clickhouse_search import ClickHouseSearchIndex
from seiche.ports.search_index import TextTerm
from seiche.testing.olap import OlapProcess

BATCH = 5_000
BODIES = 20_000
VOCABULARY = 30_000
WORDS = 150
HOURS = 24
START = datetime(2026, 11, 23, tzinfo=UTC)


def bodies(chance: random.Random) -> list[str]:
    vocabulary = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz_", k=chance.randint(3, 12))) for _ in range(VOCABULARY)]
    weights = [1 / (rank + 10) for rank in range(VOCABULARY)]
    return [" ".join(chance.choices(vocabulary, weights, k=WORDS)) for _ in range(BODIES)]


def batch(first: int, total: int, texts: list[str], chance: random.Random) -> pa.Table:
    numbers = range(first, min(first + BATCH, total))
    gap = timedelta(hours=HOURS) / total
    return pa.table(
        {
            "log_partition": pa.array([0] * len(numbers), pa.int32()),
            "log_offset": pa.array(numbers, pa.int64()),
            "received_at": pa.array([START + gap * number for number in numbers], pa.timestamp("us", tz="UTC")),
            "project_id": pa.array([number % 5 for number in numbers], pa.int64()),
            "event_id": [f"{number:032x}" for number in numbers],
            "fingerprint": [f"{number % 10_000:032x}" for number in numbers],
            "search_text": [f"{chance.choice(texts)} order{number} user{number % 50_000}" for number in numbers],
        }
    )


def timed(search: Callable[[], object], times: int = 20) -> tuple[float, float, float]:
    """(first, median, 95th percentile) in milliseconds."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        search()
        taken.append((time.perf_counter() - started) * 1000)
    return taken[0], statistics.median(taken), sorted(taken)[int(times * 0.95)]


def cpu_seconds(process: psutil.Process) -> float:
    used = process.cpu_times()
    return float(used.user + used.system)


def main(total: int) -> None:
    chance = random.Random(1)
    texts = bodies(chance)
    words = texts[0].split()
    common, rare = max(words, key=lambda word: sum(word in text for text in texts[:300])), f"order{total // 2}"
    with tempfile.TemporaryDirectory() as folder, OlapProcess(Path(folder)) as olap:
        client = olap.client()
        migrate(client)
        index = ClickHouseSearchIndex(lambda: client)
        server, own = psutil.Process(olap.pid), psutil.Process(os.getpid())
        server_before, started, making = cpu_seconds(server), time.perf_counter(), 0.0
        own_before = cpu_seconds(own)
        for first in range(0, total, BATCH):
            before = cpu_seconds(own)
            rows = batch(first, total, texts, chance)
            making += cpu_seconds(own) - before
            index.index(rows, version=f"v{first}")
        wall = time.perf_counter() - started
        own_used, server_used = cpu_seconds(own) - own_before - making, cpu_seconds(server) - server_before
        size = client.query("SELECT sum(bytes_on_disk), count() FROM system.parts WHERE table = 'search_events' AND active").result_rows[0]
        print(f"rows {total:,}; text {statistics.mean(map(len, texts)):.0f} B; indexed in {wall:.0f} s with the making of the rows")
        own_us, server_us = own_used / total * 1e6, server_used / total * 1e6
        print(f"CPU per event: {own_us:.0f} us splitting and sending, {server_us:.0f} us in the server, merges included")
        print(f"disk per event: {size[0] / total:.0f} B in {size[1]} parts; PSS of olap {server.memory_full_info().pss >> 20} MB")
        searches = {
            "rare word": [TextTerm((rare,))],
            "common word": [TextTerm((common,))],
            "three words": [TextTerm((word,)) for word in words[:3]],
            "phrase of two": [TextTerm(tuple(words[:2]))],
            "prefix of 4": [TextTerm((words[5][:4],), prefix=True)],
        }
        print(f"{'search':16}{'found':>8}{'first':>9}{'p50':>9}{'p95 ms':>9}")
        for name, terms in searches.items():
            found = len(index.fingerprints(0, terms))
            first_ms, median, tail = timed(lambda terms=terms: index.fingerprints(0, terms))  # type: ignore[misc] # bound per loop
            print(f"{name:16}{found:>8}{first_ms:>9.1f}{median:>9.1f}{tail:>9.1f}")
        client.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
