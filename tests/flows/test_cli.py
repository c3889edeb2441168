"""The commands against a running product."""

import json

import httpx
import pytest

pytestmark = [pytest.mark.flow, pytest.mark.timeout(240)]


def post(dsn: str, event: object) -> httpx.Response:
    key, _, rest = dsn.removeprefix("http://").partition("@")
    host, _, project = rest.rpartition("/")
    auth = {"X-Sentry-Auth": f"Sentry sentry_version=7, sentry_key={key}", "Content-Type": "application/json"}
    return httpx.post(f"http://{host}/api/{project}/store/", content=event if isinstance(event, bytes) else json.dumps(event), headers=auth)


@pytest.fixture(scope="module")
def shop(product):
    made = product.command("project", "create", "The Shop", "--platform", "python", "--json")
    return made["slug"], made["dsn"]


def test_project_create_while_it_runs(product, shop) -> None:
    slug, dsn = shop
    assert slug == "the-shop"
    assert dsn.startswith("http://")
    assert product.url.removeprefix("http://") in dsn
    assert post(dsn, {"event_id": "ab" * 16, "message": "first"}).status_code == 200


def drained(product) -> dict[str, int]:
    """By the command itself; `Product.drain` calls what it calls."""
    found: dict[str, int] = product.command("drain", "--timeout", "60", "--json", limit_seconds=120)
    return found


def test_drain_counts_every_kind(product, shop) -> None:
    _, dsn = shop
    before = drained(product)
    for number in range(20):
        assert post(dsn, {"event_id": f"{number + 1:032x}", "message": f"event {number}"}).status_code == 200
    for number in range(5):
        assert post(dsn, {"event_id": f"{number + 1:032x}", "message": f"event {number}"}).status_code == 200
    assert post(dsn, b"this is no JSON").status_code == 400
    after = drained(product)
    grown = {name: after[name] - before[name] for name in after}
    assert grown == {"received": 26, "stored": 20, "filtered": 0, "rate_limited": 0, "invalid": 1, "duplicates": 5}


def test_status(product, shop, until) -> None:
    product.drain()

    def quiet():
        """The canary may be under way."""
        told = product.command("status", "--json")
        return told if all(consumer["lag"] == 0 for consumer in told["consumers"]) and told["canary"]["last_through_at"] else None

    told = until(quiet)
    assert told["up"] is True
    assert told["url"] == product.url
    assert {process["state"] for process in told["processes"]} <= {"running", "on demand"}
    assert {consumer["name"]: consumer["lag"] for consumer in told["consumers"]} == dict.fromkeys(
        ("alerts", "pipeline", "silver", "rollups", "search"), 0
    )
    sums = told["accounting"]
    assert sums["received"] == sum(sums[name] for name in ("stored", "duplicates", "filtered", "rate_limited", "invalid"))
    assert (sums["pending"], sums["unexplained"]) == (0, 0)
    assert told["freshness"]["analytics_age_seconds"] is not None
    assert told["problems"] == []
    assert "received" in product.run("status").stdout


def test_export_streams_what_the_registry_says_now(product, shop) -> None:
    slug, _ = shop
    product.drain()
    lines = [json.loads(line) for line in product.run("events", "export", "--project", slug).stdout.splitlines()]
    listed = product.command("issues", "list", "--project", slug, "--json")
    counts: dict[str, int] = {}
    for line in lines:
        counts[line["issue_id"]] = counts.get(line["issue_id"], 0) + 1
    assert counts == {issue["id"]: issue["count"] for issue in listed}
    assert len({line["event_id"] for line in lines}) == len(lines)


def test_issues_list_is_the_dashboards(product, shop) -> None:
    slug, _ = shop
    listed = product.command("issues", "list", "--project", slug, "--json")
    shown = product.api.get(f"/api/v1/projects/{slug}/issues").raise_for_status().json()["items"]
    assert [issue["id"] for issue in listed] == [issue["id"] for issue in shown]
    one = product.command("issues", "list", "--project", slug, "--limit", "1", "--sort", "count", "--json")
    assert len(one) == 1
    refused = product.run("issues", "list", "--project", slug, "--query", "colour:red")
    assert refused.returncode == 1
    assert "colour" in refused.stderr


def test_doctor_finds_it_well(product, shop) -> None:
    slug, _ = shop
    told = product.command("doctor", "--json", "--send-test", slug)
    verdicts = {check["name"]: check["verdict"] for check in told["checks"]}
    assert told["ok"]
    assert [verdicts[name] for name in ("registry", "event log", "lake", "olap", "mail", "web", "alerts", "round trip")] == ["ok"] * 8


def test_a_token_signs_in(product) -> None:
    token = product.command("token", "create", "--label", "flow", "--json")["token"]
    me = httpx.get(f"{product.url}/api/v1/auth/me", headers={"Authorization": f"Bearer {token}"})
    assert me.status_code == 200
    assert me.json()["name"] == "flow"
    assert httpx.get(f"{product.url}/api/v1/auth/me", headers={"Authorization": "Bearer seiche_wrong"}).status_code == 401


def test_the_printed_login_signs_in(product) -> None:
    email, password = product.account
    assert f"{email}  {password}" in product.output()
    assert httpx.post(f"{product.url}/api/v1/auth/login", json={"email": email, "password": password}).status_code == 200
