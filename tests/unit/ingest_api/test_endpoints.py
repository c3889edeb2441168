"""Every endpoint, encoding and way to show a key; and what lies in the log afterwards."""

import base64
import gzip
import json
import uuid
import zlib

import brotli
import pytest
import sqlalchemy as sa
import zstandard

from seiche.model.record import RecordKind
from seiche.protocol.codec import decode_body
from seiche.registry.engine import write
from seiche.registry.projects import create_project
from seiche.registry.tables import ProjectConfigRow
from seiche.settings import load_settings
from seiche.testing import mmdb
from tests.unit.ingest_api.world import envelope, event, running

pytestmark = pytest.mark.anyio

ENCODINGS = {
    "identity": lambda raw: raw,
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": lambda raw: zstandard.ZstdCompressor().compress(raw),
}


@pytest.mark.parametrize("encoding", ENCODINGS)
async def test_an_envelope_in_every_encoding(world, encoding):
    sent = event(message="x" * 2000)
    answer = await world.envelope(ENCODINGS[encoding](envelope(sent)), headers={"Content-Encoding": encoding})
    assert (answer.status_code, answer.json()) == (200, {"id": sent["event_id"]})
    assert world.bodies() == [sent]


async def test_the_record_says_who_sent_it_when_and_how(world):
    sent = event(message="x" * 2000)
    header = {"event_id": sent["event_id"], "sent_at": "2026-11-25T04:00:00.5Z", "dsn": f"http://{world.project.public_key}@h/1"}
    await world.envelope(envelope(sent, header=header), headers={"User-Agent": "sentry.python/2.0"})
    (record,) = world.records()
    assert record.event_id == sent["event_id"]
    assert (record.project_id, record.public_key) == (world.project.id, world.project.public_key)
    assert (record.received, record.config_version, record.item_type, record.codec) == (1, 1, "event", "gzip")
    assert (record.client_ip, record.user_agent) == ("198.51.100.7", "sentry.python/2.0")
    assert record.sent_at_us == 1795579200_500000
    assert record.scrub_version >= 1
    assert record.received_at_us > record.sent_at_us


async def test_the_place_of_the_users_address_is_recorded_though_the_address_is_removed(installation, tmp_path):
    settings, engine, project = installation
    lausanne = {"city": {"names": {"en": "Lausanne"}}, "country": {"iso_code": "CH"}}
    database = mmdb.write(tmp_path / "city.mmdb", {"203.0.113.0/24": lausanne, "198.51.100.0/24": {"country": {"iso_code": "JP"}}})
    with write(engine) as session:
        (row,) = session.scalars(sa.select(ProjectConfigRow).where(ProjectConfigRow.project_id == project.id))
        row.config = {**row.config, "scrub_ip_addresses": True}
    settings = load_settings(data=settings.data, ingest={"geo_database": str(database)})
    async with running(settings, engine, project) as world:
        for sent in ({"ip_address": "203.0.113.9"}, {"ip_address": "{{auto}}"}, {"ip_address": "10.0.0.1"}, {"id": "7"}):
            assert (await world.envelope(envelope(event(user=sent)))).status_code == 200
        assert [record.geo for record in world.records()] == ['{"city":"Lausanne","country_code":"CH"}', '{"country_code":"JP"}', "", ""]
        assert b"203.0.113.9" not in decode_body(world.records()[0])


async def test_what_is_stored_is_scrubbed(world):
    sent = event(request={"headers": {"Authorization": "Bearer abcdef0123456789"}}, extra={"password": "hunter2"})
    assert (await world.envelope(envelope(sent))).status_code == 200
    raw = decode_body(world.records()[0])
    assert b"hunter2" not in raw
    assert b"abcdef0123456789" not in raw
    assert b"it broke" in raw


async def test_the_envelopes_id_wins(world):
    wanted = uuid.uuid4()
    answer = await world.envelope(envelope(event(), header={"event_id": str(wanted)}))
    assert answer.json() == {"id": wanted.hex}
    assert world.records()[0].event_id == wanted.hex


async def test_an_event_without_an_id_gets_one(world):
    answer = await world.envelope(envelope({"message": "nameless"}))
    assert len(answer.json()["id"]) == 32
    assert world.records()[0].event_id == answer.json()["id"]


async def test_several_events_of_an_envelope_keep_their_own_ids(world):
    first, second = event(), event()
    assert (await world.envelope(envelope(first, second, header={"event_id": uuid.uuid4().hex}))).status_code == 200
    assert [record.event_id for record in world.records()] == [first["event_id"], second["event_id"]]


@pytest.mark.parametrize("way", ["header", "authorization", "query", "dsn", "bearer"])
async def test_every_way_to_show_a_key(world, way):
    key = world.project.public_key
    headers = {
        "header": world.auth(),
        "authorization": {"Authorization": f"Sentry sentry_key={key}"},
        "bearer": {"Authorization": f"Bearer {key}"},
    }
    header = {"dsn": f"https://{key}@errors.example.org/{world.project.id}"} if way == "dsn" else None
    params = {"sentry_key": key, "sentry_version": "7"} if way == "query" else None
    answer = await world.envelope(envelope(event(), header=header), auth=False, headers=headers.get(way), params=params)
    assert answer.status_code == 200
    assert len(world.records()) == 1


async def test_paths_with_and_without_a_slash_a_prefix_or_a_project(world, packed):
    project = world.project.id
    paths = [f"/api/{project}/envelope/", f"/api/{project}/envelope", f"/errors/api/{project}/envelope/", f"/a/b/api/{project}/envelope/"]
    for path in paths:
        answer = await world.client.post(path, content=packed, headers={**world.auth(), "Content-Encoding": "gzip"})
        assert answer.status_code == 200, path
    for path in (f"/api/{project}/store/", f"/api/{project}/store", "/api/store/", f"/errors/api/{project}/store/"):
        answer = await world.client.post(path, json=event(), headers=world.auth())
        assert answer.status_code == 200, path
    assert len(world.records()) == 8


@pytest.mark.parametrize("path", ["/", "/api/v1/projects", "/api/v1/events/x", "/api/1/unreal/", "/issues/1", "/api/v1/projects/store"])
async def test_everything_else_is_elsewhere(world, path):
    assert (await world.client.post(path)).text == "elsewhere"


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "multipart/form-data", "application/x-www-form-urlencoded", ""])
async def test_browsers_send_envelopes_as_anything(world, kind):
    assert (await world.envelope(envelope(event()), headers={"Content-Type": kind})).status_code == 200


async def test_an_envelope_without_events_is_accepted(world):
    answer = await world.envelope(envelope({"sid": "x"}, kind="session"))
    assert (answer.status_code, answer.json()) == (200, {})
    assert world.records() == []


async def test_store_takes_json_gzip_base64_and_forms(world):
    sent = [event(message=f"m{number}" * 200) for number in range(4)]
    raw = [json.dumps(one).encode() for one in sent]
    assert (await world.store(raw[0])).json() == {"id": sent[0]["event_id"]}
    assert (await world.store(gzip.compress(raw[1]), headers={"Content-Encoding": "gzip"})).status_code == 200
    assert (await world.store(base64.b64encode(zlib.compress(raw[2])))).status_code == 200
    form = b"sentry_data=" + base64.b64encode(zlib.compress(raw[3]))
    assert (await world.store(form, headers={"Content-Type": "application/x-www-form-urlencoded"})).status_code == 200
    assert world.bodies() == sent


async def test_a_batch_of_ours(world):
    sent = [event(message=str(number)) for number in range(40)]
    answer = await world.batch(sent)
    assert answer.status_code == 200
    assert answer.json() == {"received": 40, "results": [{"id": one["event_id"], "status": "stored"} for one in sent]}
    assert world.bodies() == sent
    assert [record.received for record in world.records()] == [1] * 40


async def test_a_mixed_batch_says_what_became_of_each(world):
    good, large = event(), event(message="x" * (1 << 20))
    answer = await world.batch([good, 17, large, {"event_id": "not-an-id"}])
    assert answer.status_code == 207
    results = answer.json()["results"]
    assert [result["status"] for result in results] == ["stored", "invalid", "invalid", "invalid"]
    assert [result.get("reason") for result in results] == [None, "invalid_json", "too_large", "invalid_event_id"]
    assert all(result["detail"] for result in results[1:])
    assert world.bodies() == [good]


async def test_a_batch_of_which_nothing_is_kept_is_a_bad_request(world):
    answer = await world.batch([1, 2])
    assert answer.status_code == 400
    assert [result["status"] for result in answer.json()["results"]] == ["invalid", "invalid"]


async def test_a_batch_of_another_type_is_refused(world):
    assert (await world.batch([event()], headers={"Content-Type": "text/csv"})).status_code == 415


@pytest.mark.parametrize("path", ["/api/1/envelope/", "/api/1/store/", "/api/v1/events"])
async def test_browsers_may_ask_and_see(world, path):
    asked = await world.client.options(path, headers={"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"})
    assert asked.status_code == 204
    assert asked.headers["access-control-allow-origin"] == "*"
    assert "POST" in asked.headers["access-control-allow-methods"]
    assert "X-Sentry-Auth" in asked.headers["access-control-allow-headers"]
    refused = await world.client.post(path, content=b"x")
    assert refused.headers["access-control-allow-origin"] == "*"
    assert "x-sentry-error" in refused.headers["access-control-expose-headers"]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
async def test_other_methods_are_not_allowed(world, method):
    answer = await world.client.request(method, f"/api/{world.project.id}/envelope/", headers=world.auth())
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST, OPTIONS"


async def test_keys_that_open_nothing(world, packed):
    other = create_project(world.engine, "Other")
    headers = {"Content-Encoding": "gzip"}
    assert (await world.envelope(packed, auth=False, headers=headers)).status_code == 401
    for key in ("f" * 32, other.public_key, "short"):
        answer = await world.envelope(packed, auth=False, headers={**headers, "X-Sentry-Auth": f"Sentry sentry_key={key}"})
        assert answer.status_code == 403
        assert answer.json()["detail"] == answer.headers["x-sentry-error"]
    assert (await world.envelope(packed, headers=headers, project_id="main")).status_code == 404
    assert (await world.envelope(packed, headers=headers, project_id="9" * 30)).status_code == 404
    assert await world.sums() == {}
    assert world.metric("seiche_ingest_unkeyed_requests_total", why="unknown_key") == 3
    assert world.metric("seiche_ingest_unkeyed_requests_total", why="no_key") == 1


async def test_health_metrics_and_the_document(world, packed):
    await world.envelope(packed, headers={"Content-Encoding": "gzip"})
    assert (await world.client.get("/health/live")).json() == {"status": "live"}
    assert (await world.client.get("/health/ready")).json() == {"status": "ready", "problems": {}}
    text = (await world.client.get("/metrics")).text
    assert 'seiche_ingest_requests_total{endpoint="envelope",status="200"} 1.0' in text
    assert f'"{world.project.id}"' not in text
    assert world.project.public_key not in text
    assert "/api/v1/events" in (await world.client.get("/api/ingest/openapi.json")).json()["paths"]


async def test_readiness_says_what_is_wrong(world):
    world.registry_down.append("no such file")
    answer = await world.client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json() == {"status": "not ready", "problems": {"registry": "no such file"}}


async def test_small_bodies_are_not_packed(world):
    await world.envelope(envelope({"message": "hi"}))
    assert [record.codec for record in world.records(RecordKind.EVENT)] == ["identity"]
