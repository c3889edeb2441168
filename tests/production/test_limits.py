"""Limits counted in a real Redis: exact over several processes, and what holds while it is away."""

import asyncio
import json
import subprocess
import sys
import time

import pytest

from ingest_api import counters
from ingest_api.counters import RETRY_SECONDS
from seiche.cli.checks.installation import limits
from seiche.model.protection import Limit, Window
from seiche.registry.engine import make_engine, write
from seiche.registry.migrate import upgrade
from seiche.registry.project_queries import change_config
from seiche.registry.projects import bootstrap, create_project
from seiche.registry.tables import Project
from seiche.settings import load_settings
from seiche.testing import servers
from tests.unit.ingest_api.world import envelope, event, running

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]
ROOM = 700
PROGRAM = """
import asyncio, json, sys, time
from ingest_api import counters
from ingest_api.counters import Counters
from ingest_api.limiter import Ceiling, Limiter
from seiche.model.protection import Limit, LimitScope, Window

url, owner, quantity, go_at, items = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5])

counters.PATIENCE_SECONDS = 20  # a busy machine is no Redis that is away


async def main():
    limiter = Limiter(Counters(url))
    ceiling = Ceiling(LimitScope.PROJECT, owner, Limit(quantity=quantity, window=Window.MONTH))
    await asyncio.sleep(max(0.0, go_at - time.time()))
    passed = 0
    for _ in range(40):
        found = await asyncio.gather(*(limiter.admit([ceiling], "error", [100] * items, int(go_at * 1e6)) for _ in range(25)))
        passed += sum(one.allowed for one in found)
    print(json.dumps({"passed": passed, "problem": limiter.counters.problem}))


asyncio.run(main())
"""


@pytest.fixture(scope="session")
def anyio_backend():
    return "asyncio"


@pytest.fixture
def shop(tmp_path):
    """(engine, project) of a registry whose project has a limit of ten events a month."""
    url = f"sqlite:///{tmp_path / 'registry.sqlite'}"
    upgrade(url)
    engine = make_engine(url)
    bootstrap(engine, admin_email="a@seiche.test", admin_password="x")
    project = create_project(engine, "Shop")
    with write(engine) as session:
        change_config(session, session.get_one(Project, project.id), {"limits": (Limit(quantity=10, window=Window.MONTH),)}, now_us=1)
    yield engine, project
    engine.dispose()


def web(tmp_path, name, url):
    return load_settings(data=tmp_path / name, limits={"storage_url": url})


@pytest.fixture
def url():
    """The Redis of the tests, on a database of its own, emptied: counters are named by the project's id, and every test's is 1."""
    import redis

    found = servers.redis().rpartition("/")[0] + "/7"
    redis.Redis.from_url(found).flushdb()
    return found


async def statuses(*worlds, times):
    return [[(await world.envelope(envelope(event()))).status_code for world in worlds] for _ in range(times)]


@pytest.mark.parametrize("items", [1, 3])
def test_a_limit_is_one_number_for_every_process(url, items) -> None:
    """Two processes, a thousand requests each, 25 at a time, of which all together only so many may pass: not one more."""
    owner, go_at = servers.fresh_name("project:"), time.time() + 2
    argv = [sys.executable, "-c", PROGRAM, url, owner, str(ROOM), str(go_at), str(items)]
    both = [subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    told = [json.loads(process.communicate(timeout=60)[0]) for process in both]
    assert [one["problem"] for one in told] == ["", ""]
    passed = sum(one["passed"] for one in told)
    # A request of several items may find the last places in the hands of another that is about to give them back.
    assert ROOM - (0 if items == 1 else 25 * 2 * items) <= passed <= ROOM


async def test_two_web_processes_share_a_projects_limit(tmp_path, shop, url, monkeypatch) -> None:
    monkeypatch.setattr(counters, "PATIENCE_SECONDS", 20)
    async with running(web(tmp_path, "one", url), *shop) as one, running(web(tmp_path, "two", url), *shop) as two:
        found = await statuses(one, two, times=8)
        assert found == [[200, 200]] * 5 + [[429, 429]] * 3
        answer = await two.envelope(envelope(event()))
        assert answer.headers["x-sentry-rate-limits"].endswith(":project:project_events_month")
        for world in (one, two):
            sums = await world.sums()
            assert sums["error", "received"] == sums["error", "stored"] + sums["error", "rate_limited"]
    async with running(web(tmp_path, "three", url), *shop) as three:
        assert await statuses(three, times=1) == [[429]], "a process that begins later counts with the others"


async def test_while_redis_is_away_each_counts_alone_and_says_so(tmp_path, shop, url) -> None:
    """No event is refused because of Redis; its counts are there again when it is, also after it was started again."""
    async with running(web(tmp_path, "one", url), *shop) as one, running(web(tmp_path, "two", url), *shop) as two:
        assert await statuses(one, two, times=3) == [[200, 200]] * 3
        with servers.away("redis", 0):
            began = time.monotonic()
            # Each has counted its own three, so each lets seven more pass.
            assert await statuses(one, two, times=8) == [[200, 200]] * 7 + [[429, 429]]
            assert time.monotonic() - began < 20, "an event does not wait for what is away"
            ready = await one.client.get("/health/ready")
            assert ready.status_code == 200
            assert "this process counts alone" in ready.json()["degraded"]["limits"]
            assert "seiche_ingest_limits_degraded 1.0" in (await two.client.get("/metrics")).text
            assert limits(one.settings).verdict == "warn"
        await asyncio.sleep(RETRY_SECONDS)
        # Redis has the six from before: four places are left for both together.
        assert await statuses(one, two, times=3) == [[200, 200]] * 2 + [[429, 429]]
        assert "degraded" not in (await one.client.get("/health/ready")).json()
        assert "seiche_ingest_limits_degraded 0.0" in (await two.client.get("/metrics")).text


def test_doctor_looks_at_it(tmp_path, url) -> None:
    found = limits(web(tmp_path, "one", url))
    assert found.verdict == "ok", found
    assert "Redis" in found.says
