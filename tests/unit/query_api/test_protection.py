"""Protection by API: what is saved is what ingest gets, what cannot be used is refused with the reason; previews and outcomes."""

import json
import time

import pytest
import sqlalchemy as sa

from lake import bronze
from lake.store import Lake
from query_api.protection import preview as module
from seiche.model.protection import Filters, Limit, Spike, Unit, Window
from seiche.registry.engine import read, write
from seiche.registry.projects import find_key
from seiche.registry.tables import OutcomeCount, ProjectConfigRow
from seiche.wiring import event_log_reader

pytestmark = pytest.mark.anyio
FILTERS = {
    "error_messages": [" *timeout* ", "*timeout*", ""],
    "web_crawlers": True,
    "legacy_browsers": ["ie9"],
    "ip_addresses": ["10.0.0.0/8"],
}


async def test_a_project_begins_without_any(owner, world):
    world.project("Shop")
    found = (await owner.get("/projects/shop/protection")).json()
    assert found["limits"] == []
    assert found["spike"] == {"enabled": False, "project_per_minute": 600, "first_per_problem": 60}
    assert not any(found["filters"].values())
    assert (await owner.get("/organization/limits")).json() == {"limits": []}


async def test_what_is_saved_is_what_ingest_gets(owner, world):
    shop = world.project("Shop")
    body = {
        "limits": [{"quantity": 100, "window": "minute"}, {"quantity": 10**9, "window": "month", "unit": "bytes", "categories": []}],
        "spike": {"enabled": True, "project_per_minute": 10, "first_per_problem": 3},
        "filters": FILTERS,
    }
    saved = await owner.patch("/projects/shop/protection", json=body)
    assert saved.status_code == 200, saved.text
    assert saved.json()["version"] == 2
    assert saved.json()["filters"]["error_messages"] == ["*timeout*"]
    assert (await owner.get("/projects/shop/protection")).json() == saved.json()
    config = find_key(world.engine, shop.public_key).config
    assert config.limits == (
        Limit(quantity=100, window=Window.MINUTE),
        Limit(quantity=10**9, window=Window.MONTH, unit=Unit.BYTES, categories=()),
    )
    assert config.spike == Spike(enabled=True, project_per_minute=10, first_per_problem=3)
    assert config.filters == Filters(
        error_messages=("*timeout*",), web_crawlers=True, legacy_browsers=("ie9",), ip_addresses=("10.0.0.0/8",)
    )  # fmt: skip
    await owner.patch("/projects/shop/protection", json={"spike": {"enabled": False}})
    later = find_key(world.engine, shop.public_key).config
    assert (later.version, later.filters, later.spike.enabled) == (3, config.filters, False)
    with read(world.engine) as session:
        first = session.get_one(ProjectConfigRow, (shop.id, 1))
    assert not first.config["limits"], "versions that records are pinned to never change"


@pytest.mark.parametrize(("body", "says"), [
    ({"filters": {"error_messages": ["{a"]}}, "brace"),
    ({"filters": {"ip_addresses": ["10.0.0.1/33"]}}, "neither an IP address nor a network"),
    ({"limits": [{"quantity": 1, "window": "day"}, {"quantity": 2, "window": "day"}]}, "take one out"),
])  # fmt: skip
async def test_what_cannot_be_used_is_refused_with_the_reason(owner, world, body, says):
    shop = world.project("Shop")
    answer = await owner.patch("/projects/shop/protection", json=body)
    assert answer.status_code == 400
    assert says in answer.json()["detail"]
    assert find_key(world.engine, shop.public_key).config.version == 1


@pytest.mark.parametrize("body", [
    {"limits": [{"quantity": -1, "window": "day"}]}, {"limits": [{"quantity": 1, "window": "year"}]},
    {"filters": {"legacy_browsers": ["x"]}}, {"spike": {"first_per_problem": 0}}, {"unknown": 1},
])  # fmt: skip
async def test_wrong_shapes(owner, world, body):
    world.project("Shop")
    assert (await owner.patch("/projects/shop/protection", json=body)).status_code == 422


async def test_scrubbing_rules_are_saved_checked_and_keep_their_key(owner, world):
    shop = world.project("Shop")
    rules = [
        {"source": "extra.**", "pattern": r"C-\d+", "method": "mask", "replacement": "[Filtered]"},
        {"source": "user.email", "pattern": "", "method": "hash", "replacement": "[Filtered]"},
    ]
    body = {"safe_fields": [" token_id "], "ip_addresses": True, "rules": rules}
    saved = await owner.patch("/projects/shop/protection", json={"scrubbing": body})
    assert saved.status_code == 200, saved.text
    assert saved.json()["scrubbing"] == {**body, "safe_fields": ["token_id"]}
    config = find_key(world.engine, shop.public_key).config
    assert [(rule.source, rule.method.value) for rule in config.scrub_rules] == [("extra.**", "mask"), ("user.email", "hash")]
    assert config.scrub_ip_addresses
    assert len(config.scrub_hash_key) == 32
    assert config.scrub_hash_key not in saved.text
    await owner.patch("/projects/shop/protection", json={"scrubbing": {**body, "ip_addresses": False}})
    assert find_key(world.engine, shop.public_key).config.scrub_hash_key == config.scrub_hash_key, "codes stay the same"
    bad = {"rules": [rules[0], {"source": "extra.**", "pattern": r"(a)\1"}]}
    answer = await owner.patch("/projects/shop/protection", json={"scrubbing": bad})
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("rule 2: the pattern")


async def test_keys_and_organizations_have_limits_too(owner, world):
    shop = world.project("Shop")
    limit = {"quantity": 5, "window": "hour", "unit": "events", "categories": ["error", "session"]}
    key = await owner.patch(f"/projects/shop/keys/{shop.public_key}", json={"limits": [limit]})
    assert (key.status_code, key.json()["limits"]) == (200, [limit])
    assert (await owner.get("/projects/shop/keys")).json()[0]["limits"] == [limit]
    quota = await owner.put("/organization/limits", json={"limits": [{**limit, "window": "month"}]})
    assert quota.json() == {"limits": [{**limit, "window": "month"}]}
    assert (await owner.get("/organization/limits")).json() == quota.json()
    found = find_key(world.engine, shop.public_key)
    assert found.limits == (Limit(quantity=5, window=Window.HOUR, categories=("error", "session")),)
    assert found.organization_limits == (Limit(quantity=5, window=Window.MONTH, categories=("error", "session")),)
    await owner.patch(f"/projects/shop/keys/{shop.public_key}", json={"label": "renamed"})
    assert find_key(world.engine, shop.public_key).limits == found.limits


async def test_members_look_and_do_not_touch(anonymous, world, organization):
    _, _ = organization("acme", role="member")
    from seiche.registry import accounts

    found = accounts.password_hash_of(world.engine, "member@acme.example.org")
    secret, now_us = accounts.new_secret(), int(time.time() * 1e6)
    accounts.open_session(world.engine, found[0], secret, now_us=now_us, expires_at_us=now_us + 3_600_000_000)
    anonymous.cookies.set("seiche_session", secret)
    with read(world.engine) as session:
        from seiche.registry.tables import Organization

        organization_id = session.scalar(sa.select(Organization.id).where(Organization.slug == "acme"))
    world.project("Acme shop", organization_id)
    assert (await anonymous.get("/projects/acme-shop/protection")).status_code == 200
    assert (await anonymous.patch("/projects/acme-shop/protection", json={"spike": {}})).status_code == 403
    assert (await anonymous.put("/organization/limits", json={"limits": []})).status_code == 403


def into_bronze(world):
    log = event_log_reader(world.settings)
    tables = Lake(world.settings.lake_url)
    bronze.advance(tables, log)


async def test_a_preview_says_what_would_have_been_dropped_and_touches_nothing(owner, world):
    shop, other = world.project("Shop"), world.project("Other")
    # First: what the log takes never goes back in time.
    await world.event(shop, kind="TimeoutError", value="after a month", at=time.time() - 20 * 86_400, batched=False)
    for number in range(4):
        _, noisy = await world.event(shop, kind="TimeoutError", value=f"after {number} s", number=1)
    _, kept = await world.event(shop, kind="KeyError", value="sku")
    await world.event(other, kind="TimeoutError", value="after 9 s")
    into_bronze(world)
    body = {"filters": {"error_messages": ["TimeoutError: after *"]}, "days": 7}
    answer = await owner.post("/projects/shop/protection/preview", json=body)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["looked_at"], found["complete"], found["would_drop"]) == (5, True, 4)
    assert found["by_reason"] == {"error-message": 4}
    (issue,) = found["issues"]
    assert (issue["issue_id"], issue["would_drop"], len(issue["samples"])) == (str(noisy), 4, 3)
    assert issue["title"].startswith("TimeoutError")
    assert issue["short_id"].startswith("SHOP-")
    assert issue["samples"][0]["text"].startswith("TimeoutError: after ")
    assert noisy != kept
    assert find_key(world.engine, shop.public_key).config.version == 1
    assert (await owner.post("/projects/shop/protection/preview", json={"filters": {"error_messages": ["{"]}})).status_code == 400
    world.olap_down = True
    without = (await owner.post("/projects/shop/protection/preview", json=body)).json()
    assert (without["would_drop"], without["issues"][0]["issue_id"]) == (4, None)


async def test_a_preview_is_bounded_and_says_so(owner, world, monkeypatch):
    shop = world.project("Shop")
    for _ in range(3):
        await world.event(shop)
    into_bronze(world)
    monkeypatch.setattr(module, "MOST_EVENTS", 2)
    found = (await owner.post("/projects/shop/protection/preview", json={"filters": {"error_messages": ["*"]}})).json()
    assert (found["looked_at"], found["complete"], found["would_drop"]) == (2, False, 2)


async def test_a_preview_of_an_empty_lake(owner, world):
    world.project("Shop")
    found = (await owner.post("/projects/shop/protection/preview", json={"filters": {"localhost": True}})).json()
    assert (found["looked_at"], found["complete"], found["would_drop"], found["issues"]) == (0, True, 0, [])


@pytest.fixture
def counts(world):
    """Counts of two keys over two hours."""
    shop = world.project("Shop")
    hour = int(time.time() // 3600) * 60
    rows = [
        (hour, "a" * 32, "error", "received", "", 10),
        (hour + 1, "a" * 32, "error", "filtered", "error-message", 3),
        (hour, "b" * 32, "error", "received", "", 6),
        (hour, "b" * 32, "error", "rate_limited", "project_events_minute", 2),
        (hour - 60, "b" * 32, "session", "received", "", 4),
        (hour - 60, "b" * 32, "session", "filtered", "unsupported_item", 4),
        (hour - 3000, "b" * 32, "error", "received", "", 99),
    ]
    with write(world.engine) as session:
        for minute, key, category, outcome, reason, quantity in rows:
            session.add(
                OutcomeCount(
                    project_id=shop.id, minute=minute, public_key=key, category=category, outcome=outcome, reason=reason, quantity=quantity
                )
            )
        session.add(
            OutcomeCount(
                project_id=shop.id + 1, minute=hour, public_key="c" * 32, category="error", outcome="received", reason="", quantity=77
            )
        )
    return hour


def by(found, *names):
    return {tuple(row[name] for name in names): row["total"] for row in found["rows"]}


async def test_outcomes_by_what_is_asked(owner, counts):
    reasons = (await owner.get("/projects/shop/outcomes")).json()
    assert by(reasons, "outcome", "reason") == {
        ("received", ""): 20, ("filtered", "error-message"): 3, ("filtered", "unsupported_item"): 4,
        ("rate_limited", "project_events_minute"): 2,
    }  # fmt: skip
    assert all(len(row["quantities"]) == len(reasons["buckets"]) and sum(row["quantities"]) == row["total"] for row in reasons["rows"])
    keys = (await owner.get("/projects/shop/outcomes", params={"group_by": ["key", "category"], "interval": "all"})).json()
    assert len(keys["buckets"]) == 1
    assert by(keys, "key", "category", "outcome") == {
        ("a" * 32, "error", "received"): 10, ("a" * 32, "error", "filtered"): 3, ("b" * 32, "error", "received"): 6,
        ("b" * 32, "error", "rate_limited"): 2, ("b" * 32, "session", "received"): 4, ("b" * 32, "session", "filtered"): 4,
    }  # fmt: skip


async def test_outcomes_of_a_span_by_the_minute(owner, counts):
    at = lambda minute: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(minute * 60))  # noqa: E731
    found = (await owner.get("/projects/shop/outcomes", params={"since": at(counts), "until": at(counts + 1), "interval": "minute"})).json()
    assert found["interval_seconds"] == 60
    assert {(row["outcome"], tuple(row["quantities"])) for row in found["rows"]} == {
        ("received", (16, 0)), ("filtered", (0, 3)), ("rate_limited", (2, 0)),
    }  # fmt: skip
    wide = {"since": at(counts - 100_000), "interval": "minute"}
    assert (await owner.get("/projects/shop/outcomes", params=wide)).json()["code"] == "too_many_buckets"
    backwards = {"since": at(counts), "until": at(counts - 5)}
    assert (await owner.get("/projects/shop/outcomes", params=backwards)).json()["code"] == "invalid_range"
    assert json.dumps(found).count("c" * 32) == 0
