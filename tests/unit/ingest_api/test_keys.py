"""The key cache: how often the registry is asked, and what happens while it does not answer."""

import asyncio
import threading

import pytest

from ingest_api import keys as keys_module
from ingest_api.keys import KeyCache
from seiche.errors import StoreUnavailable
from seiche.model.project import ProjectConfig, ProjectKey

pytestmark = pytest.mark.anyio
KEY = "0123456789abcdef" * 2


class Registry:
    def __init__(self):
        self.keys = {KEY: self.key()}
        self.asked = []
        self.problem = None
        self.gate = threading.Event()
        self.gate.set()

    @staticmethod
    def key(version=1, *, active=True):
        return ProjectKey(public_key=KEY, project_id=1, organization_id=1, active=active, config=ProjectConfig(version=version))

    def __call__(self, public_key):
        self.asked.append(public_key)
        self.gate.wait(10)
        if self.problem:
            raise self.problem
        return self.keys.get(public_key)


@pytest.fixture
def registry():
    return Registry()


@pytest.fixture
def clock():
    return [100.0]


@pytest.fixture
def cache(registry, clock):
    made = KeyCache(registry, cache_seconds=5, clock=lambda: clock[0])
    yield made
    registry.gate.set()
    made.close()


async def test_a_key_is_asked_for_once_in_its_time(cache, registry, clock):
    assert cache.remembered(KEY) is None
    first = await cache.find(KEY)
    assert first.key == registry.keys[KEY]
    assert cache.remembered(KEY) is await cache.find(KEY) is first
    clock[0] += 5.1
    assert cache.remembered(KEY) is None
    assert (await cache.find(KEY)).scrubber is first.scrubber
    assert len(registry.asked) == 2


async def test_many_who_ask_at_once_are_one_question(cache, registry):
    registry.gate.clear()
    waiting = [asyncio.create_task(cache.find(KEY)) for _ in range(50)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    registry.gate.set()
    found = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(found[0], asyncio.CancelledError)
    assert all(one is found[1] for one in found[1:])
    assert len(registry.asked) == 1


async def test_a_change_is_seen_when_the_time_is_over(cache, registry, clock):
    first = await cache.find(KEY)
    registry.keys[KEY] = registry.key(version=2, active=False)
    assert (await cache.find(KEY)).key.active
    clock[0] += 5.1
    again = await cache.find(KEY)
    assert not again.key.active
    assert again.scrubber is not first.scrubber


async def test_unknown_keys_are_remembered_within_bounds(cache, registry, clock, monkeypatch):
    monkeypatch.setattr(keys_module, "MOST_UNKNOWN", 3)
    for number in (1, 1, 2, 3, 4):
        assert await cache.find(f"{number:032x}") is None
    assert len(registry.asked) == 4
    assert len(cache._unknown) == 3
    clock[0] += 5.1
    registry.keys[f"{4:032x}"] = registry.key()
    assert await cache.find(f"{4:032x}") is not None


@pytest.mark.parametrize("key", ["", "x" * 32, "0" * 31, "0" * 33, "A" * 32])
async def test_what_cannot_be_a_key_is_no_question(cache, registry, key):
    assert await cache.find(key) is None
    assert registry.asked == []


async def test_known_keys_outlive_the_registry(cache, registry, clock):
    known = await cache.find(KEY)
    registry.problem = StoreUnavailable("the registry is gone")
    clock[0] += 60
    assert await cache.find(KEY) is known
    assert cache.problem == "the registry is gone"
    with pytest.raises(StoreUnavailable, match="gone"):
        await cache.find("f" * 32)
    registry.problem = None
    clock[0] += 60
    assert (await cache.find(KEY)).key == known.key
    assert cache.problem == ""


async def test_a_registry_that_hangs_is_not_waited_for(cache, registry, clock, monkeypatch):
    monkeypatch.setattr(keys_module, "PATIENCE_SECONDS", 0.05)
    known = await cache.find(KEY)
    clock[0] += 60
    registry.gate.clear()
    assert await cache.find(KEY) is known
    with pytest.raises(StoreUnavailable, match="did not answer"):
        await cache.find("f" * 32)


async def test_made_up_keys_do_not_pile_up(cache, registry, monkeypatch):
    monkeypatch.setattr(keys_module, "MOST_QUESTIONS", 2)
    registry.gate.clear()
    waiting = [asyncio.create_task(cache.find(f"{number:032x}")) for number in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(StoreUnavailable, match="unseen keys"):
        await cache.find("f" * 32)
    registry.gate.set()
    assert await asyncio.gather(*waiting) == [None, None]


async def test_a_registry_that_is_no_database_is_unavailable_and_said(cache, registry, caplog):
    registry.problem = ValueError("not a database")
    with pytest.raises(StoreUnavailable, match="cannot be used: ValueError"):
        await cache.find(KEY)
    assert "looking a key up failed" in caplog.text
