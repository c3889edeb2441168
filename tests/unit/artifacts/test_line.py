"""Alerts and silver see the same frames, whatever is uploaded in between (ADR 0012)."""

import json
import uuid

import pytest
import sqlalchemy as sa

from alerts.consumer import Consumer
from lake import bronze, silver, watermark
from lake.rows import hour_filter
from lake.store import Lake
from seiche.backends.raw_store import RawStore
from seiche.errors import ConfigurationError, Transient
from seiche.model.record import LogRecord, RecordKind
from seiche.registry.artifact_tables import ArtifactEpoch
from seiche.registry.engine import read
from seiche.registry.tables import FingerprintRow, Issue
from seiche.settings import Settings
from seiche.testing.bundles import example_bundle, example_event
from seiche.wiring import event_log_reader, event_log_writer

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend():
    return "asyncio"


class Line:
    """Log, consumer and lake around the uploads of `world`."""

    def __init__(self, world, data):
        self.world, self.settings = world, Settings(data=data)
        self.log = event_log_reader(self.settings)
        self.lake = Lake(self.settings.lake_url)

    async def send(self, writer, **fields):
        record = LogRecord(
            kind=RecordKind.EVENT,
            received_at_us=1_764_000_000_000_000,
            project_id=self.world.shop,
            public_key="k",
            event_id=uuid.uuid4().hex,
            config_version=1,
            received=1,
            body=json.dumps(example_event(**fields)).encode(),
        )
        await writer.append([record])

    def decide(self, store=None):
        finder = self.world.finder
        if store is not None:
            finder._store = store
        consumer = Consumer(self.log, self.world.engine, self.settings.alerts, base_url="http://x", artifacts=finder)
        while consumer.step(0):
            pass

    def silver(self):
        bronze.advance(self.lake, self.log)
        silver.advance(self.lake, self.world.engine, artifacts=self.world.finder)
        watermark.advance(self.lake, self.log)
        rows = self.lake.dataset("silver_events").to_table(columns=["log_offset", "fingerprint", "culprit", "exceptions"])
        return rows.sort_by("log_offset").to_pylist()

    def fingerprints(self):
        with read(self.world.engine) as session:
            chosen = sa.select(FingerprintRow.fingerprint, Issue.culprit).join(Issue, Issue.id == FingerprintRow.issue_id)
            return dict(session.execute(chosen.order_by(Issue.id)).all())


@pytest.fixture
async def line(world, tmp_path):
    found = Line(world, tmp_path / "data")
    async with event_log_writer(found.settings) as writer:
        found.writer = writer
        yield found


async def test_uploads_in_between(line, world):
    await line.send(line.writer)
    line.decide()
    world.upload(example_bundle())
    await line.send(line.writer)
    await line.send(line.writer)
    line.decide()
    decided = line.fingerprints()
    rows = line.silver()
    before, after, again = (row["fingerprint"] for row in rows)
    assert before != after == again, "late artifacts change nothing that was decided"
    assert {before, after} <= decided.keys(), "silver has no fingerprint that alerts has not decided"
    guilty = [row["exceptions"][-1]["frames"][-1] for row in rows]
    assert [(frame["function"], frame["filename"]) for frame in guilty[1:]] == [("applyDiscount", "src/cart.ts")] * 2
    assert guilty[0]["function"] == "n"
    assert "applyDiscount" in rows[2]["culprit"]
    with read(world.engine) as session:
        epochs = list(session.scalars(sa.select(ArtifactEpoch)))
    assert [(epoch.from_offset, epoch.sequence) for epoch in epochs] == [(1, 1)]

    # Rebuilt from bronze after another upload: the same rows.
    world.upload(example_bundle(prefix="~/late/"), release="shop@9")
    hour = watermark.hours_with_rows(line.lake)[0]
    silver.rebuild_hour(line.lake, world.engine, hour, artifacts=world.finder)
    rebuilt = line.lake.dataset("silver_events").to_table(
        filter=hour_filter(hour), columns=["log_offset", "fingerprint", "culprit", "exceptions"]
    )
    assert rebuilt.sort_by("log_offset").to_pylist() == rows


async def test_silver_refuses_to_guess(line, world):
    world.upload(example_bundle())
    await line.send(line.writer)
    line.decide()
    bronze.advance(line.lake, line.log)
    with pytest.raises(ConfigurationError, match="raw store"):
        silver.advance(line.lake, world.engine)


async def test_events_wait_for_a_store_that_does_not_answer(line, world, tmp_path):
    """Deciding with what cannot be read would decide wrongly, for ever."""
    world.upload(example_bundle())
    await line.send(line.writer)
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(Transient):
        line.decide(RawStore(str(blocked / "raw")))
    assert line.fingerprints() == {}
    line.decide()
    assert {"applyDiscount" in culprit for culprit in line.fingerprints().values()} == {True}
