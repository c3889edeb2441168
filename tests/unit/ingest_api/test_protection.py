"""Limits, spike protection and inbound filters, at accept: who is refused, what is answered, and that every number is met."""

import json
import re

import pytest
import sqlalchemy as sa

from ingest_api.counters import Counters
from ingest_api.ledger import Ledger
from ingest_api.limiter import Ceiling, Limiter, counter
from ingest_api.spikes import MOST_PROBLEMS, Spikes, passes, problem
from ingest_api.windows import window
from seiche.model.protection import Filters, Limit, LimitScope, Spike, Unit, Window
from seiche.normalize.filters import Glance
from seiche.registry.engine import read, write
from seiche.registry.limit_counts import LimitCounts
from seiche.registry.project_queries import change_config
from seiche.registry.projects import create_project
from seiche.registry.protection_tables import LimitCount
from seiche.registry.tables import Organization, Project, ProjectKeyRow
from tests.unit.ingest_api.world import envelope, event, running

pytestmark = pytest.mark.anyio
MINUTE = Limit(quantity=2, window=Window.MINUTE)
JAN_31_NOON_US = 1_769_860_800_000_000


def in_one_minute(world):
    """Requests arrive right after a minute began: none may fall into the next."""
    import time

    moment_us = time.time_ns() // 60_000_000_000 * 60_000_000 + 1_000_000
    object.__setattr__(world.ingest.ports, "now_us", lambda: moment_us)


@pytest.fixture
async def world(installation):
    async with running(*installation) as found:
        in_one_minute(found)
        yield found


def builtins(*limits):
    import msgspec

    return msgspec.to_builtins(list(limits))


def configure(world, **changes):
    with write(world.engine) as session:
        change_config(session, session.get_one(Project, world.project.id), changes, now_us=1)


def limited(world, table, *limits):
    with write(world.engine) as session:
        session.execute(sa.update(table).values(limits=builtins(*limits)))


async def reasons(world):
    """(outcome, reason) -> quantity, as the alerts consumer would fold them."""
    import msgspec

    from seiche.model.outcome import Tally
    from seiche.model.record import RecordKind
    from seiche.protocol.codec import decode_body

    await world.ingest.outcomes.flush()
    found = {}
    for record in world.records(RecordKind.OUTCOMES):
        for tally in msgspec.json.decode(decode_body(record), type=list[Tally]):
            if tally.outcome != "received":
                place = (tally.outcome.value, tally.reason)
                found[place] = found.get(place, 0) + tally.quantity
    return found


async def settled(world, received):
    sums = await world.sums()
    assert sums["error", "received"] == received
    assert sum(sums.get(("error", part), 0) for part in ("stored", "filtered", "rate_limited", "invalid")) == received
    return sums


async def test_a_projects_limit_answers_429_and_says_for_how_long(world):
    configure(world, limits=(MINUTE,))
    answers = [await world.envelope(envelope(event())) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    retry = int(answers[2].headers["retry-after"])
    assert 1 <= retry <= 60
    assert answers[2].headers["x-sentry-rate-limits"] == f"{retry}:error:project:project_events_minute"
    assert "limit" in answers[2].json()["detail"]
    assert "x-sentry-rate-limits" not in answers[1].headers
    assert await reasons(world) == {("rate_limited", "project_events_minute"): 1}
    await settled(world, 3)
    assert world.metric("seiche_ingest_events_total", outcome="rate_limited") == 1


async def test_part_of_an_envelope_may_pass(world):
    configure(world, limits=(MINUTE,))
    answer = await world.envelope(envelope(event(), event(), event(), event()))
    assert answer.status_code == 200, "two are durable"
    assert re.fullmatch(r"\d+:error:project:project_events_minute", answer.headers["x-sentry-rate-limits"])
    assert len(world.records()) == 2
    assert (await settled(world, 4))["error", "rate_limited"] == 2


async def test_a_batch_says_it_event_by_event(world):
    configure(world, limits=(MINUTE,))
    answer = await world.batch([event(), 3, event(), event()])
    assert answer.status_code == 207
    assert [result["status"] for result in answer.json()["results"]] == ["stored", "invalid", "rate_limited", "rate_limited"]
    assert answer.json()["results"][2]["reason"] == "project_events_minute"
    again = await world.batch([event()])
    assert again.status_code == 429
    assert "x-sentry-rate-limits" in again.headers
    await settled(world, 5)


async def test_keys_projects_and_organizations_each_count(world):
    second = create_project(world.engine, "Other")
    limited(world, Organization, Limit(quantity=3, window=Window.DAY))
    with write(world.engine) as session:
        session.execute(
            sa.update(ProjectKeyRow).where(ProjectKeyRow.public_key == world.project.public_key).values(limits=builtins(MINUTE))
        )
    answers = [await world.envelope(envelope(event())) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    assert answers[2].headers["x-sentry-rate-limits"].endswith(":error:key:key_events_minute")
    # What the key's limit refused did not use up the organization's quota: one is left of three.
    other = [await world.envelope(envelope(event()), headers=world.auth(second), project_id=second.id, auth=False) for _ in range(2)]
    assert [answer.status_code for answer in other] == [200, 429]
    assert other[1].headers["x-sentry-rate-limits"].endswith(":error:organization:organization_events_day")
    assert int(other[1].headers["retry-after"]) > 60 or "day" in other[1].headers["x-sentry-rate-limits"]


async def test_bytes_are_counted_as_decompressed(world):
    configure(world, limits=(Limit(quantity=1000, window=Window.HOUR, unit=Unit.BYTES),))
    small, large = event(message="x" * 300), event(message="x" * 900)
    assert (await world.envelope(envelope(small))).status_code == 200
    assert (await world.envelope(envelope(large))).status_code == 429
    assert (await world.envelope(envelope(small))).status_code == 200, "what was refused is not used up"
    assert await reasons(world) == {("rate_limited", "project_bytes_hour"): 1}


async def test_other_categories_have_their_own_limits(world):
    configure(world, limits=(Limit(quantity=1, window=Window.MINUTE, categories=("attachment",)),))
    assert [(await world.envelope(envelope(event()))).status_code for _ in range(3)] == [200] * 3


async def test_no_limit_is_set_by_default(world):
    assert [(await world.envelope(envelope(event()))).status_code for _ in range(5)] == [200] * 5
    access = world.ingest.keys.remembered(world.project.public_key)
    assert (access.ceilings, access.screen, access.spike) == ((), None, None)


async def test_filtered_events_are_answered_200_and_counted(world):
    configure(world, filters=Filters(error_messages=("*boring*",), web_crawlers=True))
    answer = await world.envelope(envelope(event(event_id="a" * 32, message="How boring")))
    assert (answer.status_code, answer.json()) == (200, {"id": "a" * 32})
    crawler = {"User-Agent": "Googlebot/2.1"}
    assert (await world.store(json.dumps(event()).encode(), headers=crawler)).status_code == 200
    assert (await world.envelope(envelope(event()))).status_code == 200
    batch = await world.batch([event(message="boring"), event()])
    assert (batch.status_code, [result["status"] for result in batch.json()["results"]]) == (200, ["filtered", "stored"])
    assert batch.json()["results"][0]["reason"] == "error-message"
    assert len(world.records()) == 2
    assert await reasons(world) == {("filtered", "error-message"): 2, ("filtered", "web-crawlers"): 1}
    await settled(world, 5)


async def test_filters_look_at_what_scrubbing_left(world):
    configure(world, filters=Filters(error_messages=("*hunter2*",)))
    assert (await world.envelope(envelope(event(message="login password=hunter2")))).status_code == 200
    assert len(world.records()) == 1


async def test_own_scrubbing_rules_hold_before_anything_is_durable(world):
    from seiche.model.protection import Method, ScrubRule

    configure(world, scrub_rules=(ScrubRule(source="$string", pattern=r"C-\d+", method=Method.MASK), ScrubRule(source="extra.secret_plan")))
    await world.envelope(envelope(event(message="customer C-4711", extra={"secret_plan": {"a": 1}, "n": 1})))
    (body,) = world.bodies()
    assert body["message"] == "customer ******"
    assert body["extra"] == {"secret_plan": "[Filtered]", "n": 1}
    assert all(b"C-4711" not in one.record.body for one in world.everything())


async def test_filters_take_addresses(world):
    configure(world, filters=Filters(ip_addresses=("198.51.100.0/24",)))
    await world.envelope(envelope(event()))
    assert await reasons(world) == {("filtered", "ip-address"): 1}


def flood(**more):
    return event(exception={"values": [{"type": "TimeoutError", "value": "after 3 s", **more}]})


async def test_a_spike_keeps_the_first_and_the_rare(world):
    configure(world, spike=Spike(enabled=True, project_per_minute=0, first_per_problem=4))
    await world.batch([flood() for _ in range(64)] + [event(message="a rare one")])
    kept = [body["exception"]["values"][0]["type"] if "exception" in body else body["message"] for body in world.bodies()]
    assert kept.count("TimeoutError") == sum(passes(number, 4) for number in range(1, 65)) < 20
    assert kept.count("a rare one") == 1
    assert (await reasons(world))["rate_limited", "spike"] == 64 - kept.count("TimeoutError")
    await settled(world, 65)


async def test_an_sdk_whose_event_was_sampled_does_not_pause(world):
    configure(world, spike=Spike(enabled=True, project_per_minute=0, first_per_problem=1))
    answers = [await world.envelope(envelope(flood())) for _ in range(2)]
    answers.append(await world.envelope(envelope(flood())))
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.headers["x-sentry-rate-limits"] == "0:error:project:spike"
    assert refused.headers["retry-after"] == "0"


async def test_below_its_projects_threshold_a_spike_is_none(world):
    configure(world, spike=Spike(enabled=True, project_per_minute=100, first_per_problem=1))
    await world.batch([flood() for _ in range(50)])
    assert len(world.records()) == 50


@pytest.mark.parametrize("first", [1, 3, 60])
def test_the_first_pass_and_then_fewer_and_fewer(first):
    passed = [number for number in range(1, 100_001) if passes(number, first)]
    assert passed[:first] == list(range(1, first + 1))
    assert len(passed) <= first * 12 + 20
    assert passed[-1] > 50_000, "it never stops altogether"


def test_problems_are_told_apart_cheaply_and_within_bounds():
    one, other = Glance(texts=("order 17 failed",)), Glance(texts=("order 4711 failed",))
    assert problem(one) == problem(other)
    assert problem(Glance(type="A", place="m:f")) != problem(Glance(type="A", place="m:g"))
    spikes, spike = Spikes(), Spike(enabled=True, project_per_minute=0, first_per_problem=1)
    kept = sum(spikes.keeps(1, spike, Glance(type=f"T{number}", place="x:y"), 5) for number in range(3 * MOST_PROBLEMS))
    assert MOST_PROBLEMS <= kept < MOST_PROBLEMS + 50, "a flood of made-up problems is one problem"
    assert spikes.keeps(1, spike, Glance(type="T1", place="x:y"), 60_000_005), "the next minute begins anew"
    assert spikes.keeps(2, spike, Glance(type="T1", place="x:y"), 5)


@pytest.mark.parametrize(("kind", "seconds_from_start", "seconds_to_end"), [
    (Window.MINUTE, 0, 60), (Window.HOUR, 0, 3600), (Window.DAY, 43_200, 43_200), (Window.MONTH, 30.5 * 86_400, 43_200),
])  # fmt: skip
def test_windows_are_those_of_the_clock(kind, seconds_from_start, seconds_to_end):
    span = window(kind, JAN_31_NOON_US)
    assert (JAN_31_NOON_US - span.start_us) / 1e6 == seconds_from_start
    assert (span.end_us - JAN_31_NOON_US) / 1e6 == seconds_to_end
    assert window(kind, span.end_us).start_us == span.end_us


async def test_a_new_window_begins_with_nothing_used():
    limiter = Limiter(Counters())
    ceilings = [Ceiling(LimitScope.PROJECT, "project:1", MINUTE)]
    assert (await limiter.admit(ceilings, "error", [1] * 5, JAN_31_NOON_US)).allowed == 2
    assert (await limiter.admit(ceilings, "error", [1], JAN_31_NOON_US + 59_000_000)).allowed == 0
    assert (await limiter.admit(ceilings, "error", [1], JAN_31_NOON_US + 60_000_000)).allowed == 1


async def test_counts_of_long_limits_outlive_the_process(installation):
    _, engine, _ = installation
    shelf = LimitCounts(engine)

    class Kept:
        async def __aenter__(self):
            self.limiter = Limiter(Counters())
            self.ledger = Ledger(self.limiter, shelf)
            await self.ledger.__aenter__()
            return self.limiter

        async def __aexit__(self, *error):
            await self.ledger.__aexit__(*error)

    import time

    now_us = time.time_ns() // 1000
    month = [Ceiling(LimitScope.ORGANIZATION, "organization:1", Limit(quantity=10, window=Window.MONTH))]
    async with Kept() as limiter:
        assert (await limiter.admit(month, "error", [1] * 7, now_us)).allowed == 7
    with read(engine) as session:
        assert session.scalars(sa.select(LimitCount.used)).all() == [7]
    async with Kept() as limiter:
        admission = await limiter.admit(month, "error", [1] * 7, now_us)
        assert admission.allowed == 3
        assert admission.refusal.reason == "organization_events_month"
    async with Kept() as limiter:
        assert (await limiter.admit(month, "error", [1], now_us)).allowed == 0
    assert counter(month[0], 0) == "organization:1/events/error/month/0"


async def test_without_redis_each_process_counts_alone_and_says_so(installation):
    settings, engine, project = installation
    from seiche.settings import load_settings

    settings = load_settings(data=settings.data, limits={"storage_url": "redis://127.0.0.1:1/0"})
    async with running(settings, engine, project) as world:
        in_one_minute(world)
        configure(world, limits=(MINUTE,))
        assert [(await world.envelope(envelope(event()))).status_code for _ in range(3)] == [200, 200, 429]
        ready = await world.client.get("/health/ready")
        assert ready.status_code == 200, "it works, only worse"
        assert "counts alone" in ready.json()["degraded"]["limits"]
        await world.client.get("/metrics")
        assert world.metric("seiche_ingest_limits_degraded") == 1


def session_item():
    return {"sid": "a" * 32, "init": True, "started": "2026-01-01T00:00:00Z", "status": "ok", "attrs": {"release": "shop@1"}}


async def test_items_besides_events_are_limited_by_their_own_category(world):
    configure(world, limits=(Limit(quantity=1, window=Window.MINUTE, categories=("session",)),))
    both = envelope(event()) + envelope(session_item(), session_item(), kind="session").split(b"\n", 1)[1]
    answer = await world.envelope(both)
    assert answer.status_code == 200
    assert answer.headers["x-sentry-rate-limits"].endswith(":session:project:project_events_minute")
    alone = await world.envelope(envelope(session_item(), kind="session"))
    assert alone.status_code == 429
    sums = await world.sums()
    assert sums["session", "rate_limited"] == 2
    assert sums["error", "stored"] == 1
