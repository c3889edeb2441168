"""CPU per event of each lake stage over the reference events, in this process and in the olap process.

Usage: python -m bench.lake_stages [EVENTS] (default 4,000).
"""

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil
import sqlalchemy as sa

from bench.corpus import payloads
from lake import bronze, hot, search, silver
from lake.store import Lake, StageReport
from seiche.backends.clickhouse_schema import migrate
from seiche.backends.clickhouse_search import ClickHouseSearchIndex
from seiche.model.record import LogRecord, RecordKind, StoredRecord
from seiche.registry.engine import make_engine, write
from seiche.registry.migrate import upgrade
from seiche.registry.projects import bootstrap, create_project
from seiche.registry.tables import ConsumerOffset
from seiche.testing.generated_log import GeneratedLog
from seiche.testing.olap import OlapProcess


class CorpusLog(GeneratedLog):
    """The corpus, as often as it takes."""

    def __init__(self, bodies: list[bytes], length: int) -> None:
        from datetime import UTC, datetime

        super().__init__(datetime.now(UTC), length, gap_seconds=0.001)
        self._bodies = bodies

    def read(self, partition: int, offset: int, *, max_records: int = 1000, max_bytes: int = 8 << 20) -> Sequence[StoredRecord]:
        end = min(self.length, offset + max_records, offset + max(1, max_bytes // 36_000))
        return [StoredRecord(partition, number, self._made(number)) for number in range(offset, end)]

    def _made(self, number: int) -> LogRecord:
        return LogRecord(
            kind=RecordKind.EVENT,
            received_at_us=self._start_us + number * self._gap_us,
            project_id=1,
            event_id=f"{number:032x}",
            config_version=1,
            received=1,
            body=self._bodies[number % len(self._bodies)],
        )


def registry(folder: str, length: int) -> sa.Engine:
    url = f"sqlite:///{folder}/registry.sqlite"
    upgrade(url)
    engine = make_engine(url)
    bootstrap(engine, admin_email="bench@example.org", admin_password="not a secret")
    create_project(engine, "Bench")
    with write(engine) as session:
        session.add(ConsumerOffset(consumer="alerts", partition=0, offset=length, updated_at_us=0))
    return engine


def main(length: int) -> None:
    log = CorpusLog(payloads(), length)
    with tempfile.TemporaryDirectory() as folder, OlapProcess(Path(folder)) as olap:
        engine, lake, client = registry(folder, length), Lake(f"{folder}/lake"), olap.client()
        migrate(client)
        index, server = ClickHouseSearchIndex(lambda: client), psutil.Process(olap.pid)
        stages: dict[str, Callable[[], StageReport]] = {
            "bronze": lambda: bronze.advance(lake, log, max_records=1000),
            "silver": lambda: silver.advance(lake, engine, max_rows=1000),
            "hot": lambda: hot.advance(lake, client, max_offsets=1000),
            "search": lambda: search.advance(lake, index, max_offsets=1000),
        }
        print(f"{length} events, batches of 1,000; CPU microseconds per event")
        print(f"{'stage':10}{'here':>8}{'olap':>8}{'idle call ms':>14}")
        for name, stage in stages.items():
            own, theirs, rows = time.process_time(), sum(server.cpu_times()[:2]), 0
            while done := stage().rows:
                rows += done
            per_event = 1e6 / max(rows, 1)
            own, theirs = (time.process_time() - own) * per_event, (sum(server.cpu_times()[:2]) - theirs) * per_event
            started = time.perf_counter()
            stage()
            print(f"{name:10}{own:>8.0f}{theirs:>8.0f}{(time.perf_counter() - started) * 1000:>14.1f}")
        stored = sum(
            path.stat().st_size for name in ("bronze", "silver") for path in Path(folder, "lake", f"{name}_events").rglob("*.parquet")
        )
        print(f"bytes at rest per event, bronze and silver: {stored / length:.0f}; PSS of olap {server.memory_full_info().pss >> 20} MB")
        client.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4_000)
