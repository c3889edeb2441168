"""Numbers follow the filter, and the filters that issues are found by."""

import time

import pytest

from seiche.registry import teams
from seiche.registry.engine import write
from seiche.registry.issues import find
from seiche.registry.tables import IssueFacet, Project

pytestmark = pytest.mark.anyio
HOUR = 3600


@pytest.fixture
async def shop(world):
    return await filled(world)


async def filled(world):
    """One: 3 in production by two users an hour ago, 1 in staging now. Two: 2 in staging."""
    project = world.project("Shop")
    now = time.time()
    ids = {}
    for number, environment, user, at, release, browser in (
        (1, "production", "ada", now - 2 * HOUR, "shop@1", "Firefox"),
        (1, "production", "ada", now - HOUR, "shop@2", "Firefox"),
        (1, "production", "bob", now - HOUR, "shop@1", "Chrome"),
        (1, "staging", "eve", now, "shop@2", "Chrome"),
        (2, "staging", "eve", now - 3 * HOUR, "shop@2", "Safari"),
        (2, "staging", "eve", now - 3 * HOUR, "shop@2", "Safari"),
    ):
        event_id, ids[number] = await world.event(
            project, number=number, environment=environment, user=user, at=at, release=release, tags={"browser": browser}
        )
    with write(world.engine) as session:  # the fixture's facets are counted as the consumer counts them
        for issue_id, facet, value, count, first, last in (
            (1, "environment", "production", 3, now - 2 * HOUR, now - HOUR),
            (1, "release", "shop@1", 2, now - 2 * HOUR, now - HOUR),
            (1, "release", "shop@2", 2, now - HOUR, now),
            (2, "environment", "staging", 2, now - 3 * HOUR, now - 3 * HOUR),
            (2, "release", "shop@2", 2, now - 3 * HOUR, now - 3 * HOUR),
        ):
            row = session.get_one(IssueFacet, (ids[issue_id], facet, value))
            row.count, row.first_seen_us, row.last_seen_us = count, int(first * 1e6), int(last * 1e6)
    return project, ids, now, event_id


async def rows(client, query="", **params):
    answer = await client.get("/projects/shop/issues", params={"query": query} | params)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def test_counts_users_times_and_trend_follow_the_environment(owner, shop):
    _, ids, now, _ = shop
    (row,) = await rows(owner, "environment:production")
    assert (row["id"], row["count"], row["users"]) == (str(ids[1]), 3, 2)
    assert abs(time.mktime(time.strptime(row["last_seen"][:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone - (now - HOUR)) < 2
    assert sum(row["sparkline"]) == 3
    (row,) = await rows(owner, "environment:production release:shop@1")
    assert (row["count"], row["users"], sum(row["sparkline"])) == (2, 2, 2)
    assert await rows(owner, "environment:production release:shop@3") == []
    whole = {row["id"]: row["count"] for row in await rows(owner)}
    assert whole == {str(ids[1]): 4, str(ids[2]): 2}


@pytest.mark.parametrize("sort", ["last_seen", "first_seen", "count", "users"])
async def test_the_order_follows_the_filter_over_pages(owner, shop, sort):
    one, two = str(shop[1][1]), str(shop[1][2])
    seen, cursor = [], ""
    while cursor is not None:
        answer = (
            await owner.get("/projects/shop/issues", params={"query": "environment:staging", "sort": sort, "limit": 1, "cursor": cursor})
        ).json()
        assert answer["total"] == 2
        seen += [row["id"] for row in answer["items"]]
        cursor = answer["next_cursor"]
    # Staging saw issue 2 twice, three hours ago, and issue 1 once, now; one user met both.
    assert seen == ([two, one] if sort in {"count", "users"} else [one, two])


async def test_the_issue_page_follows_it(owner, shop):
    _, ids, _, _ = shop
    found = (await owner.get(f"/issues/{ids[1]}", params={"query": "is:unresolved environment:production"})).json()
    assert (found["count"], found["users"]) == (3, 2)
    assert (await owner.get(f"/issues/{ids[1]}")).json()["count"] == 4
    assert (await owner.get(f"/issues/{ids[2]}", params={"query": "environment:production"})).json()["count"] == 0


async def test_within_one_filter_nothing_but_the_registry_is_asked(owner, world, shop):
    world.olap_down = True
    (row,) = await rows(owner, "environment:production")
    assert row["count"] == 3
    answer = await owner.get("/projects/shop/issues", params={"query": "environment:production release:shop@1"})
    assert answer.status_code == 503


@pytest.fixture(scope="module")
async def decided(lasting):
    """(client, issue ids): people have assigned both issues and made one urgent, one escalates."""
    world, client = lasting
    project, ids, now, _ = await filled(world)
    with write(world.engine) as session:
        organization_id = session.get_one(Project, project.id).organization_id
        cart = teams.create(session, organization_id, "cart", "Cart", now_us=1)
        one, two = find(session, ids[1]), find(session, ids[2])
        one.priority, one.first_seen_us, two.first_seen_us = "high", int(now * 1e6), int(now * 1e6)
        teams.assign(session, one, teams.named(session, organization_id, "owner@example.org"), actor="a", reason="", now_us=1)
        teams.assign(session, two, teams.named(session, organization_id, f"#{cart.slug}"), actor="a", reason="", now_us=1)
        two.substatus = "escalating"
    return client, ids


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("times_seen:>2", {1}),
        ("times_seen:2", {2}),
        ("!times_seen:<=2", {1}),
        ("times_seen:>2 environment:staging", set()),
        ("times_seen:>=2 environment:staging", {2}),
        ("age:<1h", {1, 2}),
        ("age:>1h", set()),
        ("priority:high", {1}),
        ("!priority:high", {2}),
        ("assigned:me", {1}),
        ("assigned:owner@example.org", {1}),
        ("assigned:#cart", {2}),
        ("assigned:none", set()),
        ("!assigned:me", {2}),
        ("first_release:shop@1", {1}),
        ("is:escalating", {2}),
        ("has:browser", {1, 2}),
        ("has:user", {1, 2}),
        ("!has:browser", set()),
        ("has:device", set()),
        ("tags.browser:Firefox", {1}),
        ("tags.browser:S*", {2}),
        ("!tags.browser:Firefox", {2}),
        ("tags.browser:Chrome environment:production", {1}),
        ("tags.browser:Firefox environment:staging", set()),
        ("tags.browser:Safari is:escalating basketrows", {2}),
    ],
)
async def test_filters(decided, query, found):
    client, ids = decided
    assert {row["id"] for row in await rows(client, query)} == {str(ids[number]) for number in found}


async def test_an_event_id_finds_its_issue(owner, world, shop):
    project, ids, _, event_id = shop
    first = (await owner.get(f"/issues/{ids[1]}/events", params={"limit": 10})).json()["items"][1]["event_id"]
    for known, number in ((event_id, 2), (first, 1), (f"{first[:8]}-{first[8:]}".upper(), 1)):
        (row,) = await rows(owner, f"event_id:{known}")
        assert row["id"] == str(ids[number])
    assert await rows(owner, f"event_id:{'0' * 32}") == []
    young, issue_id = await world.event(project, number=3, batched=False)
    (row,) = await rows(owner, f"event_id:{young}")
    assert row["id"] == str(issue_id)


async def test_an_issues_events_take_filters_on_events(owner, shop):
    _, ids, _, _ = shop
    for query, count in (("tags.browser:Chrome", 2), ("has:browser environment:staging", 1), ("!tags.browser:Chrome", 2)):
        answer = await owner.get(f"/issues/{ids[1]}/events", params={"query": query})
        assert len(answer.json()["items"]) == count, answer.text
    refused = await owner.get(f"/issues/{ids[1]}/events", params={"query": "priority:high"})
    assert (refused.status_code, "filters issues" in refused.json()["detail"]) == (400, True)
