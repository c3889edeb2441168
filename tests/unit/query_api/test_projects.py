"""Projects, keys, settings, accounting."""

import pytest
import sqlalchemy as sa

from seiche.registry.engine import read, write
from seiche.registry.projects import find_key
from seiche.registry.tables import DuplicateRow, OutcomeCount, ProjectConfigRow

pytestmark = pytest.mark.anyio


async def test_create_and_read(owner, world):
    made = await owner.post("/projects", json={"name": "Web Shop", "platform": "python"})
    assert made.status_code == 201, made.text
    project = made.json()
    assert (project["slug"], project["platform"], project["has_events"], project["unresolved"]) == ("web-shop", "python", False, 0)
    assert project["dsn"].startswith("http://")
    assert project["dsn"].endswith(f"@127.0.0.1:8000/{project['id']}")
    assert (await owner.get("/projects/web-shop")).json() == project
    second = (await owner.post("/projects", json={"name": "Web Shop"})).json()
    assert second["slug"] != "web-shop"
    await world.event(world.project("Seen"))
    seen = next(row for row in (await owner.get("/projects")).json() if row["slug"] == "seen")
    assert seen["has_events"]
    assert seen["unresolved"] == 1
    assert (await owner.post("/projects", json={"name": "  "})).status_code == 400
    assert (await owner.post("/projects", json={"name": ""})).status_code == 422


async def test_settings_write_a_new_version(owner, world):
    shop = world.project("Shop")
    body = {"retention_days": 30, "sensitive_fields": [" card ", "card", "", "pin"], "name": "The shop"}
    changed = (await owner.patch("/projects/shop", json=body)).json()
    assert (changed["retention_days"], changed["sensitive_fields"], changed["name"]) == (30, ["card", "pin"], "The shop")
    with read(world.engine) as session:
        chosen = sa.select(ProjectConfigRow).where(ProjectConfigRow.project_id == shop.id).order_by(ProjectConfigRow.version)
        versions = session.scalars(chosen).all()
    assert [row.version for row in versions] == [1, 2]
    assert versions[0].config["retention_days"] == 365, "the first version stays as it was"
    assert find_key(world.engine, shop.public_key).config.version == 2
    await owner.patch("/projects/shop", json={"retention_days": 30})
    assert find_key(world.engine, shop.public_key).config.version == 2, "no change, no version"
    assert (await owner.patch("/projects/shop", json={"retention_days": 0})).status_code == 422
    assert (await owner.patch("/projects/shop", json={"sensitive_fields": ["x" * 200]})).status_code == 400


async def test_keys(owner, world):
    shop = world.project("Shop")
    (first,) = (await owner.get("/projects/shop/keys")).json()
    assert first["public_key"] == shop.public_key
    made = (await owner.post("/projects/shop/keys", json={"label": "mobile"})).json()
    assert (made["label"], made["active"]) == ("mobile", True)
    assert find_key(world.engine, made["public_key"]).project_id == shop.id
    off = await owner.patch(f"/projects/shop/keys/{first['public_key']}", json={"active": False})
    assert off.json()["active"] is False
    assert not find_key(world.engine, first["public_key"]).active
    assert (await owner.get("/projects/shop")).json()["dsn"] == made["dsn"]
    assert (await owner.patch("/projects/shop/keys/none", json={"active": False})).status_code == 404


async def test_stats_add_up(owner, world, state):
    shop = world.project("Shop")
    for _ in range(3):
        await world.event(shop)
    event_id, _ = await world.event(shop, batched=False)
    with write(world.engine) as session:
        minute = session.scalar(sa.select(sa.func.max(OutcomeCount.minute)))
        fields = {"project_id": shop.id, "minute": minute, "public_key": shop.public_key, "category": "error"}
        session.add(OutcomeCount(**fields, outcome="filtered", reason="browser_extension", quantity=2))
        session.add(OutcomeCount(**fields, outcome="invalid", reason="too_large", quantity=1))
        session.add(OutcomeCount(**fields, outcome="client_discard", reason="queue_overflow", quantity=9))
        session.execute(sa.update(OutcomeCount).where(OutcomeCount.outcome == "received").values(quantity=8))
        session.add(DuplicateRow(partition=0, offset=99, project_id=shop.id, event_id=event_id, received_at_us=minute * 60_000_000))
    stats = (await owner.get("/projects/shop/stats", params={"hours": 2})).json()
    assert stats["totals"] == {
        "received": 8, "stored": 3, "duplicates": 1, "filtered": 2, "rate_limited": 0, "invalid": 1, "pending": 1, "unexplained": 0,
    }  # fmt: skip
    assert stats["reasons"] == {"filtered/browser_extension": 2, "invalid/too_large": 1}
    assert len(stats["buckets"]) == 2
    assert all(len(series["quantities"]) == 2 for series in stats["series"])
    assert stats["as_of"] is not None
    world.olap_down = True
    assert (await owner.get("/projects/shop/stats")).status_code == 503


async def test_a_lost_event_is_not_called_pending(owner, world, state):
    shop = world.project("Shop")
    with write(world.engine) as session:
        minute = 60 * (int(__import__("time").time()) // 3600)  # earlier this hour, or just now
        fields = {"project_id": shop.id, "minute": minute - 60, "public_key": shop.public_key, "category": "error"}
        session.add(OutcomeCount(**fields, outcome="received", reason="", quantity=5))
    for consumer in ("alerts", "pipeline"):
        state.log.acknowledge(consumer, 0, state.log.end_offset(0))
    totals = (await owner.get("/projects/shop/stats", params={"hours": 2})).json()["totals"]
    assert (totals["received"], totals["pending"], totals["unexplained"]) == (5, 0, 5)


async def test_grouping_is_a_setting_and_wrong_rules_are_named(owner, world):
    shop = world.project("Shop")
    before = (await owner.get("/projects/shop")).json()
    assert (before["grouping_version"], before["grouping_near"], before["fingerprint_rules"], before["stack_rules"]) == (2, True, "", "")
    rules = {"fingerprint_rules": "type:Timeout -> slow", "stack_rules": "function:x -app", "grouping_near": False}
    changed = (await owner.patch("/projects/shop", json=rules)).json()
    assert {name: changed[name] for name in rules} == rules
    answer = await owner.patch("/projects/shop", json={"fingerprint_rules": "type:Timeout -> slow\nnonsense"})
    assert answer.status_code == 400
    assert "line 2: " in answer.json()["detail"]
    assert (await owner.patch("/projects/shop", json={"stack_rules": "function:x"})).status_code == 400
    assert (await owner.patch("/projects/shop", json={"grouping_version": 3})).status_code == 422
    assert (await owner.get("/projects/shop")).json()["fingerprint_rules"] == "type:Timeout -> slow"
    await owner.patch("/projects/shop", json={"grouping_version": 1})
    await owner.patch("/projects/shop", json={"grouping_version": 2, "fingerprint_rules": ""})
    with read(world.engine) as session:
        rows = session.scalars(
            sa.select(ProjectConfigRow).where(ProjectConfigRow.project_id == shop.id).order_by(ProjectConfigRow.version)
        ).all()
    assert [(row.config["grouping_version"], row.config["grouping_earlier"]) for row in rows][-2:] == [(1, [2]), (2, [1])]
