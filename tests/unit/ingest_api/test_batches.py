"""Lines instead of a list, and `Idempotency-Key`: one answer, one storing, across repeats, concurrency and restarts."""

import asyncio
import json

import pytest

from ingest_api.idempotency import MOST_KEYS, WINDOW_SECONDS, Remembered
from tests.unit.ingest_api.world import event, running

pytestmark = pytest.mark.anyio
NDJSON = {"Content-Type": "application/x-ndjson"}
KEY = {"Idempotency-Key": "order-7"}


def lines(*events):
    return b"\n".join(one if isinstance(one, bytes) else json.dumps(one).encode() for one in events)


@pytest.mark.parametrize("kind", ["application/x-ndjson", "application/ndjson; charset=utf-8", "application/jsonl"])
async def test_an_event_a_line(world, kind):
    answer = await world.batch(lines(event(message="a"), b"", event(message="b"), b" \r"), headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["received"]) == (200, 2)
    assert [body["message"] for body in world.bodies()] == ["a", "b"]


async def test_a_line_that_is_no_event_is_refused_alone(world):
    answer = await world.batch(lines(event(), b"{", b'{"a":"\xff"}', b"[]", event()), headers=NDJSON)
    assert answer.status_code == 207
    results = answer.json()["results"]
    assert [result["status"] for result in results] == ["stored", "invalid", "invalid", "invalid", "stored"]
    assert [result.get("reason") for result in results[1:4]] == ["invalid_json", "invalid_utf8", "invalid_json"]
    assert await world.sums() == {("error", "received"): 5, ("error", "stored"): 2, ("error", "invalid"): 3}


@pytest.mark.parametrize(("body", "status", "received"), [(b"\n\n", 400, 2), (b"{}\n" * 1001, 413, 1001), (b"\n" * 5000, 413, 5000)])
async def test_lines_that_are_refused_whole(world, body, status, received):
    assert (await world.batch(body, headers=NDJSON)).status_code == status
    assert await world.sums() == {("error", "received"): received, ("error", "invalid"): received}


async def test_the_same_key_and_body_get_the_same_answer_and_are_stored_once(world):
    events = [{"message": "no id"}, event(), 7]
    first = await world.batch(events, headers=KEY)
    again = await world.batch(events, headers=KEY)
    assert (first.status_code, again.status_code) == (207, 207)
    assert first.content == again.content
    assert await world.sums() == {("error", "received"): 3, ("error", "stored"): 2, ("error", "invalid"): 1}


async def test_repeats_that_come_at_the_same_time_share_one_storing(world):
    answers = await asyncio.gather(*[world.batch([event(event_id="a" * 32)], headers=KEY) for _ in range(8)])
    assert {answer.content for answer in answers} == {answers[0].content}
    assert len(world.records()) == 1


async def test_a_key_that_comes_with_other_events_is_refused_and_loses_nothing_silently(world):
    await world.batch([event()], headers=KEY)
    answer = await world.batch([event()], headers=KEY)
    assert (answer.status_code, "another body" in answer.json()["detail"]) == (422, True)
    assert len(world.records()) == 1
    assert (await world.batch([event()], headers={"Idempotency-Key": "other"})).status_code == 200
    assert (await world.batch([event()], headers={"Idempotency-Key": "x" * 256})).status_code == 400


async def test_what_failed_is_tried_again(world):
    world.registry_down.append("the registry is down")
    assert (await world.batch([event()], headers=KEY)).status_code == 503
    world.registry_down.clear()
    assert (await world.batch([event()], headers=KEY)).status_code == 200
    assert (await world.batch([event()], headers={**KEY, "X-Sentry-Auth": "Sentry sentry_key=" + "0" * 32})).status_code == 403


async def test_after_a_restart_repeats_have_the_same_ids(installation):
    async with running(*installation) as world:
        first = await world.batch([{"message": "a"}, {"message": "b"}], headers=KEY)
    async with running(*installation) as world:
        again = await world.batch([{"message": "a"}, {"message": "b"}], headers=KEY)
        ids = [record.event_id for record in world.records()]
    assert first.json() == again.json()
    assert ids[:2] == ids[2:]  # duplicates to the alerts consumer
    assert len(set(ids)) == 2


async def test_memory_is_bounded_in_number_and_time():
    now = [0.0]
    remembered, made = Remembered(clock=lambda: now[0]), []

    async def make():
        from ingest_api.http import Answer

        made.append(1)
        return Answer(200)

    for number in range(MOST_KEYS + 10):
        await remembered.answer("k", str(number), b"", make)
    assert len(remembered._kept) == MOST_KEYS
    await remembered.answer("k", str(MOST_KEYS + 9), b"", make)
    assert len(made) == MOST_KEYS + 10
    now[0] = WINDOW_SECONDS + 1
    await remembered.answer("k", str(MOST_KEYS + 9), b"", make)
    assert (len(made), len(remembered._kept)) == (MOST_KEYS + 11, 1)
