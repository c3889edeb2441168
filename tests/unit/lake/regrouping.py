"""A world to regroup: the consumer's own decisions over a log in memory, bronze and silver."""

import json
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime

import sqlalchemy as sa

from alerts.consumer import Consumer
from lake import bronze, silver
from lake.regroup import work
from seiche.model.record import LogRecord, RecordKind, StoredRecord
from seiche.registry import project_queries, regroups
from seiche.registry.engine import read, write
from seiche.registry.tables import FingerprintRow, Issue, Project
from seiche.settings import AlertSettings

HOUR_US = 3_600_000_000
LINES = ("return order.items.price", "return basket.voucher.discount")


class MemoryLog:
    def __init__(self):
        self.records, self.acks = [], {}

    def partitions(self):
        return [0]

    def start_offset(self, partition):
        return 0

    def end_offset(self, partition):
        return len(self.records)

    def read(self, partition, offset, *, max_records=1000, max_bytes=8 << 20):
        return self.records[offset : offset + max_records]

    def acknowledge(self, consumer, partition, offset):
        self.acks[consumer] = offset

    def acknowledged(self, partition):
        return self.acks


@dataclass
class World:
    engine: object
    lake: object
    log: MemoryLog = field(default_factory=MemoryLog)
    version: int = 1
    at_us: int = field(default_factory=lambda: time.time_ns() // 1000 - 5 * HOUR_US)

    def __post_init__(self):
        self.consumer = Consumer(self.log, self.engine, AlertSettings(), base_url="http://seiche.test")

    def use(self, **settings):
        with write(self.engine) as session:
            self.version = project_queries.change_config(session, session.get_one(Project, 1), settings, now_us=1).version

    def send(self, kind="ValueError", line=0, function="total", release="shop@1", user="u1", **more):
        frame = {"module": "shop.cart", "function": function, "filename": "shop/cart.py", "lineno": 7 + line, "in_app": True}
        body = {
            "exception": {"values": [{"type": kind, "value": "bad", "stacktrace": {"frames": [frame | {"context_line": LINES[line]}]}}]},
            "release": release, "environment": "production", "user": {"id": user}, "platform": "python",
            **more,
        }  # fmt: skip
        offset = len(self.log.records)
        record = LogRecord(
            kind=RecordKind.EVENT, received_at_us=self.at_us, project_id=1, public_key="k", event_id=f"{offset:032x}",
            config_version=self.version, received=1, body=json.dumps(body).encode(),
        )  # fmt: skip
        self.log.records.append(StoredRecord(0, offset, record))
        self.at_us += 60_000_000

    def decide(self):
        while self.consumer.step(0):
            pass

    def advance(self):
        self.decide()
        bronze.advance(self.lake, self.log)
        silver.advance(self.lake, self.engine)

    def rows(self, table, *where):
        with read(self.engine) as session:
            return list(session.scalars(sa.select(table).where(*where)))

    def ask(self, kind, **changes):
        with write(self.engine) as session:
            return regroups.ask(session, session.get_one(Project, 1), kind, changes, actor="ana@shop.test", now_us=5).id

    def run(self, kind, **changes):
        return work(self.lake, self.engine, self.log, self.ask(kind, **changes))

    def rebuild(self, row):
        for hour in row.result["hours"]:
            silver.rebuild_hour(self.lake, self.engine, datetime.fromtimestamp(hour * 3600, UTC), still_open=True)

    def by_silver(self):
        """issue -> events, of silver joined with the map: what export shows."""
        owner = {row.fingerprint: row.issue_id for row in self.rows(FingerprintRow)}
        rows = self.lake.dataset("silver_events").to_table(columns=["fingerprint", "duplicate"]).to_pylist()
        return dict(Counter(owner[row["fingerprint"]] for row in rows if not row["duplicate"]))

    def by_registry(self):
        return {issue.id: issue.count for issue in self.rows(Issue)}


def seed(world):
    """Two bugs in one function, which version 1 takes for one, and another."""
    world.use(grouping_version=1)
    for user in ("u1", "u2", "u3"):
        world.send(line=0, user=user)
    for _ in range(2):
        world.send(line=1, release="shop@2")
    world.send("KeyError", function="find")
    world.advance()
    assert world.by_registry() == world.by_silver() == {1: 5, 2: 1}
