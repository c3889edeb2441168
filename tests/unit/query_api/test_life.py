"""What people decide about issues: conditions, priority, assignment, teams, ownership."""

import pytest
import sqlalchemy as sa

from seiche.registry import accounts
from seiche.registry.engine import read, write
from seiche.registry.issues import find
from seiche.registry.tables import Membership, OutboxRow, UserAccount

pytestmark = pytest.mark.anyio


@pytest.fixture
def shop(world):
    return world.project("Shop")


async def patched(client, issue_id, /, answers=200, **body):
    answer = await client.patch(f"/issues/{issue_id}", json=body)
    assert answer.status_code == answers, answer.text
    return answer.json()


async def test_resolve_says_where_the_fix_is(owner, world, shop):
    _, issue_id = await world.event(shop)
    found = await patched(owner, issue_id, status="resolved", resolve={"how": "release", "release": "shop@2"})
    assert found["resolution"] | {"at": ""} == {"how": "release", "release": "shop@2", "commit": "", "at": ""}
    found = await patched(owner, issue_id, status="resolved", resolve={"how": "commit", "commit": "ABCDEF1"})
    assert (found["resolution"]["how"], found["resolution"]["commit"]) == ("commit", "abcdef1")
    entry = (await owner.get(f"/issues/{issue_id}/activity")).json()[0]
    assert (entry["data"]["how"], entry["data"]["commit"]) == ("commit", "abcdef1")
    found = await patched(owner, issue_id, status="unresolved")
    assert (found["status"], found["substatus"], found["resolution"]) == ("unresolved", "reopened", None)


async def test_ignore_says_what_ends_it(owner, world, shop):
    _, issue_id = await world.event(shop)
    found = await patched(owner, issue_id, status="ignored", ignore={"events": 10, "users": 3, "until": "2999-01-01T00:00:00Z"})
    held = found["ignoring"]
    assert (held["events"], held["events_left"], held["users_left"], held["until"]) == (10, 10, 3, "2999-01-01T00:00:00Z")
    assert not held["next_release"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "nothing to change"),
        ({"status": "ignored", "ignore": {"until": "2020-01-01T00:00:00Z"}}, "in the past"),
        ({"status": "ignored", "ignore": {"window_seconds": 60}}, "goes with events or users"),
        ({"status": "unresolved", "resolve": {"how": "now"}}, "goes with status resolved"),
        ({"status": "resolved", "ignore": {"events": 1}}, "goes with status ignored"),
        ({"status": "resolved", "resolve": {"how": "release"}}, "takes the release's name"),
        ({"status": "resolved", "resolve": {"how": "this_release"}}, "no event of this project has named a release"),
        ({"assignee": "nobody@nowhere.test"}, "neither a member's mail address nor a #team"),
        ({"assignee": "#gone"}, "neither a member's mail address nor a #team"),
    ],
)
async def test_what_cannot_be_decided_says_why(owner, world, shop, body, says):
    _, issue_id = await world.event(shop)
    answer = await patched(owner, issue_id, answers=400, **body)
    assert says in answer["detail"]
    assert (await owner.get(f"/issues/{issue_id}")).json()["status"] == "unresolved"


async def test_priority(owner, world, shop):
    _, issue_id = await world.event(shop)
    found = await patched(owner, issue_id, priority="high", reason="the boss met it")
    assert (found["priority"], found["priority_by"], found["status"]) == ("high", "owner@example.org", "unresolved")
    found = await patched(owner, issue_id, priority="computed")
    assert (found["priority"], found["priority_by"], found["priority_reason"]) == ("medium", "", "error")


async def test_teams_and_assignment(owner, world, shop):
    assert [one["email"] for one in (await owner.get("/members")).json()] == ["owner@example.org"]
    made = await owner.post("/teams", json={"slug": "cart", "name": "The cart"})
    assert (made.status_code, made.json()) == (201, {"slug": "cart", "name": "The cart", "members": []})
    assert "already" in (await owner.post("/teams", json={"slug": "cart"})).json()["detail"]
    assert (await owner.post("/teams", json={"slug": "No Slug"})).status_code == 400
    changed = (await owner.patch("/teams/cart", json={"members": ["OWNER@example.org"]})).json()
    assert changed["members"] == ["owner@example.org"]
    assert (await owner.patch("/teams/cart", json={"members": ["x@y.z"]})).status_code == 400
    _, one = await world.event(shop, number=1)
    _, two = await world.event(shop, number=2)
    result = (await owner.patch("/projects/shop/issues", json={"ids": [str(one), str(two)], "assignee": "#cart"})).json()
    assert len(result["changed"]) == 2
    assert (await patched(owner, one, assignee="me"))["assignee"] == "owner@example.org"
    rows = {row["id"]: row["assignee"] for row in (await owner.get("/projects/shop/issues")).json()["items"]}
    assert rows == {str(one): "owner@example.org", str(two): "#cart"}
    entry = (await owner.get(f"/issues/{one}/activity")).json()[0]
    assert (entry["kind"], entry["data"]) == ("assigned", {"from": "#cart", "to": "owner@example.org"})
    assert (await owner.delete("/teams/cart")).status_code == 204
    assert (await owner.get(f"/issues/{two}")).json()["assignee"] == ""
    assert (await patched(owner, one, assignee=""))["assignee"] == ""


async def test_a_member_triages_but_does_not_manage_teams(anonymous, world, shop, organization):
    organization_id, _ = organization("acme", role="member")
    acme = world.project("Acme shop", organization_id)
    _, issue_id = await world.event(acme)
    with write(world.engine) as session:
        user_id = session.scalar(sa.select(UserAccount.id).where(UserAccount.email == "member@acme.example.org"))
        assert session.get(Membership, (organization_id, user_id)).role == "member"
    accounts.open_session(world.engine, user_id, "s" * 20, now_us=1, expires_at_us=4_000_000_000_000_000)
    anonymous.cookies.set("seiche_session", "s" * 20)
    assert (await anonymous.post("/teams", json={"slug": "x"})).status_code == 403
    assert (await anonymous.put("/projects/acme-shop/ownership", json={"rules": ""})).status_code == 403
    assert (await patched(anonymous, issue_id, assignee="me"))["assignee"] == "member@acme.example.org"
    refused = await patched(anonymous, issue_id, answers=400, assignee="owner@example.org")
    assert "neither" in refused["detail"], "members of other organizations do not exist"


async def test_ownership_rules(owner, world, shop):
    assert (await owner.get("/projects/shop/ownership")).json()["rules"] == ""
    wrong = await owner.put("/projects/shop/ownership", json={"rules": "path:a #gone\nnonsense"})
    assert wrong.status_code == 400
    assert "line 1: there is no team '#gone'" in wrong.json()["detail"]
    assert "line 2: 'nonsense' is no rule" in wrong.json()["detail"]
    rules = "path:* owner@example.org\nmodule:other.* owner@example.org\n"
    saved = (await owner.put("/projects/shop/ownership", json={"rules": rules})).json()
    assert (saved["rules"], saved["auto_assign"], saved["updated_by"]) == (rules, True, "owner@example.org")
    _, issue_id = await world.event(shop)
    owners = (await owner.get(f"/issues/{issue_id}/owners")).json()
    assert owners == [{"owner": "owner@example.org", "line": 1, "rule": "path:* owner@example.org"}]


async def test_rules_on_assignment_speak(owner, world, shop):
    body = {"name": "mine", "triggers": ["assigned"], "actions": [{"channel": "mail", "target": "a@b.c"}]}
    assert (await owner.post("/projects/shop/alert-rules", json=body)).status_code == 201
    _, issue_id = await world.event(shop)
    await patched(owner, issue_id, assignee="me")
    await patched(owner, issue_id, assignee="me")
    await patched(owner, issue_id, assignee="")
    with read(world.engine) as session:
        (row,) = session.scalars(sa.select(OutboxRow)).all()
        assert find(session, issue_id).assignee_user_id is None
    assert (row.payload["type"], row.issue_id) == ("issue.assigned", issue_id)
    assert "to me by owner@example.org" in row.payload["data"]["why"]


async def test_counting_rules_need_their_threshold(owner, shop):
    for trigger, name in (("frequency", "events"), ("users", "users")):
        body = {"name": "x", "triggers": [trigger], "actions": []}
        answer = await owner.post("/projects/shop/alert-rules", json=body)
        assert (answer.status_code, "at least 1" in answer.json()["detail"]) == (400, True)
        answer = await owner.post("/projects/shop/alert-rules", json=body | {name: 5, "window_seconds": 300})
        assert (answer.json()[name], answer.json()["window_seconds"]) == (5, 300)
