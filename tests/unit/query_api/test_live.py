"""The live feed: what comes after Last-Event-ID, then what happens; own project only; bounded."""

import asyncio
import time

import pytest

from query_api import live
from seiche.errors import StoreUnavailable
from seiche.registry.engine import write
from seiche.registry.tables import Activity

pytestmark = pytest.mark.anyio


def happen(world, project, kind):
    with write(world.engine) as session:
        entry = Activity(project_id=project.id, issue_id=None, kind=kind, actor="seiche", data={}, at_us=int(time.time() * 1e6))
        session.add(entry)
        session.flush()
        return entry.id


async def read_events(frames, count):
    found = []
    async for frame in frames:
        if frame.startswith(b"id:"):
            found.append(frame.decode())
        if len(found) == count:
            break
    await frames.aclose()
    return found


async def test_backlog_then_live(world, state, monkeypatch):
    monkeypatch.setattr(live, "POLL_SECONDS", 0.02)
    shop, other = world.project("Shop"), world.project("Other")
    first = happen(world, shop, "before")
    happen(world, other, "foreign")
    missed = happen(world, shop, "missed")
    reading = asyncio.create_task(read_events(state.live._frames(shop.id, first), 2))
    await asyncio.sleep(0.1)
    happen(world, other, "foreign")
    fresh = happen(world, shop, "fresh")
    frames = await asyncio.wait_for(reading, 5)
    assert frames[0].startswith(f"id: {missed}\nevent: activity\ndata: {{")
    assert '"kind":"missed"' in frames[0]
    assert frames[1].startswith(f"id: {fresh}\n")
    assert frames[1].endswith("\n\n")


async def test_without_last_event_id_nothing_old(world, state, monkeypatch):
    monkeypatch.setattr(live, "POLL_SECONDS", 0.02)
    shop = world.project("Shop")
    happen(world, shop, "old")
    reading = asyncio.create_task(read_events(state.live._frames(shop.id, None), 1))
    await asyncio.sleep(0.1)
    fresh = happen(world, shop, "fresh")
    assert (await asyncio.wait_for(reading, 5))[0].startswith(f"id: {fresh}\n")


async def test_listeners_are_bounded_and_places_come_back(world, state, monkeypatch):
    monkeypatch.setattr(live, "MAX_LISTENERS", 1)
    shop = world.project("Shop")
    answer = state.live.answer(shop.id, None)
    sent, gone = [], asyncio.Event()

    async def receive():
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    serving = asyncio.create_task(answer({"type": "http", "method": "GET", "asgi": {"spec_version": "2.3"}}, receive, send))
    await asyncio.sleep(0.1)
    assert state.live.listeners == 1
    assert dict(sent[0]["headers"])[b"content-type"].startswith(b"text/event-stream")
    with pytest.raises(StoreUnavailable, match="close a tab"):
        state.live.answer(shop.id, None)
    gone.set()
    await asyncio.wait_for(serving, 5)
    assert state.live.listeners == 0
    assert state.live.answer(shop.id, None) is not None


async def test_heartbeat_and_an_end(world, state, monkeypatch):
    monkeypatch.setattr(live, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 0.03)
    monkeypatch.setattr(live, "MOST_SECONDS", 60.0)
    shop = world.project("Shop")
    frames = []
    async for frame in state.live._frames(shop.id, None):
        frames.append(frame)
        if frames.count(b": heartbeat\n\n") == 2:
            monkeypatch.setattr(live, "MOST_SECONDS", 0.0)
    assert frames[0] == b"retry: 2000\n\n"
    assert frames.count(b": heartbeat\n\n") >= 2
