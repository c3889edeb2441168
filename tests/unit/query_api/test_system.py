"""/status: what the supervisor wrote, and lag."""

import json

import pytest

from seiche.registry.engine import write
from seiche.registry.tables import ConsumerOffset

pytestmark = pytest.mark.anyio


async def test_before_anything_runs(owner):
    assert (await owner.get("/status")).json() == {"processes": [], "consumers": [], "links": {}}


async def test_processes_consumers_links(owner, world, state):
    shop = world.project("Shop")
    for _ in range(3):
        await world.event(shop, batched=False)
    state.log.acknowledge("pipeline", 0, 1)
    state.log.acknowledge("alerts", 0, 1)
    with write(world.engine) as session:
        session.add(ConsumerOffset(consumer="alerts", partition=0, offset=2, updated_at_us=1))
    run = world.settings.run_dir
    run.mkdir(parents=True, exist_ok=True)
    process = {"state": "running", "pid": 12, "restarts": 1, "since": "2026-11-24T10:00:00Z", "more": "ignored"}
    (run / "state.json").write_text(json.dumps({"processes": {"web": process}}))
    endpoints = {"web": "http://127.0.0.1:8000", "olap": {"host": "127.0.0.1", "port": 1}, "dagster": "http://127.0.0.1:3000"}
    (run / "endpoints.json").write_text(json.dumps(endpoints))
    status = (await owner.get("/status")).json()
    assert status["processes"] == [{"name": "web", "state": "running", "pid": 12, "restarts": 1, "since": "2026-11-24T10:00:00Z"}]
    assert status["consumers"] == [{"name": "alerts", "offset": 2, "lag": 1}, {"name": "pipeline", "offset": 1, "lag": 2}]
    assert status["links"] == {"dagster": "http://127.0.0.1:3000"}
