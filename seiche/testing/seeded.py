"""A data directory filled by the product's own code, without starting a process: log, alerts consumer, then the lake's stages."""

import asyncio
import json
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from alerts.consumer import Consumer
from lake import bronze, gold, silver
from seiche.model.outcome import Outcome, Tally
from seiche.model.record import LogRecord, RecordKind
from seiche.registry.migrate import upgrade
from seiche.registry.projects import bootstrap, create_project
from seiche.settings import Settings, load_settings
from seiche.wiring import event_log_reader, event_log_writer, lake, registry_engine

MINUTE_US = 60_000_000
STACKS = (("KeyError", "total"), ("ValueError", "parse_quantity"), ("ZeroDivisionError", "share"))
"""The first two are in every release, the third came with the last one."""


class Seeded(msgspec.Struct, frozen=True):
    """What is in the directory: the truth that pages, notebooks and `seiche status` must show."""

    data: Path
    project_id: int
    slug: str
    stored: int
    duplicates: int
    filtered: int
    unprocessable: str
    """The id of the one stored event that cannot be normalised."""
    releases: dict[str, int]
    """Release -> stored events that can be read."""
    minutes: dict[str, int]
    """Release -> minutes in which it was heard of."""
    new_issues: int


def seed(data: Path, *, releases: Sequence[str] = ("shop@1.0", "shop@2.0"), minutes: int = 20) -> Seeded:
    """An hour of a shop's errors: two events a minute of the first release, then three a minute, and one repeat, of each further one."""
    settings = load_settings(data=data)
    engine = registry_engine(settings.registry_url)
    upgrade(settings.registry_url)
    bootstrap(engine, admin_email="owner@example.org", admin_password=uuid.uuid4().hex)
    project = create_project(engine, "Shop", platform="python")
    started_us = time.time_ns() // 1000 // MINUTE_US * MINUTE_US - minutes * len(releases) * MINUTE_US
    records: list[LogRecord] = []
    counts: Counter[str] = Counter()
    for turn, release in enumerate(releases):
        for minute in range(minutes):
            for number in range(2 + (turn > 0)):
                at_us = started_us + (turn * minutes + minute) * MINUTE_US + number * 1_000_000
                records.append(_record(project.id, project.public_key, at_us, _event(at_us, release, *STACKS[number])))
                counts[release] += 1
    repeat = msgspec.structs.replace(records[-1], received_at_us=records[-1].received_at_us + 1_000_000)
    broken = _record(project.id, project.public_key, repeat.received_at_us + 1, [])
    tallies = [
        Tally(project.id, project.public_key, "error", outcome, reason, broken.received_at_us // MINUTE_US, 5)
        for outcome, reason in ((Outcome.RECEIVED, ""), (Outcome.FILTERED, "seeded"))
    ]
    refused = LogRecord(kind=RecordKind.OUTCOMES, received_at_us=broken.received_at_us + 1, body=msgspec.json.encode(tallies))
    asyncio.run(_append(settings, [*records, repeat, broken, refused]))
    _settle(settings)
    return Seeded(
        data=data,
        project_id=project.id,
        slug=project.slug,
        stored=len(records) + 1,
        duplicates=1,
        filtered=5,
        unprocessable=broken.event_id,
        releases=dict(counts),
        minutes=dict.fromkeys(releases, minutes),
        new_issues=1,
    )


def _event(at_us: int, release: str, kind: str, function: str) -> dict[str, Any]:
    frame = {
        "module": "shop.cart",
        "function": function,
        "filename": "shop/cart.py",
        "lineno": 7,
        "in_app": True,
        "context_line": f"    return {function}()",
    }
    return {
        "event_id": uuid.uuid4().hex,
        "timestamp": at_us / 1e6,
        "platform": "python",
        "release": release,
        "environment": "production",
        "user": {"id": str(at_us // MINUTE_US % 7)},
        "exception": {"values": [{"type": kind, "value": "seeded", "module": "builtins", "stacktrace": {"frames": [frame]}}]},
    }


def _record(project_id: int, public_key: str, at_us: int, body: Any) -> LogRecord:
    return LogRecord(
        kind=RecordKind.EVENT,
        received_at_us=at_us,
        project_id=project_id,
        public_key=public_key,
        event_id=body["event_id"] if isinstance(body, dict) else uuid.uuid4().hex,
        config_version=1,
        received=1,
        body=json.dumps(body).encode(),
    )


async def _append(settings: Settings, records: Sequence[LogRecord]) -> None:
    async with event_log_writer(settings) as writer:
        await writer.append(records)


def _settle(settings: Settings) -> None:
    log, engine, tables = event_log_reader(settings), registry_engine(settings.registry_url), lake(settings)
    consumer = Consumer(log, engine, settings.alerts, base_url=settings.base_url)
    while any(consumer.step(partition) for partition in log.partitions()):
        pass
    bronze.advance(tables, log)
    silver.advance(tables, engine)
    gold.publish(tables, engine)
