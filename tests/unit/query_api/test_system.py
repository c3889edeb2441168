"""/status: what the supervisor wrote, and lag."""

import json
import time

import pytest

from seiche.model.canary import AFTER, fresh
from seiche.registry import canaries
from seiche.registry.engine import write
from seiche.registry.tables import ConsumerOffset

pytestmark = pytest.mark.anyio


async def test_before_anything_runs(owner):
    canary = {"hops": [], "last_sent_at": None, "last_through_at": None, "problem": ""}
    assert (await owner.get("/status")).json() == {"processes": [], "consumers": [], "canary": canary, "links": {}}


async def test_the_canary(owner, world):
    """Its times a hop; of one that waits the hop is named."""
    at_us = time.time_ns() // 1000 - 45_000_000
    canaries.save(world.engine, fresh("a" * 32, sent_at_us=at_us - 60_000_000, analytics=True).seen(AFTER, after_us=1_500_000))
    canaries.save(world.engine, fresh("b" * 32, sent_at_us=at_us, analytics=True).seen(["accepted"], after_us=20_000))
    told = (await owner.get("/status")).json()["canary"]
    hops = {hop["name"]: hop for hop in told["hops"]}
    assert (hops["accepted"]["seconds"], hops["accepted"]["slowest_seconds"], hops["logged"]["seconds"]) == (0.02, 1.5, 1.5)
    assert [name for name, hop in hops.items() if hop["stalled_since"]] == ["logged"]
    assert told["problem"] == "the canary does not get through: it waits before logged"


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
