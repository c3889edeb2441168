"""The issue list and page, over a real registry, chDB and index."""

import time

import pytest
import sqlalchemy as sa

from query_api.remembered import Remembered
from seiche.registry.engine import write
from seiche.registry.tables import FingerprintRow, Issue

pytestmark = pytest.mark.anyio


@pytest.fixture
def shop(world):
    return world.project("Shop")


async def issues(client, slug="shop", **params):
    answer = await client.get(f"/projects/{slug}/issues", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_before_any_batch(owner, world, shop):
    _, issue_id = await world.event(shop, batched=False, value="bad amount")
    page = await issues(owner)
    assert page["total"] == 1
    assert page["as_of"] is None
    (row,) = page["items"]
    assert row["id"] == str(issue_id)
    assert row["short_id"] == "SHOP-1"
    assert (row["type"], row["value"], row["count"], row["users"], row["status"]) == ("ValueError", "bad amount", 1, 0, "unresolved")
    assert row["sparkline"] == [0] * 24


async def test_users_and_sparkline_follow_the_map(owner, world, shop, state):
    now = time.time()
    _, one = await world.event(shop, number=1, user="a", at=now)
    await world.event(shop, number=1, user="b", at=now)
    await world.event(shop, number=1, user="b", at=now - 3600)
    _, two = await world.event(shop, number=2, user="b", at=now)
    rows = {row["id"]: row for row in (await issues(owner))["items"]}
    assert rows[str(one)]["users"] == 2
    assert rows[str(one)]["sparkline"][-2:] == [1, 2]
    assert rows[str(two)]["users"] == 1
    with write(world.engine) as session:  # merge: edit the map, publish it
        moved = session.query(FingerprintRow).filter_by(issue_id=two).one()
        moved.issue_id, moved.map_version = one, 1000
        fingerprint = moved.fingerprint
    client = world.make_client()
    client.insert(
        "fingerprint_map", [[shop.id, fingerprint, one, 1000]], column_names=["project_id", "fingerprint", "issue_id", "map_version"]
    )
    client.close()
    state.gateway._remembered = Remembered(0, time.monotonic)  # figures are reused for 3 s while no event comes
    rows = {row["id"]: row for row in (await issues(owner))["items"]}
    assert rows[str(one)]["users"] == 2, "a user of both is one user"
    assert sum(rows[str(one)]["sparkline"]) == 4
    assert rows[str(two)]["users"] == 0


@pytest.mark.parametrize("sort", ["last_seen", "first_seen", "count", "users"])
async def test_pages_hold_each_issue_once(owner, world, shop, sort):
    for number in range(7):
        for repeat in range(1 + number % 3):
            await world.event(shop, number=number, user=f"u{repeat}")
    seen, cursor = [], ""
    while cursor is not None:
        page = await issues(owner, sort=sort, limit=3, cursor=cursor)
        assert page["total"] == 7
        seen += page["items"]
        cursor = page["next_cursor"]
    assert len({row["id"] for row in seen}) == len(seen) == 7
    values = [row[sort] for row in seen]
    assert values == sorted(values, reverse=True)


@pytest.fixture(scope="module")
async def queried(lasting):
    """(client, issue id -> number)"""
    world, client = lasting
    shop, numbers = world.project("Shop"), {}
    for number, fields in enumerate(
        [{}, {"value": "gateway timeout", "release": "shop@2"}, {"release": "a[b]?", "environment": "staging", "level": "warning"}], start=1
    ):
        _, issue_id = await world.event(shop, number=number, **fields)
        numbers[str(issue_id)] = number
    return client, numbers


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {1, 2, 3}),
        ("is:unresolved", {1, 2, 3}),
        ("!is:unresolved", set()),
        ("is:new level:error", {1, 2}),
        ("level:warn*", {3}),
        ("release:shop@2", {2}),
        ("release:shop@*", {1, 2}),
        ("!release:shop@2", {1, 3}),
        ("release:SHOP@*", set()),
        ("release:a[b]?", {3}),
        ("release:a[b]*", {3}),
        ("environment:staging", {3}),
        ("timeout", {2}),
        ("TimeOut", {2}),
        ("time", set()),
        ("time*", {2}),
        ('"gateway timeout"', {2}),
        ('"timeout gateway"', set()),
        ("checkout_1", {1}),
        ("basketrows", {1, 2, 3}),
        ("basketrows level:warning", {3}),
        ("basketrows timeout", {2}),
        ("nothing_like_it", set()),
    ],
)
async def test_query(queried, query, found):
    client, numbers = queried
    page = await issues(client, query=query)
    assert {numbers[row["id"]] for row in page["items"]} == found
    assert page["total"] == len(found)


async def test_words_find_what_no_batch_has_reached(owner, world, shop):
    await world.event(shop, number=1, value="quite young", batched=False)
    assert (await issues(owner, query="young"))["total"] == 1


async def test_analytics_down(owner, world, shop):
    await world.event(shop)
    world.olap_down = True
    page = await issues(owner, query="is:unresolved")
    assert page["total"] == 1
    assert page["as_of"] is None
    for params in ({"query": "amount"}, {"sort": "users"}):
        answer = await owner.get("/projects/shop/issues", params=params)
        assert answer.status_code == 503
        assert answer.json()["code"] == "unavailable"
        assert int(answer.headers["retry-after"]) >= 1
    assert "words cannot be searched now" in (await owner.get("/projects/shop/issues", params={"query": "amount"})).json()["detail"]


async def test_detail_says_why_it_is_one_issue(owner, world, shop):
    first, issue_id = await world.event(shop, release="shop@1")
    last, _ = await world.event(shop, release="shop@2", environment="staging")
    detail = (await owner.get(f"/issues/{issue_id}")).json()
    assert (detail["project"], detail["count"], detail["users"]) == ("shop", 2, 1)
    assert (detail["first_event_id"], detail["last_event_id"]) == (first, last)
    assert set(detail["releases"]) == {"shop@1", "shop@2"}
    assert set(detail["environments"]) == {"production", "staging"}
    (why,) = detail["fingerprints"]
    assert why["rule"] == "unseen"
    assert any("checkout_0" in part["value"] for part in why["components"])
    assert detail["as_of"] is not None


async def test_detail_names_what_came_closest_and_the_runner_up(owner, world, shop):
    _, issue_id = await world.event(shop)
    _, other_id = await world.event(shop, number=1)
    foreign = world.project("Foreign")
    _, foreign_id = await world.event(foreign)
    why = {"rule": "two issues are as likely", "score": 0.8, "needs": 0.66, "matched": "f" * 32, "refused": other_id}
    why |= {"runner_up": foreign_id, "runner_up_score": 0.79, "parts": [["line", 1.0]]}
    with write(world.engine) as session:
        session.execute(sa.update(FingerprintRow).where(FingerprintRow.issue_id == issue_id).values(evidence=why))
    (told,) = (await owner.get(f"/issues/{issue_id}")).json()["fingerprints"]
    other = (await owner.get(f"/issues/{other_id}")).json()
    assert told["closest"] == {"id": str(other_id), "short_id": other["short_id"], "title": other["title"], "score": 0.8}
    assert told["runner_up"] == {"id": str(foreign_id), "short_id": "", "title": "", "score": 0.79}, "another project's is not shown"
    assert (told["refused_rule"], told["needs"], told["compared"]) == (why["rule"], 0.66, [{"name": "line", "value": 1.0}])


async def test_change_one_and_its_activity(owner, world, shop):
    _, issue_id = await world.event(shop)
    answer = await owner.patch(f"/issues/{issue_id}", json={"status": "resolved", "reason": "fixed in 2"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["status"] == "resolved"
    entries = (await owner.get(f"/issues/{issue_id}/activity")).json()
    assert [entry["kind"] for entry in entries][-1] == "issue_new"
    assert (entries[0]["actor"], entries[0]["reason"]) == ("owner@example.org", "fixed in 2")
    assert (await owner.patch(f"/issues/{issue_id}", json={"status": "closed"})).status_code == 422


async def test_bulk_names_each_failure(owner, world, shop):
    other = world.project("Other")
    _, one = await world.event(shop, number=1)
    _, two = await world.event(shop, number=2)
    _, elsewhere = await world.event(other, number=3)
    ids = [str(one), str(two), str(elsewhere), "x", "99999999", str(one)]
    result = (await owner.patch("/projects/shop/issues", json={"ids": ids, "status": "ignored"})).json()
    assert sorted(result["changed"]) == sorted([str(one), str(two)])
    assert set(result["failed"]) == {str(elsewhere), "x", "99999999"}
    assert all(result["failed"].values())
    with write(world.engine) as session:
        assert session.get_one(Issue, elsewhere).status == "unresolved"
        assert session.get_one(Issue, one).status == "ignored"


async def test_tags(owner, world, shop):
    _, issue_id = await world.event(shop, tags={"browser": "Firefox"}, user="a")
    await world.event(shop, tags={"browser": "Firefox"}, user="b")
    await world.event(shop, tags={"browser": "Chrome", "os": "Linux"}, user="b")
    tags = {tag["key"]: tag for tag in (await owner.get(f"/issues/{issue_id}/tags")).json()}
    assert tags["browser"]["total"] == 3
    assert tags["browser"]["values"] == [{"value": "Firefox", "count": 2}, {"value": "Chrome", "count": 1}]
    assert tags["os"]["total"] == 1
    assert tags["release"]["values"] == [{"value": "shop@1", "count": 3}]
    assert len(tags["user"]["values"]) == 2
