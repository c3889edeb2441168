"""`kill -9` of the worker, and of olap under it, at random moments: every table ends exact."""

import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime

from lake import accounting
from lake.store import Lake
from seiche.testing.generated_log import GeneratedLog

START = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)

WORKER = """
import sys
from datetime import datetime
from lake import bronze, hot, maintenance, search, silver
from lake.store import Lake
from seiche.backends.clickhouse import connect
from seiche.backends.clickhouse_search import ClickHouseSearchIndex
from seiche.errors import StoreUnavailable
from seiche.registry.engine import make_engine
from seiche.settings import OlapSettings
from seiche.testing.generated_log import GeneratedLog

url, registry, port, start, length = sys.argv[1:]
log = GeneratedLog(datetime.fromisoformat(start), int(length), gap_seconds=3.0)
lake, engine = Lake(url), make_engine(registry)
client = connect(OlapSettings(), host="127.0.0.1", port=int(port), password="right-password", patience_seconds=20)
index = ClickHouseSearchIndex(lambda: client)
stages = (
    lambda: bronze.advance(lake, log, max_records=60), lambda: silver.advance(lake, engine, max_rows=70),
    lambda: hot.advance(lake, client, max_offsets=90), lambda: search.advance(lake, index, max_offsets=110),
    lambda: maintenance.maintain(lake, every_commits=7),
)
print("started", flush=True)
idle = False
while not idle:
    idle = True
    for stage in stages:
        try:
            idle = not stage().rows and idle
        except StoreUnavailable:
            idle = False
"""
ROUNDS = 6


def test_every_table_is_exact_after_any_number_of_deaths(lake, engine, olap, client, index, facts, decide):
    log = GeneratedLog(START, 3000, gap_seconds=3.0)
    decide(log.length)
    arguments = [lake.url, str(engine.url), str(olap.port), START.isoformat(), str(log.length)]
    moment, deaths, progress = random.Random(7), 0, []

    def worker():
        process = subprocess.Popen([sys.executable, "-c", WORKER, *arguments], stdout=subprocess.PIPE)
        assert process.stdout.readline() == b"started\n"
        return process

    for round_number in range(ROUNDS):
        process = worker()
        try:
            time.sleep(moment.uniform(0.05, 0.5))
            if round_number % 3 == 2:
                olap.kill()
                olap.start()
                time.sleep(moment.uniform(0.3, 1.0))
        finally:
            deaths += process.poll() is None
            if process.poll() is None:
                os.kill(process.pid, signal.SIGKILL)
            process.wait()
            process.stdout.close()
        progress.append(len(log.event_offsets()) - len(accounting.missing_offsets(Lake(lake.url), 0, log.event_offsets())))
    print(f"deaths {deaths} of {ROUNDS}, silver rows at each: {progress}")
    assert deaths >= ROUNDS // 2, "most rounds must have hit a running worker"
    assert len(set(progress)) > ROUNDS // 3, "the worker must have got somewhere between deaths"
    last = worker()
    assert last.wait(60) == 0
    last.stdout.close()

    fresh, expected = Lake(lake.url), log.event_offsets()
    for name in ("bronze_events", "silver_events"):
        assert sorted(fresh.dataset(name).to_table(columns=["log_offset"])["log_offset"].to_pylist()) == expected
    counts = accounting.silver_counts(fresh, {0: log.length})[1]
    assert (counts.stored, counts.duplicates) == (len(expected) - 2, 2)
    found = facts()
    for table in ("events", "search"):
        assert sum(row[1] for row in found[table]) == sum(row[3] for row in found[table]) == counts.stored
    assert sum(row[4] for row in found["rollups"]) == counts.stored
    hot = sorted(row[0] for row in client.query("SELECT log_offset FROM events_hot").result_rows)
    assert hot == [offset for offset in expected if offset not in {33, 1234}]
