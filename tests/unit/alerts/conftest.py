"""A registry with a project, and a log that tests fill by hand."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from alerts.consumer import Consumer
from seiche.errors import OffsetOutOfRange
from seiche.model.alert import Action, AlertRule, Channel, Trigger
from seiche.model.record import LogRecord, RecordKind, StoredRecord
from seiche.registry import projects
from seiche.registry.engine import make_engine, read, write
from seiche.registry.tables import AlertRuleRow
from seiche.settings import AlertSettings
from seiche.testing.registries import new_registry

START_US = 1_764_000_000_000_000


class MemoryLog:
    """`EventLogReader` over a list, one partition."""

    def __init__(self) -> None:
        self.records: list[StoredRecord] = []
        self.start = 0
        self.acks: dict[str, int] = {}
        self.reads = 0

    def append(self, *records: LogRecord) -> None:
        for record in records:
            self.records.append(StoredRecord(0, len(self.records), record))

    def partitions(self) -> Sequence[int]:
        return [0]

    def start_offset(self, partition: int) -> int:
        return self.start

    def end_offset(self, partition: int) -> int:
        return len(self.records)

    def end_offsets(self) -> Mapping[int, int]:
        return {0: len(self.records)}

    def read(self, partition: int, offset: int, *, max_records: int = 1000, max_bytes: int = 8 << 20) -> Sequence[StoredRecord]:
        self.reads += 1
        if not self.start <= offset <= len(self.records):
            raise OffsetOutOfRange(partition, offset, self.start, len(self.records))
        return self.records[offset : offset + max_records]

    def acknowledge(self, consumer: str, partition: int, offset: int) -> None:
        self.acks[consumer] = offset

    def acknowledged(self, partition: int) -> dict[str, int]:
        return self.acks


def event_body(kind: str = "ValueError", function: str = "total", **fields: Any) -> bytes:
    frame = {
        "module": "shop.cart",
        "function": function,
        "filename": "shop/cart.py",
        "lineno": 7,
        "in_app": True,
        "context_line": "x = 1 / 0",
    }
    frame |= {"pre_context": ["def total():"], "post_context": ["return x"]}
    return json.dumps({"exception": {"values": [{"type": kind, "value": "bad", "stacktrace": {"frames": [frame]}}]}, **fields}).encode()


@dataclass
class Bench:
    """What a test of the consumer needs."""

    engine: sa.Engine
    url: str
    project: projects.ProjectInfo
    log: MemoryLog = field(default_factory=MemoryLog)
    now_us: int = START_US
    sent: int = 0

    def consumer(self, **more: Any) -> Consumer:
        settings = more.pop("settings", AlertSettings())
        return Consumer(self.log, self.engine, settings, base_url="http://seiche.test", clock_us=lambda: self.now_us, **more)

    def event(self, body: bytes | None = None, *, event_id: str = "", at_us: int | None = None, **fields: Any) -> LogRecord:
        self.sent += 1
        return LogRecord(
            kind=RecordKind.EVENT,
            received_at_us=self.now_us if at_us is None else at_us,
            project_id=fields.pop("project_id", self.project.id),
            public_key=self.project.public_key,
            event_id=event_id or f"{self.sent:032x}",
            config_version=1,
            received=1,
            body=event_body(**fields) if body is None else body,
        )

    def outcomes(self, *tallies: Any) -> LogRecord:
        return LogRecord(kind=RecordKind.OUTCOMES, received_at_us=self.now_us, body=msgspec.json.encode(list(tallies)))

    def rows(self, table: Any, *where: Any) -> list[Any]:
        with read(self.engine) as session:
            return list(session.scalars(sa.select(table).where(*where)))

    def rule(self, *triggers: Trigger, **more: Any) -> int:
        actions = more.pop("actions", (Action(channel=Channel.WEBHOOK, target="https://hooks.invalid/x", secret="whsec_AAAA"),))
        rule = AlertRule(id=0, project_id=self.project.id, name="rule", triggers=triggers, actions=actions, **more)
        with write(self.engine) as session:
            row = AlertRuleRow(project_id=self.project.id, name="rule", rule=projects.stored_rule(rule), created_at_us=1)
            session.add(row)
            session.flush()
            return row.id


@pytest.fixture
def bench(tmp_path):
    url = new_registry(tmp_path / "registry.sqlite")
    engine = make_engine(url)
    yield Bench(engine, url, projects.create_project(engine, "Shop"))
    engine.dispose()
