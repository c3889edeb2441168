"""Merge, unmerge and undo over HTTP: who, why, old links, and what the list says right afterwards."""

import pytest

pytestmark = pytest.mark.anyio


@pytest.fixture
async def shop(world):
    project = world.project("Shop")
    made = [await world.event(project, number=number) for number in (1, 2, 2)]
    return project, [str(issue_id) for _, issue_id in made[:2]]


async def test_merging_is_seen_at_once_and_old_links_lead_on(owner, shop):
    _, (kept, gone) = shop
    answer = await owner.post("/projects/shop/issues/merge", json={"ids": [gone, kept], "reason": "one bug"})
    assert answer.status_code == 200, answer.text
    change = answer.json()
    assert (change["kind"], change["issue_id"], change["actor"], change["reason"]) == ("merge", kept, "owner@example.org", "one bug")
    assert (change["issues"], change["fingerprints"], change["can_undo"]) == ([kept, gone], 1, True)
    page = (await owner.get("/projects/shop/issues")).json()
    assert [(row["id"], row["count"]) for row in page["items"]] == [(kept, 3)]
    assert (page["total"], (await owner.get("/projects/shop")).json()["unresolved"]) == (1, 1)
    assert (await owner.get(f"/issues/{gone}")).json()["id"] == kept
    assert "merged" in [entry["kind"] for entry in (await owner.get(f"/issues/{gone}/activity")).json()]
    assert (await owner.get(f"/issues/{gone}/events/latest")).json()["issue_id"] == kept
    resolved = await owner.patch(f"/issues/{gone}", json={"status": "resolved"})
    assert (resolved.json()["id"], resolved.json()["status"]) == (kept, "resolved")


async def test_an_issue_shows_what_it_is_made_of_and_lets_go_of_it(owner, shop):
    _, (kept, gone) = shop
    await owner.post("/projects/shop/issues/merge", json={"ids": [kept, gone]})
    grouping = (await owner.get(f"/issues/{kept}/grouping")).json()
    assert [(part["count"], part["pinned"], part["title"]) for part in grouping["fingerprints"]] == [
        (2, True, "ValueError: bad amount"),
        (1, True, "ValueError: bad amount"),
    ]
    assert grouping["fingerprints"][0]["culprit"] == "shop.cart in checkout_2"
    assert [change["kind"] for change in grouping["changes"]] == ["merge"]
    theirs = grouping["fingerprints"][0]["fingerprint"]
    answer = await owner.post(f"/issues/{kept}/unmerge", json={"fingerprints": [theirs], "reason": "another bug"})
    assert answer.json()["issue_id"] == gone, "its own id again"
    assert {row["id"]: row["count"] for row in (await owner.get("/projects/shop/issues")).json()["items"]} == {kept: 1, gone: 2}
    refused = await owner.post(f"/issues/{gone}/unmerge", json={"fingerprints": [theirs]})
    assert (refused.status_code, refused.json()["code"]) == (400, "nothing_left")
    undone = await owner.post(f"/projects/shop/grouping-changes/{answer.json()['id']}/undo", json={"reason": "no, the same"})
    assert (undone.status_code, undone.json()["kind"]) == (200, "undo")
    assert (await owner.get(f"/issues/{gone}")).json()["id"] == kept
    again = await owner.post(f"/projects/shop/grouping-changes/{answer.json()['id']}/undo", json={})
    assert (again.status_code, again.json()["code"]) == (400, "cannot_undo")
    listed = (await owner.get("/projects/shop/grouping-changes")).json()
    assert [(change["kind"], change["can_undo"]) for change in listed] == [("undo", False), ("unmerge", False), ("merge", True)]


async def test_issues_of_two_projects_do_not_merge(owner, world, shop):
    _, (kept, _) = shop
    other = world.project("Other")
    _, foreign = await world.event(other)
    answer = await owner.post("/projects/shop/issues/merge", json={"ids": [kept, str(foreign)]})
    assert answer.status_code == 404
    assert (await owner.get(f"/issues/{foreign}")).json()["count"] == 1


async def test_regroups_are_asked_for_polled_and_cancelled(owner, world, organization):
    world.project("Shop")
    settings = (await owner.get("/projects/shop/grouping-settings")).json()
    assert (settings["settings"]["grouping_version"], settings["history"]) == (2, "same")
    assert "grouping_earlier" not in settings["settings"]
    asked = await owner.post("/projects/shop/regroups", json={"kind": "apply", "config": {"grouping_version": 1}})
    assert (asked.status_code, asked.json()["state"], asked.json()["actor"]) == (202, "queued", "owner@example.org")
    second = await owner.post("/projects/shop/regroups", json={"kind": "apply", "config": {}})
    assert (second.status_code, second.json()["code"]) == (400, "regroup_running")
    path = f"/projects/shop/regroups/{asked.json()['id']}"
    assert (await owner.get(path)).json()["config"] == {"grouping_version": 1}
    assert (await owner.post(f"{path}/cancel")).json()["state"] == "cancelled"
    assert [row["state"] for row in (await owner.get("/projects/shop/regroups")).json()] == ["cancelled"]
    for wrong in ({"retention_days": 1}, {"grouping_version": "two"}, {"grouping_earlier": [1]}):
        refused = await owner.post("/projects/shop/regroups", json={"kind": "preview", "config": wrong})
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid_settings"), wrong


async def test_members_may_try_and_managers_apply(anonymous, world, organization):
    acme, token = organization("acme", role="member")
    world.project("Acme shop", acme)
    headers = {"Authorization": f"Bearer {token}"}
    tried = await anonymous.post("/projects/acme-shop/regroups", json={"kind": "preview", "config": {}}, headers=headers)
    assert tried.status_code == 202
