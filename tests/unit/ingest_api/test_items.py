"""Items that are no events: each a record of its own kind, scrubbed, counted once, settled in the same append."""

import json

import pytest

from seiche.model.record import RecordKind
from seiche.protocol.codec import decode_body
from tests.unit.ingest_api.world import envelope, event

pytestmark = pytest.mark.anyio

EVENT_ID = "0123456789abcdef0123456789abcdef"
SESSION = {"sid": "7c7b6585-f901-4351-bf8d-02711b721929", "init": True, "started": "2026-11-24T10:00:00Z", "attrs": {"release": "shop@1"}}
REPORT = {"event_id": EVENT_ID, "name": "Ada", "email": "ada@example.org", "comments": "it broke", "password": "hunter2"}


def mixed(*parts, header=None):
    """An envelope of (type, payload) parts."""
    lines = [json.dumps(header or {}).encode()]
    for kind, payload in parts:
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        lines += [json.dumps({"type": kind, "length": len(body)}).encode(), body]
    return b"\n".join(lines)


async def test_each_kind_is_a_record_of_its_type(world):
    parts = [
        ("session", SESSION),
        ("sessions", {"aggregates": [], "attrs": {"release": "1"}}),
        ("user_report", REPORT),
        ("feedback", event()),
    ]
    answer = await world.envelope(mixed(*parts, header={"event_id": EVENT_ID, "sent_at": "2026-11-24T10:00:01Z"}))
    assert (answer.status_code, answer.json()) == (200, {})
    records = world.records(RecordKind.ITEM)
    assert [record.item_type for record in records] == [kind for kind, _ in parts]
    for record in records:
        assert (record.received, record.project_id, record.public_key) == (0, world.project.id, world.project.public_key)
        assert (record.event_id, record.sent_at_us, record.client_ip) == (EVENT_ID, 1_795_514_401_000_000, "198.51.100.7")
    assert json.loads(decode_body(records[0]))["sid"] == SESSION["sid"]
    assert world.records() == []


async def test_items_are_scrubbed(world):
    await world.envelope(mixed(("user_report", REPORT)))
    (record,) = world.records(RecordKind.ITEM)
    body = json.loads(decode_body(record))
    assert (body["password"], body["comments"]) == ("[Filtered]", "it broke")
    assert (record.event_id, record.scrub_version) == (EVENT_ID, 1)


async def test_an_event_and_its_items_share_one_append(world):
    answer = await world.envelope(mixed(("event", event(event_id=EVENT_ID)), ("session", SESSION), ("user_report", REPORT)))
    assert answer.json() == {"id": EVENT_ID}
    stored = world.everything()
    assert [one.record.kind for one in stored] == [RecordKind.EVENT, RecordKind.ITEM, RecordKind.ITEM]
    assert len({one.record.received_at_us for one in stored}) == 1
    sums = await world.sums()
    assert sums == {(kind, outcome): 1 for kind in ("error", "session", "feedback") for outcome in ("received", "stored")}


@pytest.mark.parametrize("payload", [b"", b"[]", b"nonsense", b'{"a":"\xff"}', b'{"a":' * 200 + b"1" + b"}" * 200, b'{"event_id":"../x"}'])
async def test_an_item_that_cannot_be_read_is_invalid_and_stops_no_other(world, payload):
    answer = await world.envelope(mixed(("session", payload), ("event", event()), ("session", SESSION)))
    assert answer.status_code == 200
    sums = await world.sums()
    assert (sums["error", "received"], sums["error", "stored"]) == (1, 1)
    assert (sums["session", "received"], sums["session", "stored"], sums["session", "invalid"]) == (2, 1, 1)


async def test_of_one_type_an_envelope_may_hold_a_hundred(world):
    assert (await world.envelope(envelope(*[SESSION] * 130, kind="session"))).status_code == 200
    assert len(world.records(RecordKind.ITEM)) == 100
    assert await world.sums() == {("session", "received"): 130, ("session", "stored"): 100, ("session", "invalid"): 30}


async def test_sessions_are_kept_without_who_and_where(world):
    who = {"did": "ada@example.org", "attrs": {"release": "shop@1", "ip_address": "198.51.100.9", "user_agent": "curl"}}
    await world.envelope(mixed(("session", SESSION | who), ("session", SESSION | {"attrs": {}})))
    (record,) = world.records(RecordKind.ITEM)
    body = decode_body(record)
    assert not any(secret in body for secret in (b"ada", b"198.51", b"curl"))
    assert await world.sums() == {("session", "received"): 2, ("session", "stored"): 1, ("session", "invalid"): 1}
