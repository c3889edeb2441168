"""Files: durable in the raw store before the record that names them; crash files make events; browsers' reports do too."""

import hashlib
import json
import uuid

import httpx
import pytest

from seiche.backends.raw_store import RawStore
from seiche.errors import StoreUnavailable
from seiche.model.record import RecordKind
from seiche.protocol.codec import decode_body
from seiche.wiring import raw_store
from tests.unit.ingest_api.world import event

pytestmark = pytest.mark.anyio

EVENT_ID = "0123456789abcdef0123456789abcdef"
DUMP = b"MDMP" + bytes(range(256)) * 40
CSP = {
    "csp-report": {"document-uri": "https://shop.example.com/", "effective-directive": "img-src", "blocked-uri": "https://evil.net/a.png"}
}


def mixed(*parts, event_id=EVENT_ID):
    """An envelope of (item header, payload) parts."""
    lines = [json.dumps({"event_id": event_id} if event_id else {}).encode()]
    for header, payload in parts:
        lines += [json.dumps({**header, "length": len(payload)}).encode(), payload]
    return b"\n".join(lines)


def attachment(name="log.txt", **header):
    return {"type": "attachment", "filename": name, **header}


def files(world):
    return [(record, json.loads(decode_body(record))) for record in world.records(RecordKind.ITEM)]


def content(world, told):
    return b"".join(raw_store(world.settings).read(world.project.id, told["key"]))


async def post(world, path, **more):
    headers = {**world.auth(), **more.pop("headers", {})}
    return await world.client.post(f"/api/{world.project.id}/{path}", headers=headers, **more)


async def test_an_events_attachments(world):
    body = mixed(
        ({"type": "event"}, json.dumps(event()).encode()),
        (attachment("../../etc/log.txt", content_type="text/plain"), b"line\n"),
        (attachment("view.json", attachment_type="event.view_hierarchy"), b""),
    )
    assert (await world.envelope(body)).json() == {"id": EVENT_ID}
    (first, log), (_, view) = files(world)
    assert (first.item_type, first.event_id, first.received) == ("attachment", EVENT_ID, 0)
    assert (log["name"], log["content_type"], log["attachment_type"], log["size"]) == ("log.txt", "text/plain", "event.attachment", 5)
    assert (view["attachment_type"], view["size"]) == ("event.view_hierarchy", 0)
    assert log["sha256"] == hashlib.sha256(b"line\n").hexdigest()
    assert content(world, log) == b"line\n"
    assert log["key"].startswith(f"{world.project.id}/")
    sums = await world.sums()
    assert sums == {("error", "received"): 1, ("error", "stored"): 1, ("attachment", "received"): 2, ("attachment", "stored"): 2}


async def test_the_bytes_are_there_before_the_record(world, monkeypatch):
    order = []
    put, append = RawStore.put, world.writer.append

    async def appended(records):
        order.append("record")
        return await append(records)

    monkeypatch.setattr(RawStore, "put", lambda self, key, data: (put(self, key, data), order.append("bytes")))
    monkeypatch.setattr(world.writer, "append", appended)
    assert (await world.envelope(mixed((attachment(), b"x")))).status_code == 200
    assert order == ["bytes", "record"]


async def test_a_raw_store_that_fails_is_a_503_and_nothing_is_counted(world, monkeypatch):
    def full(*_):
        raise StoreUnavailable("the disk is full", retry_after_seconds=7)

    monkeypatch.setattr(RawStore, "put", full)
    answer = await world.envelope(mixed(({"type": "event"}, json.dumps(event()).encode()), (attachment(), b"x")))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "7")
    assert world.everything() == []
    assert await world.sums() == {}


async def test_attachments_that_belong_nowhere_or_are_too_large(world, monkeypatch):
    monkeypatch.setattr(world.settings.ingest, "attachment_bytes", 10)
    assert (await world.envelope(mixed((attachment(), b"x"), event_id=""))).status_code == 200
    assert (await world.envelope(mixed((attachment(), b"x" * 6), (attachment("b"), b"x" * 6)))).status_code == 200
    assert len(files(world)) == 1
    assert await world.sums() == {("attachment", "received"): 3, ("attachment", "stored"): 1, ("attachment", "invalid"): 2}


async def test_files_of_an_event_that_is_refused_are_refused(world):
    assert (await world.envelope(mixed(({"type": "event"}, b"{"), (attachment(), b"x")))).status_code == 400
    assert await world.sums() == {
        ("error", "received"): 1, ("error", "invalid"): 1, ("attachment", "received"): 1, ("attachment", "invalid"): 1,
    }  # fmt: skip


async def test_the_attachments_endpoint(world):
    answer = await post(world, f"events/{EVENT_ID}/attachments/", files=[("a", ("one.txt", b"1")), ("b", ("two.txt", b"22"))])
    assert (answer.status_code, answer.json()) == (201, {"id": EVENT_ID})
    assert [(record.event_id, told["name"], told["size"]) for record, told in files(world)] == [
        (EVENT_ID, "one.txt", 1),
        (EVENT_ID, "two.txt", 2),
    ]
    assert (await post(world, "events/nonsense/attachments/", files={"a": ("x", b"1")})).status_code == 400
    assert (await post(world, f"events/{EVENT_ID}/attachments", data={"a": "1"})).status_code == 415
    assert await world.sums() == {("attachment", "received"): 4, ("attachment", "stored"): 2, ("attachment", "invalid"): 2}


@pytest.mark.parametrize("path", ["minidump", "minidump/"])
async def test_a_minidump_is_an_event_with_a_file(world, path):
    data = {"sentry": json.dumps({"event_id": EVENT_ID, "release": "game@1", "tags": {"gpu": "x"}}), "guid": "abc"}
    answer = await post(world, path, data=data, files={"upload_file_minidump": ("crash.dmp", DUMP), "log": ("log.txt", b"log")})
    assert (answer.status_code, answer.text) == (200, str(uuid.UUID(EVENT_ID)))
    assert answer.headers["content-type"].startswith("text/plain")
    (body,) = world.bodies()
    assert (body["platform"], body["release"], body["extra"]) == ("native", "game@1", {"guid": "abc"})
    assert body["exception"]["values"][0]["value"] == "Minidump (not symbolicated)"
    assert world.records()[0].event_id == EVENT_ID
    (_, dump), (_, log) = files(world)
    assert (dump["name"], dump["attachment_type"], content(world, dump)) == ("crash.dmp", "event.minidump", DUMP)
    assert (log["name"], log["attachment_type"]) == ("log.txt", "event.attachment")


async def test_a_minidump_without_a_form(world):
    answer = await post(world, "minidump/", content=DUMP, headers={"content-type": "application/octet-stream"})
    assert answer.status_code == 200
    assert len(world.records()) == len(files(world)) == 1
    assert world.records()[0].event_id == uuid.UUID(answer.text).hex


@pytest.mark.parametrize(
    "sent",
    [
        {"files": {"upload_file_minidump": ("x", b"no dump")}},
        {"files": {"other": ("x", DUMP)}},
        {"content": b"no dump"},
        {"files": {"upload_file_minidump": ("x", DUMP)}, "data": {"sentry": "{"}},
    ],
)
async def test_what_is_no_minidump_is_refused_and_counted(world, sent):
    assert (await post(world, "minidump/", **sent)).status_code == 400
    assert await world.sums() == {("error", "received"): 1, ("error", "invalid"): 1}
    assert files(world) == []


@pytest.mark.parametrize(("kind", "events"), [("event.minidump", 1), ("event.applecrashreport", 1), ("event.attachment", 0)])
async def test_a_crash_file_alone_in_an_envelope_makes_an_event(world, kind, events):
    assert (await world.envelope(mixed((attachment(attachment_type=kind), DUMP)))).status_code == 200
    assert [record.event_id for record in world.records()] == [EVENT_ID] * events
    assert len(files(world)) == 1


async def test_a_crash_file_beside_its_event_makes_none(world):
    await world.envelope(mixed(({"type": "event"}, json.dumps(event()).encode()), (attachment(attachment_type="event.minidump"), DUMP)))
    assert [body["message"] for body in world.bodies()] == ["it broke"]


@pytest.mark.parametrize("path", ["security/", "csp-report/", "nel/", "security"])
async def test_browsers_reports_are_events(world, path):
    url = f"/prefix/api/{world.project.id}/{path}?sentry_key={world.project.public_key}&sentry_release=shop%401"
    answer = await world.client.post(
        url, content=json.dumps(CSP), headers={"content-type": "application/csp-report", "user-agent": "Firefox"}
    )
    assert answer.status_code == 200
    (body,) = world.bodies()
    assert (body["fingerprint"], body["release"]) == (["csp", "img-src", "evil.net"], "shop@1")
    assert answer.json() == {"id": world.records()[0].event_id}
    assert (await post(world, path, content=b"{}")).status_code == 400
    assert await world.sums() == {("error", "received"): 2, ("error", "stored"): 1, ("error", "invalid"): 1}


async def test_a_report_in_an_envelope_is_an_event(world):
    body = mixed(({"type": "raw_security"}, json.dumps(CSP).encode()), ({"type": "nel"}, b"nonsense"), event_id="")
    assert (await world.envelope(body)).status_code == 200
    assert [one["type"] for one in world.bodies()] == ["csp"]
    assert await world.sums() == {
        ("error", "received"): 1, ("error", "stored"): 1, ("security", "received"): 1, ("security", "invalid"): 1,
    }  # fmt: skip


async def test_what_is_not_kept_is_asked_not_to_come_again(world):
    body = mixed(
        ({"type": "event"}, json.dumps(event()).encode()),
        ({"type": "transaction"}, b"{}"),
        ({"type": "log"}, b"{}"),
        ({"type": "tomorrow"}, b""),
    )
    answer = await world.envelope(body)
    assert (answer.status_code, answer.json()) == (200, {"id": EVENT_ID})
    assert answer.headers["x-sentry-rate-limits"] == "3600:log_item;log_byte;transaction:organization:unsupported"
    assert "x-sentry-rate-limits" not in (await world.envelope(mixed(({"type": "event"}, json.dumps(event()).encode())))).headers
    assert "x-sentry-rate-limits" not in (await world.envelope(mixed(({"type": "tomorrow"}, b"")))).headers


@pytest.mark.parametrize(
    ("path", "category"),
    [
        ("cron/nightly/", "monitor"),
        ("cron/nightly/KEY", "monitor"),
        ("integration/otlp/v1/traces", "span"),
        ("otlp/v1/traces/", "span"),
        ("integration/otlp/v1/logs/", "log_item"),
    ],
)
async def test_endpoints_of_what_is_not_kept(world, path, category):
    answer = await post(world, path, content=b"\x00")
    assert answer.status_code == 200
    assert answer.headers["x-sentry-rate-limits"].startswith(f"3600:{category}")
    assert await world.sums() == {(category, "received"): 1, (category, "filtered"): 1}


@pytest.mark.parametrize("path", ["envelope/", "store/", "security/", "nel/", "minidump/", f"events/{EVENT_ID}/attachments/", "cron/x/"])
async def test_browsers_may_ask_first(world, path):
    answer = await world.client.request("OPTIONS", f"/api/{world.project.id}/{path}")
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (204, "*")
    assert "x-sentry-rate-limits" in answer.headers["access-control-expose-headers"]
    assert {"X-Sentry-Auth", "Authentication", "baggage"} <= set(answer.headers["access-control-allow-headers"].split(", "))


async def test_the_query_apis_own_paths_are_left_alone(world):
    for path in (f"/api/v1/projects/api/events/{EVENT_ID}/attachments", "/api/v1/projects/x/events/y", "/api/0/organizations/"):
        assert (await world.client.get(path)).text == "elsewhere"


async def test_a_file_larger_than_an_upload_may_be(world, monkeypatch):
    monkeypatch.setattr(world.settings.ingest, "upload_bytes", 1000)
    answer = await post(world, "minidump/", files={"upload_file_minidump": ("x", DUMP)})
    assert answer.status_code == 413
    assert isinstance(answer, httpx.Response)
    assert await world.sums() == {("error", "received"): 1, ("error", "invalid"): 1}
