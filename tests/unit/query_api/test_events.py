"""Single events: from the log, from bronze, normalised; neighbours; the list within an issue."""

import time
import uuid

import pytest

from query_api.state import ApiState
from seiche.errors import OffsetOutOfRange
from seiche.registry.engine import write
from seiche.registry.tables import Project

pytestmark = pytest.mark.anyio


@pytest.fixture
def shop(world):
    return world.project("Shop")


async def test_readable_before_any_batch(owner, world, shop):
    event_id, issue_id = await world.event(shop, batched=False)
    for path in (f"/projects/shop/events/{event_id}", f"/issues/{issue_id}/events/latest", f"/issues/{issue_id}/events/oldest"):
        answer = await owner.get(path)
        assert answer.status_code == 200, answer.text
        event = answer.json()
        assert (event["event_id"], event["issue_id"], event["project"]) == (event_id, str(issue_id), "shop")
    assert event["exceptions"][0]["frames"][-1]["vars"] == {"amount": "-1"}
    assert event["exceptions"][0]["frames"][-1]["context_line"] == "total = price * amount"
    assert event["user"]["id"] == "u1"
    assert ["browser", "Firefox"] in event["tags"]
    assert event["breadcrumbs"][0]["message"] == "SELECT basketrows"
    assert event["older_event_id"] is None
    assert event["newer_event_id"] is None


async def test_frames_are_own_code_as_the_stack_rules_say(owner, world, shop):
    event_id, _ = await world.event(shop)
    await owner.patch("/projects/shop", json={"stack_rules": "stack.function:main -app -group"})

    async def own():
        frames = (await owner.get(f"/projects/shop/events/{event_id}")).json()["exceptions"][0]["frames"]
        return [(frame["function"], frame["in_app"]) for frame in frames]

    assert await own() == [("main", True), ("checkout_0", True)], "rules apply to what comes from then on"
    with write(world.engine) as session:
        project = session.get_one(Project, shop.id)
        project.grouping_floor = project.config_version  # as a regroup leaves it: history is grouped by them as well
    assert await own() == [("main", False), ("checkout_0", True)], "and every frame is shown"


async def test_an_event_in_the_middle_is_found_in_the_tail_of_the_log(owner, world, shop):
    await world.event(shop, batched=False)
    middle, _ = await world.event(shop, batched=False)
    await world.event(shop, batched=False)
    assert (await owner.get(f"/projects/shop/events/{middle}")).json()["event_id"] == middle
    dashed = str(uuid.UUID(middle)).upper()
    assert (await owner.get(f"/projects/shop/events/{dashed}")).json()["event_id"] == middle


async def test_neighbours_across_the_hot_tier_and_the_log(owner, world, shop):
    now = time.time()
    ids = [(await world.event(shop, at=now - 9 + number, batched=number < 3))[0] for number in range(4)]
    issue_id = (await owner.get(f"/projects/shop/events/{ids[0]}")).json()["issue_id"]
    chain = []
    for event_id in ids:
        event = (await owner.get(f"/issues/{issue_id}/events/{event_id}")).json()
        assert event["navigation_available"]
        chain.append((event["older_event_id"], event["newer_event_id"]))
    assert chain == [(None, ids[1]), (ids[0], ids[2]), (ids[1], ids[3]), (ids[2], None)]
    world.olap_down = True
    event = (await owner.get(f"/issues/{issue_id}/events/latest")).json()
    assert event["event_id"] == ids[3]
    assert not event["navigation_available"]


async def test_bronze_once_the_log_has_let_go(owner, world, shop, state: ApiState, monkeypatch):
    from lake.bronze import advance
    from lake.store import Lake

    event_id, _ = await world.event(shop, value="kept in bronze")
    assert advance(Lake(world.settings.lake_url), state.log).rows == 1

    def gone(partition, offset, **_):
        raise OffsetOutOfRange(partition, offset, 10, 10)

    monkeypatch.setattr(state.log, "read", gone)
    event = (await owner.get(f"/projects/shop/events/{event_id}")).json()
    assert event["exceptions"][0]["value"] == "kept in bronze"
    place = state.payloads.find(shop.id, event_id)
    assert place is not None
    assert state.payloads.find(shop.id + 1, event_id) is None
    assert state.payloads.read(0, 10**9) is None


async def test_an_event_that_nothing_holds(owner, shop):
    answer = await owner.get(f"/projects/shop/events/{uuid.uuid4().hex}")
    assert answer.status_code == 404


async def test_an_event_of_another_issue_is_not_this_ones(owner, world, shop):
    event_id, one = await world.event(shop, number=1)
    await world.event(shop, number=1)
    _, two = await world.event(shop, number=2)
    await world.event(shop, number=1)
    assert (await owner.get(f"/issues/{one}/events/{event_id}")).status_code == 200
    assert (await owner.get(f"/issues/{two}/events/{event_id}")).status_code == 404


async def test_list_pages_filters_and_words(owner, world, shop):
    now = time.time()
    ids = []
    for number in range(5):
        event_id, issue_id = await world.event(shop, at=now - 50 + number, release=f"shop@{number % 2}", value=f"amount {number}")
        ids.append(event_id)
    path = f"/issues/{issue_id}/events"
    seen, cursor = [], ""
    while cursor is not None:
        page = (await owner.get(path, params={"limit": 2, "cursor": cursor})).json()
        seen += [row["event_id"] for row in page["items"]]
        cursor = page["next_cursor"]
    assert seen == ids[::-1]
    found = (await owner.get(path, params={"query": "release:shop@1"})).json()["items"]
    assert [row["event_id"] for row in found] == [ids[3], ids[1]]
    assert found[0]["user"] == "id:u1"
    found = (await owner.get(path, params={"query": '"amount 3" !release:shop@0'})).json()["items"]
    assert [row["event_id"] for row in found] == [ids[3]]
    assert (await owner.get(path, params={"query": "absent"})).json()["items"] == []
    answer = await owner.get(path, params={"query": "is:new"})
    assert answer.status_code == 400
    assert "is:new filters issues" in answer.json()["detail"]


async def test_list_shows_the_youngest_before_a_batch(owner, world, shop):
    first, issue_id = await world.event(shop, batched=False)
    last, _ = await world.event(shop, batched=False)
    page = (await owner.get(f"/issues/{issue_id}/events")).json()
    assert [row["event_id"] for row in page["items"]] == [last, first]


async def test_unreadable_event_is_shown_with_its_error(owner, world, shop):
    from seiche.model.record import LogRecord, RecordKind

    event_id = uuid.uuid4().hex
    record = LogRecord(
        kind=RecordKind.EVENT, received_at_us=int(time.time() * 1e6), project_id=shop.id, event_id=event_id, config_version=1, body=b"[1"
    )
    await world.writer.append([record])
    answer = await owner.get(f"/projects/shop/events/{event_id}")
    assert answer.status_code == 200, answer.text
    assert "could not be read" in answer.json()["remarks"][0]
