"""A client's own gzip is kept where nothing in it has to change, and only there (docs/adr/0013)."""

import gzip
import io
import json

import msgspec
import pytest
import sqlalchemy as sa

from ingest_api.pipeline import WELL_PACKED
from seiche.protocol.codec import GZIP_PART, decode_body
from seiche.registry.engine import write
from seiche.registry.tables import ProjectConfigRow
from tests.unit.ingest_api.world import envelope, event, running

pytestmark = pytest.mark.anyio

TRACE = {
    "trace_id": "771a43a4192642f0b136d5159a501700",
    "environment": "production",
    "release": "shop@1.0",
    "public_key": "49d0f7386ad645858ae85020e393bef3",
    "sampled": "true",
    "sample_rand": "0.7281",
}
HEADERS = {
    "python": {"event_id": "c" * 32, "sent_at": "2026-11-26T10:00:00.000000Z", "trace": TRACE},
    "node": {
        "event_id": "c" * 32,
        "sent_at": "2026-11-26T10:00:00.000Z",
        "sdk": {"name": "sentry.javascript.node", "version": "10"},
        "trace": TRACE,
    },
}
GZIP = {"Content-Encoding": "gzip"}


def large(**fields):
    return event(extra={"lines": [f"line {number} of a text that packs well" for number in range(200)]}, **fields)


async def stored(world, raw, *, packed=None, headers=GZIP):
    """The one record that comes of a request."""
    before = len(world.records())
    body = packed if packed is not None else gzip.compress(raw)
    answer = await world.envelope(body, headers=headers)
    assert answer.status_code == 200, answer.text
    (record,) = world.records()[before:]
    return record, body


@pytest.mark.parametrize("sdk", HEADERS)
async def test_what_sdks_send_is_kept_as_it_came(world, sdk):
    sent = large(event_id="c" * 32)
    record, body = await stored(world, envelope(sent, header=HEADERS[sdk]))
    assert (record.codec, record.body) == (GZIP_PART, body)
    assert json.loads(decode_body(record)) == sent


@pytest.mark.parametrize(
    ("what", "raw"),
    [
        ("a secret in the event", envelope(large(request={"cookies": {"password": "hunter2"}}))),
        ("a secret in the envelope's header", envelope(large(), header={"trace": {"transaction": "/reset?password=hunter2"}})),
        ("a secret in the item's header", b'{}\n{"type":"event","note":"Bearer hunter2xyz"}\n' + json.dumps(large()).encode()),
        ("another item beside it", envelope(large()) + b'{"type":"session","length":2}\n{}\n'),
        ("an unknown item beside it", envelope(large()) + b'{"type":"surprise","length":2}\n{}\n'),
    ],
)
async def test_what_is_packed_anew(world, what, raw):
    record, _ = await stored(world, raw)
    assert record.codec == "gzip", what
    assert record.part is None
    assert b"hunter2" not in gzip.decompress(record.body)
    assert json.loads(decode_body(record))["message"] == "it broke"


async def test_other_encodings_are_packed_anew(world):
    raw = envelope(large())
    for headers, packed in (({}, raw), ({"Content-Encoding": "x-gzip"}, gzip.compress(raw))):
        record, _ = await stored(world, raw, packed=packed, headers=headers)
        assert record.codec == "gzip"


async def test_a_gzip_that_hardly_packs_takes_no_more_room_than_another(world):
    raw = envelope(large())
    record, body = await stored(world, raw, packed=gzip.compress(raw, 0))
    assert record.codec == "gzip"
    assert len(record.body) * WELL_PACKED < len(body)


def named(content):
    """Packed with the name of a file in the gzip's header."""
    written = io.BytesIO()
    with gzip.GzipFile("password=hunter2", "wb", fileobj=written) as file:
        file.write(content)
    return written.getvalue()


async def test_nothing_beside_the_content_is_kept(world):
    """A gzip may carry a file's name in its header, and further members with names of theirs: nobody looks at them."""
    sent = large()
    raw = envelope(sent)
    halves = raw[:100], raw[100:]
    plain, second_named = (gzip.compress(halves[0]) + pack(halves[1]) for pack in (gzip.compress, named))
    for packed in (named(raw), plain, second_named):
        record, _ = await stored(world, raw, packed=packed)
        assert record.codec == "gzip"
        assert b"hunter2" not in record.body
        assert json.loads(decode_body(record)) == sent


async def test_a_projects_own_rules_look_at_everything(installation):
    settings, engine, project = installation
    with write(engine) as session:
        (row,) = session.scalars(sa.select(ProjectConfigRow).where(ProjectConfigRow.project_id == project.id))
        row.config = {**row.config, "scrub_rules": [{"source": "extra.**", "pattern": "hunter[0-9]"}]}
    async with running(settings, engine, project) as world:
        record, _ = await stored(world, envelope(large()))
        assert record.codec == "gzip"


async def test_a_part_outlives_the_logs_own_encoding(world):
    record, _ = await stored(world, envelope(large()))
    assert record.part is not None
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(record), type=type(record))
    assert again == record
