"""What programs send besides errors, with the unmodified sentry-sdk: files, feedback, crash dumps and browsers' reports, to the API."""

import hashlib
import json
import uuid

import httpx
import pytest

pytestmark = [pytest.mark.flow, pytest.mark.timeout(240)]

LOG = "left the quay\nlost the anchor\n" * 200
PROGRAM = f"""
import sys
import sentry_sdk

sentry_sdk.init(sys.argv[1], release="boat@1.0", traces_sample_rate=1.0)
with sentry_sdk.new_scope() as scope:
    scope.add_attachment(bytes={LOG!r}.encode(), filename="ship.log", content_type="text/plain")
    with sentry_sdk.start_transaction(name="voyage"):
        event_id = sentry_sdk.capture_exception(RuntimeError("anchor is gone"))
from sentry_sdk.envelope import Envelope, Item, PayloadRef
said = {{"message": "My boat drifts", "name": "Ada", "contact_email": "ada@example.org", "associated_event_id": event_id}}
envelope = Envelope(headers={{"event_id": "f" * 32}})
envelope.add_item(Item(payload=PayloadRef(json={{"contexts": {{"feedback": said}}}}), type="feedback"))
sentry_sdk.get_client().transport.capture_envelope(envelope)
sentry_sdk.flush(10)
print(event_id)
"""
CSP = {
    "csp-report": {"document-uri": "https://boat.example.com/", "effective-directive": "script-src", "blocked-uri": "https://evil.net/x.js"}
}
DUMP = b"MDMP" + bytes(5000)


@pytest.fixture(scope="module")
def sent(product, python_program):
    """A project of its own, with one of each."""
    project = product.command("project", "create", "Boat", "--platform", "python", "--json")
    python_program(PROGRAM, project["dsn"])
    key = project["dsn"].split("//")[1].split("@")[0]
    ingest = httpx.Client(base_url=f"{product.url}/api/{project['id']}", params={"sentry_key": key}, timeout=30)
    told = {"sentry": json.dumps({"release": "boat@1.0"})}
    dump = ingest.post("/minidump/", files={"upload_file_minidump": ("boat.dmp", DUMP)}, data=told).raise_for_status()
    ingest.post("/security/", json=CSP).raise_for_status()
    ingest.close()
    product.drain()
    return {"slug": project["slug"], "minidump": uuid.UUID(dump.text).hex}


@pytest.fixture(scope="module")
def issues(product, sent):
    found = product.api.get(f"/api/v1/projects/{sent['slug']}/issues").raise_for_status().json()["items"]
    return {issue["title"]: issue for issue in found}


def test_a_file_comes_back_as_it_was(product, sent, issues) -> None:
    issue = next(issue for title, issue in issues.items() if "anchor is gone" in title)
    event = product.api.get(f"/api/v1/issues/{issue['id']}/events/latest").raise_for_status().json()
    path = f"/api/v1/projects/{sent['slug']}/events/{event['event_id']}/attachments"
    (file,) = product.api.get(path).raise_for_status().json()
    assert (file["name"], file["content_type"], file["sha256"]) == ("ship.log", "text/plain", hashlib.sha256(LOG.encode()).hexdigest())
    answer = product.api.get(f"{path}/{file['id']}").raise_for_status()
    assert answer.text == LOG
    assert answer.headers["content-disposition"].startswith("attachment;")


def test_feedback_finds_the_issue_of_its_event(product, sent, issues, until) -> None:
    issue = next(issue for title, issue in issues.items() if "anchor is gone" in title)
    (said,) = until(lambda: product.api.get(f"/api/v1/issues/{issue['id']}/feedback").raise_for_status().json())
    assert (said["message"], said["name"], said["email"], said["issue_id"]) == ("My boat drifts", "Ada", "ada@example.org", issue["id"])
    page = product.api.get(f"/api/v1/projects/{sent['slug']}/feedback").raise_for_status().json()
    assert [entry["message"] for entry in page["items"]] == ["My boat drifts"]


def test_a_minidump_is_an_event_with_its_file(product, sent, issues) -> None:
    assert any("Minidump" in title for title in issues), list(issues)
    event = product.api.get(f"/api/v1/projects/{sent['slug']}/events/{sent['minidump']}").raise_for_status().json()
    assert (event["platform"], event["release"], event["exceptions"][0]["value"]) == ("native", "boat@1.0", "Minidump (not symbolicated)")
    (file,) = product.api.get(f"/api/v1/projects/{sent['slug']}/events/{sent['minidump']}/attachments").raise_for_status().json()
    assert (file["name"], file["attachment_type"], file["size"]) == ("boat.dmp", "event.minidump", len(DUMP))


def test_a_browsers_report_is_an_issue(issues) -> None:
    assert "Blocked script-src from evil.net" in issues
    assert len(issues) == 3


def test_every_category_adds_up(product, sent) -> None:
    """By category, key, reason and minute: what was received is stored, repeated or refused, and the reasons say why."""
    path = f"/api/v1/projects/{sent['slug']}/outcomes"
    grouped = {"group_by": ["category", "key", "reason"], "interval": "minute"}
    rows = product.api.get(path, params=grouped).raise_for_status().json()["rows"]
    assert {row["key_label"] for row in rows} == {"Default"}
    sums: dict[str, dict[str, int]] = {}
    for row in rows:
        assert sum(row["quantities"]) == row["total"]
        by_outcome = sums.setdefault(row["category"], {})
        by_outcome[row["outcome"]] = by_outcome.get(row["outcome"], 0) + row["total"]
    assert sums["error"] == {"received": 3, "stored": 3}
    assert (sums["attachment"], sums["feedback"]) == ({"received": 2, "stored": 2}, {"received": 1, "stored": 1})
    assert sums["transaction"] == {"received": 1, "filtered": 1}
    assert ("transaction", "filtered", "unsupported_item") in {(row["category"], row["outcome"], row["reason"]) for row in rows}
    for found in sums.values():
        assert found["received"] == sum(number for outcome, number in found.items() if outcome not in {"received", "client_discard"})
    totals = product.api.get(f"/api/v1/projects/{sent['slug']}/stats").raise_for_status().json()["totals"]
    assert (totals["received"], totals["stored"], totals["unexplained"]) == (3, 3, 0)
