"""A person is erased from everything that was made of their events, while every count stays; and a crash misses nothing."""

import json
import shutil
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec
import pyarrow as pa
import pytest
import sqlalchemy as sa

from lake import erase, hot, search, silver
from lake.accounting import silver_counts
from lake.rows import batches_of_hour, whole_hour
from lake.store import from_us
from lake.tables import BRONZE_ITEMS
from seiche.backends.raw_store import RawStore, key_of
from seiche.errors import StoreUnavailable
from seiche.registry import erasures
from seiche.registry.engine import read, write
from seiche.registry.erasure_tables import ErasedEvent, ErasureRow
from seiche.registry.item_tables import AttachmentRow, FeedbackRow
from seiche.registry.tables import Activity, Issue
from seiche.testing import generated_log
from seiche.testing.hours import Hours

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]
ADA = {"id": "7", "email": "ada@example.org", "username": "ada.lovelace"}
SIGNED = 21
"""An event of Ada's that says so in its message: what is left of it would be another issue."""


class World(NamedTuple):
    hours: Hours
    raw: RawStore


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
def world(tmp_path, monkeypatch):
    plain = generated_log.GeneratedLog._event

    def event(self, offset, received_at_us):
        made = plain(self, offset, received_at_us)
        if offset % 50 == 7:
            made |= {"user": ADA, "tags": {"browser": "Firefox", "who": "ada.lovelace"}, "extra": {"mail": "ada@example.org"}}
            (failure,) = made["exception"]["values"]
            failure["value"] = f"order word{offset} of ada@example.org failed"
        if offset == SIGNED:
            made |= {"user": ADA, "logentry": {"message": "ada.lovelace gave up"}}
            del made["exception"]
        return made

    monkeypatch.setattr(generated_log.GeneratedLog, "_event", event)
    with Hours(tmp_path, closed=240, hours=2.0) as hours:
        hours.decide()
        hours.advance()
        yield World(hours, RawStore(str(tmp_path / "raw")))


def run(world: World) -> None:
    """What the pipeline process does, until it waits or is through."""

    def follow(hour: datetime) -> None:
        hot.rebuild_hour(world.hours.lake, world.hours.client, hour)
        search.rebuild_hour(world.hours.lake, world.hours.index, hour)

    while erase.advance(world.hours.lake, world.hours.engine, world.raw, follow).detail.get("more"):
        pass


def ask(world: World, **about) -> int:
    given = {"person": "", "event_ids": [], "actor": "dpo@example.org", "now_us": 1}
    with write(world.hours.engine) as session:
        return erasures.ask(session, 1, **(given | about)).id


def row(world: World, erasure_id: int) -> ErasureRow:
    with read(world.hours.engine) as session:
        return session.get_one(ErasureRow, erasure_id)


def everything(world: World) -> str:
    """All text of all tables behind the log, the registry included, as one text."""
    hours = world.hours
    texts = [str(hours.lake.dataset(name).to_table().to_pylist()) for name in ("bronze_events", "bronze_items", "silver_events", "issues")]
    texts += [str(hours.client.query(f"SELECT * FROM {name}").result_rows) for name in ("events_hot", "search_events")]
    with hours.engine.connect() as connection:
        names = sa.inspect(connection).get_table_names()
        texts += [str(connection.execute(sa.text(f"SELECT * FROM {name}")).all()) for name in names if name != "users"]
    return "\n".join(texts).lower()


async def test_a_person_is_gone_everywhere_and_every_count_stays(world):
    hours = world.hours
    before, listed = hours.facts(), await hours.issues()
    files = [key_of(1, datetime.now(UTC).date(), "7"), key_of(1, datetime.now(UTC).date(), "8")]
    for number, key in zip((7, 8), files, strict=True):
        world.raw.put(key, b"a screenshot")
        said = {"project_id": 1, "event_id": f"{number:032x}", "name": "x", "received_at_us": 1}
        with write(hours.engine) as session:
            kept = {"content_type": "", "attachment_type": "", "size": 1, "sha256": "", "key": key}
            session.add(AttachmentRow(**said, **kept))
            session.add(FeedbackRow(**said, feedback_id=str(number), kind="user_report", email="", message="it broke", url=""))
    with write(hours.engine) as session:
        letter = {"event_id": "", "name": "Ada", "email": "Ada@Example.org", "message": "hello", "url": "", "received_at_us": 1}
        session.add(FeedbackRow(project_id=1, feedback_id="9", kind="feedback", **letter))
    assert "ada" in everything(world)
    asked = ask(world, person="email:ada@example.org")
    run(world)
    hours.advance()
    done = row(world, asked)
    assert (done.state, done.person, done.hours_left, done.met) == ("erased", "", [], {})
    assert (done.events, done.files, done.feedback) == (6, 1, 2), "offsets 7, 57, 107, 157, 207 and the signed one"
    left = everything(world)
    assert [word for word in ("ada@example.org", "ada.lovelace", "a screenshot") if word in left] == []
    assert sorted(path.name for path in (hours.settings.data / "raw").rglob("*") if path.is_file()) == ["8"]
    after = hours.facts()
    for tier in ("events_hot", "search", "map"):
        assert after[tier] == before[tier], tier
    now = {issue["id"]: issue for issue in await hours.issues()}
    for issue in listed:
        same = now[issue["id"]]
        assert (same["count"], same["sparkline"]) == (issue["count"], issue["sparkline"])
        assert issue["users"] - same["users"] in {0, 1}
    assert sum(issue["users"] for issue in listed) > sum(issue["users"] for issue in now.values())
    counts = silver_counts(hours.lake, {0: hours.log.length})
    assert counts[1].stored == len(hours.log.event_offsets())
    with read(hours.engine) as session:
        (told,) = session.scalars(sa.select(Activity).where(Activity.kind == "person_erased"))
        assert (told.actor, told.data) == ("dpo@example.org", {"erasure": asked, "events": 6, "files": 1, "feedback": 2})
        assert erasures.is_erased(session, 1, f"{7:032x}")
        assert not erasures.is_erased(session, 1, f"{8:032x}")


def test_what_would_group_otherwise_keeps_its_issue_and_a_rebuild_from_bronze_agrees(world):
    hours = world.hours
    before = {one["event_id"]: one["fingerprint"] for one in hours.facts()["silver"]}
    ask(world, person="id:7")
    run(world)
    with read(hours.engine) as session:
        pinned = {one.event_id: one.fingerprint for one in session.scalars(sa.select(ErasedEvent)) if one.fingerprint}
    assert pinned == {f"{SIGNED:032x}": before[f"{SIGNED:032x}"]}
    shutil.rmtree(hours.settings.data / "lake" / "silver_events")
    hours.lake.memory.clear()
    hours.advance()
    again = hours.facts()["silver"]
    assert {one["event_id"]: one["fingerprint"] for one in again} == before
    assert all(one["user_key"] == "" for one in again if one["event_id"] in pinned)


def test_what_was_said_of_an_event_an_hour_later_goes_too(world):
    lake, hours = world.hours.lake, world.hours
    rows = lake.dataset("bronze_items").to_table().to_pylist()
    last = max((one for one in rows if one["item_type"] == "session"), key=lambda one: one["received_at"])
    said = {"item_type": "user_report", "event_id": f"{7:032x}", "payload": json.dumps({"comments": "it ate my cart, says Ada L"})}
    lake.table("bronze_items")
    late = last | said | {"log_offset": 10_000}
    lake.append("bronze_items", pa.Table.from_pylist([late], schema=BRONZE_ITEMS), positions={})
    assert whole_hour(last["received_at"]) > whole_hour(from_us(hours.log.read(0, 7)[0].record.received_at_us))
    ask(world, person="id:7")
    run(world)
    left = lake.dataset("bronze_items").to_table().to_pylist()
    assert "says Ada L" not in str(left)
    assert len(left) == len(rows)


def test_named_events_only(world):
    hours = world.hours
    ask(world, event_ids=[f"{57:032x}", "f" * 32])
    run(world)
    users = {one["log_offset"]: one["user_key"] for one in hours.facts()["silver"]}
    assert (users[57], users[7], users[58]) == ("", "id:7", "id:8")


@pytest.mark.parametrize("step", ["_empty", "rebuild_hour", "_drop_items", "hour_done"])
def test_a_crash_anywhere_is_made_good(world, monkeypatch, step):
    where = {"rebuild_hour": silver, "hour_done": erasures}.get(step, erase)
    real, fail = getattr(where, step), [True]

    def crash_after(*args, **kwargs):
        answer = real(*args, **kwargs)
        if fail:
            fail.clear()
            raise StoreUnavailable("the process died", retry_after_seconds=1)
        return answer

    monkeypatch.setattr(where, step, crash_after)
    asked = ask(world, person="username:ada.lovelace")
    with pytest.raises(StoreUnavailable):
        run(world)
    assert row(world, asked).state == "running"
    run(world)
    assert (row(world, asked).state, row(world, asked).events) == ("erased", 6)
    world.hours.advance()
    assert "ada.lovelace" not in everything(world)


def test_an_hour_that_may_still_grow_is_waited_for(world, monkeypatch):
    monkeypatch.setattr(erase, "is_closed", lambda *_, **__: False)
    asked = ask(world, person="id:7")
    run(world)
    waiting = row(world, asked)
    assert (waiting.state, waiting.events) == ("running", 0)
    assert waiting.hours_left == sorted(waiting.hours_left) != []


def test_old_files_go_once_nobody_can_be_reading_them(world, monkeypatch):
    hours = world.hours
    hour = whole_hour(from_us(hours.log.read(0, 7)[0].record.received_at_us))
    asked = ask(world, person="id:7")
    run(world)
    bronze = hours.settings.data / "lake" / "bronze_events"

    def says(text: str) -> bool:
        import pyarrow.parquet as pq

        return any(text in str(pq.read_table(path, partitioning=None).to_pylist()) for path in bronze.rglob("*.parquet"))

    assert says("ada.lovelace"), "an older version of the table has it still"
    later_us = 7 * erase.HOUR_US
    with write(hours.engine) as session:
        session.get_one(ErasureRow, asked).erased_at_us -= later_us
    monkeypatch.setattr(erase, "VACUUM_HOURS", 0)
    run(world)
    assert row(world, asked).state == "done"
    assert not says("ada.lovelace")
    assert sum(batch.num_rows for batch in batches_of_hour(hours.lake.dataset("bronze_events"), hour)) > 0


def test_an_issue_does_not_say_it_either(world):
    with write(world.hours.engine) as session:
        (issue,) = session.scalars(sa.select(Issue).where(Issue.title.contains("ada.lovelace")))
        assert msgspec.json.encode(issue.title)
    ask(world, person="id:7")
    run(world)
    with read(world.hours.engine) as session:
        assert session.get_one(Issue, issue.id).title == "[Erased] gave up"
        assert json.dumps(session.get_one(Issue, issue.id).value).count("ada") == 0
