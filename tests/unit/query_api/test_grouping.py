"""Merge, unmerge and undo over HTTP: who, why, old links, and what the list says right afterwards."""

import pytest
import sqlalchemy as sa

from seiche.registry import project_queries, regroups
from seiche.registry.engine import write
from seiche.registry.regroup_tables import GroupingChange, RegroupRow
from seiche.registry.sightings import move
from seiche.registry.tables import Membership, Project

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
    narrowed = {"query": "environment:production"}
    assert (await owner.get(f"/issues/{gone}", params=narrowed)).json()["count"] == 3, "by the old id as well"
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
    assert (tried.status_code, tried.json()["can_undo"]) == (202, False)


async def test_what_was_applied_last_can_be_undone(owner, world, organization):
    shop = world.project("Shop")
    asked = (await owner.post("/projects/shop/regroups", json={"kind": "apply", "config": {"grouping_version": 1}})).json()
    path = f"/projects/shop/regroups/{asked['id']}"
    early = await owner.post(f"{path}/undo")
    assert (early.status_code, early.json()["code"]) == (400, "cannot_undo")
    with write(world.engine) as session:  # what the switch writes
        project, row = session.get_one(Project, shop.id), session.get_one(RegroupRow, int(asked["id"]))
        project_queries.change_config(session, project, {"grouping_version": 1}, now_us=1)
        project.grouping_floor = row.config_version = project.config_version
        row.state = regroups.DONE
        data = {"steps": [], "regroup": row.id}
        session.add(GroupingChange(project_id=shop.id, kind="regroup", issue_id=0, actor="", reason="", data=data, at_us=1))
    assert [row["can_undo"] for row in (await owner.get("/projects/shop/regroups")).json()] == [True]
    with write(world.engine) as session:  # by one who may only read and triage
        session.scalars(sa.select(Membership)).one().role = "member"
    refused = await owner.post(f"{path}/undo")
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert len((await owner.get("/projects/shop/regroups")).json()) == 1, "nothing was asked for"
    with write(world.engine) as session:
        session.scalars(sa.select(Membership)).one().role = "owner"
    undone = await owner.post(f"{path}/undo")
    assert (undone.status_code, undone.json()["kind"], undone.json()["result"]) == (202, "apply", {"undoes": int(asked["id"])})
    assert undone.json()["config"]["grouping_version"] == 2


async def test_events_move_out_and_back_and_every_page_agrees(owner, world):
    project = world.project("Shop")
    events = [await world.event(project, number=1, user=f"u{number}", batched=number < 3) for number in range(4)]
    _, other = await world.event(project, number=2)
    ids, issue_id = [event_id for event_id, _ in events], str(events[0][1])
    with write(world.engine) as session:
        move(session, 0, 0, 5, now_us=1)  # the consumer has decided all five
    answer = await owner.post(f"/issues/{issue_id}/move-events", json={"event_ids": [ids[0], ids[3]], "reason": "another bug"})
    assert answer.status_code == 200, answer.text
    change = answer.json()
    made = change["issue_id"]
    assert (change["kind"], change["events"], change["can_undo"], change["actor"]) == ("move", 2, True, "owner@example.org")
    listed = {row["id"]: row["count"] for row in (await owner.get("/projects/shop/issues")).json()["items"]}
    assert listed == {issue_id: 2, made: 2, str(other): 1}
    shown = (await owner.get(f"/issues/{issue_id}")).json()
    assert (shown["first_event_id"], shown["last_event_id"]) == (ids[1], ids[2])
    for event_id in (ids[0], ids[3]):
        assert (await owner.get(f"/projects/shop/events/{event_id}")).json()["issue_id"] == made
        assert (await owner.get(f"/issues/{made}/events/{event_id}")).status_code == 200
        assert (await owner.get(f"/issues/{issue_id}/events/{event_id}")).status_code == 404
    assert next(entry["kind"] for entry in (await owner.get(f"/issues/{issue_id}/activity")).json()) == "events_moved"
    into = await owner.post(f"/issues/{made}/move-events", json={"event_ids": [ids[0]], "to": str(other)})
    assert (into.status_code, into.json()["issue_id"]) == (200, str(other))
    early = await owner.post(f"/projects/shop/grouping-changes/{change['id']}/undo", json={})
    assert (early.status_code, early.json()["code"]) == (400, "changed_since")
    for one in (into.json(), change):
        assert (await owner.post(f"/projects/shop/grouping-changes/{one['id']}/undo", json={})).status_code == 200
    assert (await owner.get(f"/issues/{made}")).json()["id"] == issue_id
    shown = (await owner.get(f"/issues/{issue_id}")).json()
    assert (shown["count"], shown["first_event_id"], shown["last_event_id"]) == (4, ids[0], ids[3])
    assert (await owner.get("/projects/shop/regroups")).json() == [], "moves are no regroups"


async def test_what_is_not_decided_or_not_there_is_not_moved(owner, world):
    project = world.project("Shop")
    event_id, issue_id = await world.event(project, batched=False)
    await world.event(project, batched=False)
    path = f"/issues/{issue_id}/move-events"
    young = await owner.post(path, json={"event_ids": [event_id]})
    assert young.status_code == 503, "alerts has not decided it yet"
    with write(world.engine) as session:
        move(session, 0, 0, 2, now_us=1)
    assert (await owner.post(path, json={"event_ids": ["0" * 32]})).status_code == 404
    assert (await owner.post(path, json={"event_ids": [event_id], "to": str(issue_id)})).json()["code"] == "wrong_target"
    world.olap_down = True
    assert (await owner.post(path, json={"event_ids": [event_id]})).status_code == 503
