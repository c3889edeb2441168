"""Items: handed to their handlers once, counted once, whatever a handler does."""

import pytest

from alerts import items
from seiche.model.outcome import Dropped, Outcome
from seiche.model.record import LogRecord, RecordKind
from seiche.registry.tables import OutcomeCount


def item(bench, kind="session", body=b"{}", **fields):
    fields = {"project_id": bench.project.id, "received_at_us": bench.now_us} | fields
    return LogRecord(kind=RecordKind.ITEM, item_type=kind, public_key=bench.project.public_key, config_version=1, body=body, **fields)


def counts(bench):
    return {(row.category, row.outcome, row.reason): row.quantity for row in bench.rows(OutcomeCount)}


@pytest.fixture
def handler(monkeypatch):
    """Registers one for sessions; answers what it was handed."""
    handed = []

    def handle(_session, records, around):
        handed.append(([one.offset for one in records], dict(around.fingerprints)))
        if any(one.record.body == b"poison" for one in records):
            raise RuntimeError("cannot")
        return {one.offset: Dropped(Outcome.DUPLICATE, "seen") for one in records if one.record.body == b"again"}

    monkeypatch.setitem(items.HANDLERS, "session", handle)
    return handed


def test_a_handler_gets_its_types_records_and_says_what_it_did_not_store(bench, handler):
    bench.log.append(item(bench), bench.event(event_id="e" * 32), item(bench, body=b"again"), item(bench, "of_tomorrow"))
    assert bench.consumer().step(0)
    ((offsets, fingerprints),) = handler
    assert offsets == [0, 2]
    assert set(fingerprints) == {(bench.project.id, "e" * 32)}
    assert counts(bench) == {
        ("error", "received", ""): 1,
        ("error", "stored", ""): 1,
        ("session", "received", ""): 2,
        ("session", "stored", ""): 1,
        ("session", "duplicate", "seen"): 1,
        ("default", "received", ""): 1,
        ("default", "stored", ""): 1,
    }


def test_after_a_restart_nothing_is_handed_over_again(bench, handler):
    bench.log.append(item(bench))
    assert bench.consumer().step(0)
    assert not bench.consumer().step(0)
    assert len(handler) == 1
    assert counts(bench)["session", "stored", ""] == 1


def test_a_handler_that_raises_refuses_one_record_and_stops_nothing(bench, handler):
    bench.log.append(item(bench), item(bench, body=b"poison"), bench.event(), item(bench))
    consumer = bench.consumer()
    assert consumer.step(0)
    assert bench.log.acks["alerts"] == 4
    assert counts(bench) == {
        ("error", "received", ""): 1,
        ("error", "stored", ""): 1,
        ("session", "received", ""): 3,
        ("session", "stored", ""): 2,
        ("session", "invalid", "internal_error"): 1,
    }


def test_an_item_of_a_project_that_is_gone_is_counted(bench, handler):
    bench.log.append(item(bench, project_id=99))
    assert bench.consumer().step(0)
    assert handler == []
    assert counts(bench) == {("session", "received", ""): 1, ("session", "invalid", "no_project"): 1}
