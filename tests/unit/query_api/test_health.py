"""Release health by the API, over rows as the pipeline makes them."""

import json
import time

import pyarrow as pa
import pytest

from lake.sessions import to_rows
from seiche.protocol.sessions import anonymous

pytestmark = pytest.mark.anyio


def sessions(world, project, *trees, kind="session"):
    """Bring sessions to the hot tier."""
    now_us = int(time.time() * 1e6)
    bodies = [anonymous(kind, json.dumps(tree).encode(), project_id=project.id).decode() for tree in trees]
    columns = {
        "log_partition": pa.array([0] * len(bodies), pa.int32()),
        "log_offset": pa.array(range(len(bodies)), pa.int64()),
        "received_at": pa.array([now_us] * len(bodies), pa.timestamp("us", tz="UTC")),
        "project_id": pa.array([project.id] * len(bodies), pa.int64()),
        "item_type": [kind] * len(bodies),
        "payload": bodies,
    }
    world.client.insert_arrow("session_rows", to_rows(pa.table(columns)))


def session(sid, status, release="shop@1", environment="prod", **more):
    return {"sid": sid, "status": status, "started": time.time() - 60, "attrs": {"release": release, "environment": environment}, **more}


async def test_rates_and_adoption_of_each_release(world, owner):
    project = world.project("Healthy")
    sessions(
        world,
        project,
        session("a", "crashed", did="ada"),
        session("b", "exited", did="bob"),
        session("c", "exited", errors=1),
        session("d", "exited", "shop@2"),
    )
    answer = await owner.get("/projects/healthy/release-health", params={"hours": 2})
    assert answer.status_code == 200
    first, second = answer.json()["releases"]
    assert (first["release"], first["sessions"], first["crashed"], first["errored"], first["users"]) == ("shop@1", 3, 1, 1, 2)
    assert first["crash_free_sessions"] == pytest.approx(2 / 3)
    assert (first["crash_free_users"], first["adoption"], sum(first["hours"]), len(first["hours"])) == (0.5, 0.75, 3, 2)
    assert (second["crash_free_sessions"], second["crash_free_users"]) == (1, None)


async def test_an_environment_alone(world, owner):
    project = world.project("Staged")
    sessions(world, project, session("a", "exited"), session("b", "crashed", environment="stage"))
    (found,) = (await owner.get("/projects/staged/release-health", params={"environment": "stage"})).json()["releases"]
    assert (found["sessions"], found["crashed"], found["adoption"]) == (1, 1, 1)


async def test_counts_by_the_minute(world, owner):
    project = world.project("Server")
    bucket = {"started": time.time() - 60, "exited": 98, "crashed": 2}
    sessions(world, project, {"aggregates": [bucket], "attrs": {"release": "api@1"}}, kind="sessions")
    (found,) = (await owner.get("/projects/server/release-health")).json()["releases"]
    assert (found["sessions"], found["crash_free_sessions"]) == (100, 0.98)


async def test_without_sessions_there_are_no_releases(world, owner):
    world.project("Quiet")
    assert (await owner.get("/projects/quiet/release-health")).json()["releases"] == []


async def test_without_analytics_it_says_so(world, owner):
    world.project("Dark")
    world.olap_down = True
    assert (await owner.get("/projects/dark/release-health")).status_code == 503
