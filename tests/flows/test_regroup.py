"""Regrouping on a running product with events coming meanwhile: preview, apply through Dagster, and every surface agrees afterwards."""

import json
import threading
import time
import uuid
from collections import Counter

import httpx
import pytest

pytestmark = [pytest.mark.flow, pytest.mark.timeout(300)]

LINES = ("return order.items.price", "return basket.voucher.discount")
SETTINGS = {"grouping_version": 1, "grouping_near": False}


@pytest.fixture(scope="module")
def shop(product):
    """A project of its own: (slug, send)."""
    made = product.command("project", "create", "Regrouped", "--json")
    key = made["dsn"].split("//")[1].split("@")[0]
    client = httpx.Client(base_url=product.url, timeout=30)

    def send(line, kind="ValueError"):
        frame = {"module": "shop.cart", "function": "total", "filename": "shop/cart.py", "lineno": 7, "in_app": True}
        thrown = {"type": kind, "value": "bad", "stacktrace": {"frames": [frame | {"context_line": LINES[line]}]}}
        event = {"event_id": uuid.uuid4().hex, "platform": "python", "exception": {"values": [thrown]}, "release": f"shop@{line}"}
        answer = client.post(f"/api/{made['id']}/store/", params={"sentry_key": key}, content=json.dumps(event))
        assert answer.status_code == 200, answer.text

    yield made["slug"], send
    client.close()


def counts(product, slug):
    items = product.api.get(f"/api/v1/projects/{slug}/issues", params={"limit": 100}).raise_for_status().json()["items"]
    return {item["id"]: item["count"] for item in items}


def exported(product, slug):
    lines = product.run("events", "export", "--project", slug).stdout.splitlines()
    return dict(Counter(json.loads(line)["issue_id"] for line in lines))


def test_history_is_regrouped_while_events_come(product, shop) -> None:
    slug, send = shop
    for line in (0, 0, 0, 1, 1):
        send(line)
    send(0, "KeyError")
    product.drain()
    before = counts(product, slug)
    assert sorted(before.values()) == [1, 2, 3]

    preview = product.command("regroup", "preview", "--project", slug, "--config", json.dumps(SETTINGS), "--json")
    assert (preview["events"], preview["issues_before"], preview["issues_after"], preview["merges_total"]) == (6, 3, 2, 1)
    assert [part["events"] for part in preview["merges"][0]["from"]] == [3, 2]
    assert counts(product, slug) == before, "a preview touches nothing"

    path = f"/api/v1/projects/{slug}/regroups"
    asked = product.api.post(path, json={"kind": "preview", "config": SETTINGS}).raise_for_status().json()
    assert wait(product, f"{path}/{asked['id']}")["result"] == preview, "the pipeline's worker says what the command says"

    stop, sent = threading.Event(), Counter()

    def traffic():
        while not stop.wait(0.1):
            send(sent.total() % 2)
            sent["ValueError"] += 1

    sender = threading.Thread(target=traffic)
    sender.start()
    try:
        asked = product.api.post(path, json={"kind": "apply", "config": SETTINGS}).raise_for_status().json()
        done = wait(product, f"{path}/{asked['id']}")
        time.sleep(1)
    finally:
        stop.set()
        sender.join()
    assert (done["state"], done["error"], done["result"]["issues_gone"]) == ("done", "", 1)
    product.drain()
    after = counts(product, slug)
    assert sorted(after.values()) == sorted([1, 5 + sent["ValueError"]])
    assert exported(product, slug) == after
    kept = next(issue for issue, count in before.items() if count == 3)
    assert after[kept] == 5 + sent["ValueError"], "the id that had most of the events"
    gone = next(issue for issue, count in before.items() if count == 2)
    assert product.api.get(f"/api/v1/issues/{gone}").json()["id"] == kept, "old links lead on"
    assert sum(shown(product, kept)["sparkline"]) == after[kept], "rollups follow"

    again = product.api.post(path, json={"kind": "apply", "config": SETTINGS}).raise_for_status().json()
    assert wait(product, f"{path}/{again['id']}")["result"]["changed"] is False
    assert counts(product, slug) == after


def wait(product, path, seconds=120):
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        found = product.api.get(path).raise_for_status().json()
        if found["state"] in {"done", "failed", "cancelled"}:
            return found
        time.sleep(0.5)
    raise AssertionError(f"not done after {seconds} s: {found}")


def shown(product, issue_id):
    give_up = time.monotonic() + 20
    while True:
        found = product.api.get(f"/api/v1/issues/{issue_id}").raise_for_status().json()
        if sum(found["sparkline"]) == found["count"] or time.monotonic() > give_up:
            return found
        time.sleep(0.5)


def test_single_events_move_by_command_and_every_surface_follows(product, shop) -> None:
    slug, send = shop
    for _ in range(3):
        send(1, "LookupError")
    product.drain()
    issue = next(item for item in listed(product, slug, "LookupError") if item["count"] == 3)
    ids = [row["event_id"] for row in product.api.get(f"/api/v1/issues/{issue['id']}/events").json()["items"]]
    moved = product.command("issues", "move", issue["short_id"], ids[0], ids[2], "--reason", "another bug", "--json")
    made = moved["issue_id"]
    assert {issue["id"]: 1, made: 2}.items() <= counts(product, slug).items(), "right at once"
    follows(product, slug, {issue["id"]: [ids[1]], made: [ids[0], ids[2]]})
    send(1, "LookupError")
    product.drain()
    assert counts(product, slug)[issue["id"]] == 2, "later events are where they always were"
    product.command("issues", "merge", issue["short_id"], made, "--json")
    assert counts(product, slug)[issue["id"]] == 4
    changes = product.command("issues", "changes", "--project", slug, "--json")
    assert [(change["kind"], change["events"]) for change in changes[:2]] == [("merge", 0), ("move", 2)]
    for change in changes[:2]:
        product.command("issues", "undo", change["id"], "--project", slug, "--json")
    newest = product.api.get(f"/api/v1/issues/{issue['id']}").json()["last_event_id"]
    follows(product, slug, {issue["id"]: [newest, *ids]})
    assert product.api.get(f"/api/v1/issues/{made}").json()["id"] == issue["id"]


def listed(product, slug, query=""):
    found = product.api.get(f"/api/v1/projects/{slug}/issues", params={"query": query, "limit": 100}).raise_for_status().json()["items"]
    return list(found)


def follows(product, slug, wanted, seconds=20):
    """The list's counts, silver, an issue's events, its sparkline and the search agree, at once or soon."""
    give_up = time.monotonic() + seconds
    while True:
        rows = {issue: product.api.get(f"/api/v1/issues/{issue}/events").raise_for_status().json()["items"] for issue in wanted}
        found = {issue: [row["event_id"] for row in some] for issue, some in rows.items()}
        spark = {issue: sum(product.api.get(f"/api/v1/issues/{issue}").json()["sparkline"]) for issue in wanted}
        if (found, spark) == (wanted, {issue: len(ids) for issue, ids in wanted.items()}) or time.monotonic() > give_up:
            break
        time.sleep(0.3)
    assert found == wanted
    assert spark == {issue: len(ids) for issue, ids in wanted.items()}
    assert {issue: exported(product, slug)[issue] for issue in wanted} == spark
    assert {item["id"] for item in listed(product, slug, "LookupError") if item["count"]} >= set(wanted)
    for issue, ids in wanted.items():
        hits = product.api.get(f"/api/v1/issues/{issue}/events", params={"query": "LookupError"}).json()["items"]
        assert [row["event_id"] for row in hits] == ids
