"""What `drain` notices: records missing, doubled, from nowhere; sums that are not met; retention that took both sides."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from lake.store import Lake
from lake.tables import SILVER_EVENTS
from seiche.backends.clickhouse_schema import migrate
from seiche.cli import accounts, settle
from seiche.cli.supervisor.prepare import make_directory, make_registry, make_secrets
from seiche.errors import Transient
from seiche.registry.engine import write
from seiche.registry.projects import create_project
from seiche.registry.tables import ConsumerOffset, OutcomeCount
from seiche.settings import load_settings
from seiche.testing.generated_log import GeneratedLog
from seiche.testing.olap import OlapProcess
from seiche.wiring import registry_engine

NOW = datetime.now(UTC).replace(microsecond=0)
RECORDS = 60


class World:
    """A log, a registry and a silver table, without the processes between them."""

    def __init__(self, folder: Path) -> None:
        make_directory(folder)
        settings = load_settings(data=folder)
        make_registry(settings, make_secrets(folder))
        self.settings, self.engine = settings, registry_engine(settings.registry_url)
        self.project = create_project(self.engine, "Shop").id
        self.log = GeneratedLog(NOW - timedelta(minutes=2), RECORDS, project_id=self.project)
        self.lake = Lake(settings.lake_url)

    @property
    def stores(self) -> Any:
        found = settle.Stores.__new__(settle.Stores)
        found.settings, found.log, found.engine, found.lake, found.has_olap = self.settings, self.log, self.engine, self.lake, False
        return found

    def silver(self, offsets: Iterable[int], *, duplicates: Iterable[int] = (), at: datetime = NOW) -> None:
        repeats, offsets = set(duplicates), list(offsets)
        columns: dict[str, list[Any]] = {
            "received_date": [at.date()] * len(offsets),
            "received_hour": [at.hour] * len(offsets),
            "log_partition": [0] * len(offsets),
            "log_offset": offsets,
            "received_at": [at] * len(offsets),
            "project_id": [self.project] * len(offsets),
            "event_id": [f"{offset:032x}" for offset in offsets],
            "duplicate": [offset in repeats for offset in offsets],
        }
        arrays = [pa.array(columns.get(field.name, [None] * len(offsets)), field.type) for field in SILVER_EVENTS]
        self.lake.table("silver_events")
        self.lake.append("silver_events", pa.table(arrays, schema=SILVER_EVENTS), positions={"silver:0": RECORDS})

    def counts(self, at: datetime = NOW, **quantities: int) -> None:
        minute = int(at.timestamp() // 60)
        with write(self.engine) as session:
            for outcome, quantity in quantities.items():
                key = {"project_id": self.project, "minute": minute, "public_key": "k", "category": "error", "reason": ""}
                session.merge(OutcomeCount(**key, outcome=outcome, quantity=quantity))
            session.merge(ConsumerOffset(consumer="alerts", partition=0, offset=RECORDS, updated_at_us=1))

    def sums(self) -> dict[str, int]:
        at = accounts.counted(self.engine)
        return accounts.sums(at, accounts.stored(self.lake, at))


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "data")


def test_all_is_well(world: World) -> None:
    events = world.log.event_offsets()
    world.silver(events)
    assert settle.compare(world.stores, 0, RECORDS) == []


def test_each_fault_is_named_with_its_offsets(world: World) -> None:
    events = world.log.event_offsets()
    world.silver([offset for offset in events if offset != 7])
    world.silver([9, 20])  # 20 holds outcomes, no event
    assert settle.compare(world.stores, 0, RECORDS) == [
        "partition 0: 1 records not in silver, at offsets 7",
        "partition 0: 1 records more than once in silver, at offsets 9",
        "partition 0: 1 records in silver but not in the log, at offsets 20",
    ]


def test_what_came_after_the_call_is_no_fault(world: World) -> None:
    world.silver([offset for offset in world.log.event_offsets() if offset < 30])
    assert settle.compare(world.stores, 0, 30) == []
    assert len(settle.compare(world.stores, 0, 32)) == 1


def test_many_offsets_are_not_all_printed(world: World) -> None:
    world.silver([1])
    (problem,) = settle.compare(world.stores, 0, RECORDS)
    assert problem.endswith("at offsets 2, 3, 4, 5, 6, ...")


def test_sums(world: World) -> None:
    world.silver(range(1, 11), duplicates=(3, 4))
    world.counts(received=17, filtered=4, invalid=2, rate_limited=1, client_discard=99)
    found = world.sums()
    assert found == {"received": 17, "stored": 8, "filtered": 4, "rate_limited": 1, "invalid": 2, "duplicates": 2}
    assert accounts.unsettled(found) == 0
    world.counts(received=18)
    assert accounts.unsettled(world.sums()) == 1


def test_silver_is_counted_as_far_as_the_registry_has_counted(world: World) -> None:
    world.silver([1, 2, RECORDS + 5])
    world.counts(received=2)
    assert world.sums()["stored"] == 2


def test_what_retention_took_is_left_out_on_both_sides(world: World) -> None:
    long_ago = NOW - timedelta(days=400)
    world.counts(at=long_ago, received=1000)
    world.silver([1, 2])
    world.counts(received=2)
    found = world.sums()
    assert (found["received"], found["stored"]) == (2, 2)


def test_time_runs_out_with_a_reason() -> None:
    assert settle._wait(0.0, lambda: ["alerts is at offset 1 of 2"]) == ["alerts is at offset 1 of 2 (time ran out)"]
    assert settle._wait(0.0, list) == []


def test_tables_that_the_pipeline_has_not_made_yet_are_waited_for(tmp_path):
    stores = World(tmp_path / "data").stores
    with OlapProcess(tmp_path / "olap") as process:
        client = stores._client = process.client()
        with pytest.raises(Transient, match="does not have its tables yet"):
            stores.hot_offset("events_hot", 0)
        migrate(client)
        stores._client = client
        assert stores.hot_offset("events_hot", 0) == 0
        stores.close()
