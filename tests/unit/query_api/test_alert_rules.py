"""Alert rules: secrets shown once, tests through the outbox, delivery errors shown."""

import time

import pytest
import sqlalchemy as sa
from standardwebhooks import Webhook

from seiche.registry.engine import read, write
from seiche.registry.projects import read_rule
from seiche.registry.tables import AlertRuleRow, OutboxRow

pytestmark = pytest.mark.anyio
WEBHOOK = {"channel": "webhook", "target": "https://hooks.example.org/x?y=1"}
MAIL = {"channel": "mail", "target": "oncall@example.org"}
RULE = {"name": "Wake us", "triggers": ["new_issue", "regression"], "levels": ["fatal"], "cooldown_seconds": 60, "actions": [WEBHOOK, MAIL]}


@pytest.fixture
def shop(world):
    return world.project("Shop")


async def rules(client):
    return (await client.get("/projects/shop/alert-rules")).json()


async def test_secrets_are_made_here_and_shown_once(owner, world, shop):
    made = await owner.post("/projects/shop/alert-rules", json=RULE)
    assert made.status_code == 201, made.text
    rule = made.json()
    secret = rule["actions"][0]["secret"]
    assert secret.startswith("whsec_")
    assert Webhook(secret).sign("msg_1", __import__("datetime").datetime.now(), "{}").startswith("v1,")
    assert rule["actions"][1]["secret"] == ""
    shown = next(row for row in await rules(owner) if row["id"] == rule["id"])
    assert [action["secret"] for action in shown["actions"]] == ["", ""]
    kept = (await owner.put(f"/projects/shop/alert-rules/{rule['id']}", json=RULE | {"name": "Renamed"})).json()
    assert (kept["name"], kept["actions"][0]["secret"]) == ("Renamed", "")
    with read(world.engine) as session:
        stored = read_rule(session.get_one(AlertRuleRow, int(rule["id"])))
    assert stored.actions[0].secret == secret, "a target that stays keeps its secret"
    moved = RULE | {"actions": [WEBHOOK | {"target": "https://elsewhere.example.org/"}]}
    fresh = (await owner.put(f"/projects/shop/alert-rules/{rule['id']}", json=moved)).json()["actions"][0]["secret"]
    assert fresh.startswith("whsec_")
    assert fresh != secret


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"actions": [{"channel": "mail", "target": "no address"}]}, 400),
        ({"actions": [{"channel": "webhook", "target": "ftp://x"}]}, 400),
        ({"actions": [{"channel": "webhook", "target": "https://user:pass@x/"}]}, 400),
        ({"actions": [{"channel": "webhook", "target": "http://[::1"}]}, 400),
        ({"actions": [MAIL] * 21}, 400),
        ({"levels": ["loud"]}, 400),
        ({"triggers": []}, 422),
        ({"cooldown_seconds": -1}, 422),
        ({"actions": [{"channel": "pigeon", "target": "x"}]}, 422),
    ],
)
async def test_unusable_rules(owner, shop, change, status):
    before = await rules(owner)
    answer = await owner.post("/projects/shop/alert-rules", json=RULE | change)
    assert answer.status_code == status, answer.text
    assert await rules(owner) == before


async def test_test_send_goes_through_the_outbox(owner, world, shop):
    rule = (await owner.post("/projects/shop/alert-rules", json=RULE)).json()
    path = f"/projects/shop/alert-rules/{rule['id']}/test"
    answer = await owner.post(path)
    assert (answer.status_code, answer.json()["code"]) == (400, "no_issue")
    _, issue_id = await world.event(shop)
    answer = await owner.post(path)
    assert answer.status_code == 202, answer.text
    assert answer.json()["fired"] == 0, "a test is no firing"
    with write(world.engine) as session:
        rows = session.scalars(sa.select(OutboxRow).order_by(OutboxRow.channel)).all()
        assert [(row.channel, row.target, row.state, row.issue_id) for row in rows] == [
            ("mail", MAIL["target"], "pending", issue_id),
            ("webhook", WEBHOOK["target"], "pending", issue_id),
        ]
        assert rows[1].secret == rule["actions"][0]["secret"]
        assert rows[0].payload["data"]
        rows[1].attempts, rows[1].last_error, rows[1].state = 1, "404 from hooks.example.org", "failed"
    shown = next(row for row in await rules(owner) if row["id"] == rule["id"])
    assert shown["last_error"] == "404 from hooks.example.org"


async def test_delete(owner, shop):
    rule = (await owner.post("/projects/shop/alert-rules", json=RULE)).json()
    assert (await owner.delete(f"/projects/shop/alert-rules/{rule['id']}")).status_code == 204
    assert rule["id"] not in {row["id"] for row in await rules(owner)}
    assert (await owner.delete(f"/projects/shop/alert-rules/{rule['id']}")).status_code == 404
    assert (await owner.delete("/projects/shop/alert-rules/x")).status_code == 404


async def test_counting_rules_are_tried_on_history(owner, world, shop):
    now = time.time()
    for number in range(7):
        await world.event(shop, at=now - 3000 + number * 60, user=f"u{number % 3}", level="fatal" if number == 6 else "error")
    _, other = await world.event(shop, number=1, at=now - 60)

    async def tried(**rule):
        answer = await owner.post("/projects/shop/alert-rules/preview", json={"name": "x", "triggers": ["frequency"], **rule})
        assert answer.status_code == 200, answer.text
        return answer.json()

    found = await tried(events=3, window_seconds=600)
    assert (found["events"], found["messages"], found["issues_total"]) == (8, 2, 1), "the third and the sixth of seven"
    assert (found["issues"][0]["short_id"], found["issues"][0]["messages"]) == ("SHOP-1", 2)
    assert (await tried(events=3, window_seconds=600, cooldown_seconds=3600))["messages"] == 1
    assert (await tried(events=3, window_seconds=120))["messages"] == 0
    assert (await tried(events=3, window_seconds=600, levels=["error"], environments=["production"]))["events"] == 7
    assert (await tried(events=3, environments=["staging"]))["events"] == 0
    assert (await tried(triggers=["users"], users=3))["messages"] == 2, "counted anew after each"
    assert (await tried(triggers=["new_issue"]))["messages"] == 0
    one = await tried(events=1)
    assert [issue["id"] for issue in one["issues"]][-1] == str(other)
    refused = await owner.post("/projects/shop/alert-rules/preview", json={"name": "x", "triggers": ["frequency"]})
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_rule")
    assert [rule["fired"] for rule in await rules(owner)] == [0]
