"""Asking for a person to be erased."""

import pytest

from query_api.events import source
from query_api.events.source import Place
from seiche.errors import NotFound
from seiche.registry import erasures
from seiche.registry.engine import write
from seiche.registry.erasure_tables import ErasedEvent

pytestmark = pytest.mark.anyio
PATH = "/projects/shop/erasures"


@pytest.fixture
def shop(world):
    return world.project("Shop")


async def test_one_is_asked_for_and_listed_and_forgets_whom_it_was_about(owner, world, shop):
    answer = await owner.post(PATH, json={"user": " email:ada@example.org "})
    assert answer.status_code == 202
    asked = answer.json()
    assert (asked["about"], asked["state"], asked["events"], asked["done_at"]) == ("email:ada@example.org", "queued", 0, None)
    named = (await owner.post(PATH, json={"event_ids": ["A" * 8 + "-" + "a" * 24, "a" * 32]})).json()
    assert named["about"] == "1 event"
    erasures.finish(world.engine, int(asked["id"]))
    second, first = (await owner.get(PATH)).json()["items"]
    assert (first["id"], first["state"], first["about"]) == (asked["id"], "erased", "")
    assert first["erased_at"] is not None
    assert second["id"] == named["id"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "one of the two"),
        ({"user": "id:1", "event_ids": ["a" * 32]}, "one of the two"),
        ({"user": "Ada"}, "names nobody"),
        ({"user": "phone:1"}, "a person is id:VALUE, email:VALUE"),
        ({"user": "email:"}, "names nobody"),
    ],
)
async def test_what_names_nobody_is_refused(owner, shop, body, says):
    answer = await owner.post(PATH, json=body)
    assert answer.status_code == 400
    assert says in answer.json()["detail"]
    assert (await owner.get(PATH)).json()["items"] == []


async def test_the_logs_copy_of_an_erased_event_is_not_shown(world, shop, state):
    event_id, _ = await world.event(shop, batched=False)
    place = Place(0, state.log.end_offset(0) - 1)
    record = source.load(state, shop.id, event_id, place)
    assert record.event_id == event_id
    with write(world.engine) as session:
        session.add(ErasedEvent(project_id=shop.id, event_id=event_id, fingerprint="", received_at_us=1))
    with pytest.raises(NotFound, match="no longer kept"):
        source.load(state, shop.id, event_id, place)
