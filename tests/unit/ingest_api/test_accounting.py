"""received = stored + invalid, whatever is sent, and at every place where the process may die."""

import asyncio
import json

import pytest

from ingest_api import outcomes as outcomes_module
from seiche.errors import LogUnavailable
from seiche.model.outcome import Outcome, Tally
from seiche.model.record import RecordKind
from tests.unit.ingest_api.world import counted, envelope, event, running

pytestmark = pytest.mark.anyio


def settled(sums):
    return sums.get(("error", "received"), 0) == sums.get(("error", "stored"), 0) + sums.get(("error", "invalid"), 0)


async def test_a_mixed_batch_is_settled_by_one_append(world):
    await world.batch([event(), 1, event(), 2, 3])
    stored = world.everything()  # before any flush: what a crash at this moment leaves
    assert counted(stored) == {("error", "received"): 5, ("error", "stored"): 2, ("error", "invalid"): 3}
    assert [one.record.kind for one in stored] == [RecordKind.EVENT, RecordKind.EVENT, RecordKind.OUTCOMES]


async def test_a_request_with_nothing_kept_leaves_both_sides_or_neither(world):
    await world.batch([1, 2])
    assert counted(world.everything()) in ({}, {("error", "received"): 2, ("error", "invalid"): 2})
    assert await world.sums() == {("error", "received"): 2, ("error", "invalid"): 2}


@pytest.mark.parametrize(
    ("body", "headers", "events"),
    [
        (b"garbage", {}, 1),
        (b"", {}, 1),
        (envelope(event(), event())[:-20], {}, 2),
        (envelope(event()), {"Content-Encoding": "gzip"}, 1),
        (envelope(event()), {"Content-Encoding": "rot13"}, 1),
        (envelope(b"{"), {}, 1),
        (envelope(event(message="x" * (1 << 20))), {}, 1),
    ],
)
async def test_what_cannot_be_read_is_received_and_invalid(world, body, headers, events):
    answer = await world.envelope(body, headers=headers)
    assert answer.status_code in {400, 413, 415}
    assert await world.sums() == {("error", "received"): events, ("error", "invalid"): events}


async def test_other_items_are_counted_in_their_own_category(world):
    items = [
        b"{}",
        *(
            f'{{"type":"{kind}","length":2}}\n{{}}'.encode()
            for kind in ("user_report", "transaction", "transaction", "attachment", "from_the_future")
        ),
        envelope(event()).split(b"\n", 1)[1].rstrip(b"\n"),
    ]
    assert (await world.envelope(b"\n".join(items))).status_code == 200
    sums = await world.sums()
    assert sums.pop(("error", "received")) == sums.pop(("error", "stored")) == 1
    for category in ("feedback", "attachment"):
        assert sums.pop((category, "received")) == sums.pop((category, "stored")) == 1
    for category, quantity in (("transaction", 2), ("default", 1)):
        assert sums.pop((category, "received")) == sums.pop((category, "filtered")) == quantity
    assert sums == {}


async def test_what_an_sdk_discarded_is_outside_the_sum(world):
    report = {
        "discarded_events": [
            {"reason": "sample_rate", "category": "error", "quantity": 7},
            {"reason": "x", "category": "session", "quantity": 2},
        ]
    }
    assert (await world.envelope(envelope(report, kind="client_report"))).json() == {}
    assert await world.sums() == {("error", "client_discard"): 7, ("session", "client_discard"): 2}


async def test_many_kinds_of_requests_add_up(world):
    requests = [world.envelope(envelope(event())), world.envelope(b"x"), world.envelope(envelope(event(), event(), b"[]"))]
    requests += [world.batch([event(), None]), world.store(b"{}"), world.store(b"no"), world.batch(b'{"events": []}')]
    requests += [world.envelope(envelope(event()), auth=False), world.batch([{}] * 1001)]
    statuses = [answer.status_code for answer in await asyncio.gather(*requests)]
    assert statuses == [200, 400, 200, 207, 200, 400, 400, 401, 413]
    sums = await world.sums()
    assert sums == {
        ("error", "received"): 1 + 1 + 3 + 2 + 1 + 1 + 1 + 1001,
        ("error", "stored"): 5,
        ("error", "invalid"): 1 + 1 + 1 + 1 + 1 + 1001,
    }
    assert settled(sums)


class Broken:
    """The real writer, until it shall fail."""

    def __init__(self):
        self.real, self.down = None, False

    async def append(self, records):
        if self.down:
            raise LogUnavailable("the disk is full", retry_after_seconds=9.2)
        return await self.real.append(records)


async def test_without_a_log_nothing_is_promised_and_nothing_counted(installation):
    writer = Broken()
    async with running(*installation, writer=writer) as world:
        writer.real, writer.down = world.writer, True
        answer = await world.envelope(envelope(event()))
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
        assert answer.json()["detail"] == "the disk is full"
        mixed = await world.batch([event(), 1])
        assert mixed.status_code == 503
        assert (await world.batch([1])).status_code == 400
        assert len(world.ingest.outcomes) == 2  # the refused one waits
        writer.down = False
        assert (await world.envelope(envelope(event()))).status_code == 200
        assert await world.sums() == {("error", "received"): 2, ("error", "stored"): 1, ("error", "invalid"): 1}


async def test_a_failed_flush_keeps_what_it_took_and_what_came_meanwhile(installation):
    writer = Broken()
    async with running(*installation, writer=writer) as world:
        writer.real, writer.down = world.writer, True
        await world.envelope(b"x")
        with pytest.raises(LogUnavailable):
            await world.ingest.outcomes.flush()
        await world.envelope(b"x")
        writer.down = False
        assert await world.sums() == {("error", "received"): 2, ("error", "invalid"): 2}


async def test_refusals_are_flushed_within_a_second_and_at_the_end(installation):
    settings, engine, project = installation
    async with running(settings, engine, project) as world:
        await world.envelope(b"x")
        deadline = asyncio.get_running_loop().time() + 20
        while not world.everything():
            assert asyncio.get_running_loop().time() < deadline
            await asyncio.sleep(0.05)
        await world.envelope(b"x")
    assert counted(world.everything()) == {("error", "received"): 2, ("error", "invalid"): 2}


async def test_memory_is_bounded_and_no_number_lost(world, monkeypatch):
    monkeypatch.setattr(outcomes_module, "MOST_TALLIES", 10)
    key = world.project.public_key
    for number in range(100):
        world.ingest.outcomes.add([Tally(1, key, "error", Outcome.CLIENT_DISCARD, f"reason{number}", number, 3)])
        world.ingest.outcomes.add(
            [Tally(1, key, "error", Outcome.RECEIVED, "", number, 1), Tally(1, key, "error", Outcome.INVALID, "x", number, 1)]
        )
    assert len(world.ingest.outcomes) <= 14
    sums = await world.sums()
    assert sums["error", "received"] == sums["error", "invalid"] == 100
    assert sum(quantity for (_, outcome), quantity in sums.items() if outcome == "client_discard") == 300


async def test_a_fault_of_ours_is_counted_and_nothing_unscrubbed_is_kept(world, monkeypatch):
    await world.envelope(envelope(event()))
    access = world.ingest.keys.remembered(world.project.public_key)

    class Faulty:
        def scrub(self, body):
            raise RuntimeError("the engine is broken")

    monkeypatch.setattr("seiche.normalize.scrub.Scrubber.scrub", Faulty.scrub)
    answer = await world.envelope(envelope(event()))
    assert answer.status_code == 500
    assert access is not None
    assert await world.sums() == {("error", "received"): 2, ("error", "stored"): 1, ("error", "invalid"): 1}
    assert json.loads(answer.content)["causes"] == []
