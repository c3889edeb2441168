"""Feedback and attachments in the registry: once each, linked to the issue, gone when the project's retention says so."""

import json
from datetime import date

import msgspec
import pytest

from alerts.feedback import link_to_issues
from alerts.forget import forget
from seiche.backends.raw_store import RawStore, key_of
from seiche.errors import NotFound, StoreUnavailable
from seiche.model.blob import Attachment
from seiche.model.record import LogRecord, RecordKind
from seiche.registry import item_queries
from seiche.registry.engine import read
from seiche.registry.item_tables import AttachmentRow, FeedbackRow
from seiche.registry.tables import FingerprintRow, Issue, OutcomeCount

EVENT_ID = "e" * 32
DAY_US = 86_400_000_000


def item(bench, kind, body, *, event_id=EVENT_ID):
    return LogRecord(
        kind=RecordKind.ITEM, item_type=kind, received_at_us=bench.now_us, project_id=bench.project.id, public_key=bench.project.public_key,
        event_id=event_id, config_version=1, body=body if isinstance(body, bytes) else json.dumps(body).encode(),
    )  # fmt: skip


def report(bench, **fields):
    return item(bench, "user_report", {"event_id": EVENT_ID, "name": "Ada", "email": "ada@example.org", "comments": "it broke"} | fields)


def file(bench, name="log.txt", day="2025-11-24", **fields):
    told = Attachment(
        key=f"{bench.project.id}/{day}/{EVENT_ID}-abc",
        name=name,
        content_type="text/plain",
        attachment_type="event.attachment",
        size=3,
        sha256="a" * 64,
    )
    return item(bench, "attachment", msgspec.json.encode(told), **fields)


def counts(bench):
    return {(row.category, row.outcome, row.reason): row.quantity for row in bench.rows(OutcomeCount)}


def test_feedback_about_an_event_of_the_same_batch_is_linked_at_once(bench):
    bench.log.append(bench.event(event_id=EVENT_ID), report(bench), report(bench), report(bench, comments="again"))
    bench.consumer().step(0)
    (issue,) = bench.rows(Issue)
    with read(bench.engine) as session:
        found = item_queries.feedback_of_issue(session, bench.project.id, issue.id)
    assert [(row.message, row.name, row.email, row.event_id) for row in found] == [
        ("again", "Ada", "ada@example.org", EVENT_ID),
        ("it broke", "Ada", "ada@example.org", EVENT_ID),
    ]
    assert counts(bench) == {
        ("error", "received", ""): 1,
        ("error", "stored", ""): 1,
        ("feedback", "received", ""): 3,
        ("feedback", "stored", ""): 2,
        ("feedback", "duplicate", "same_feedback"): 1,
    }


def test_feedback_about_an_older_event_is_linked_when_the_hot_tier_knows_it(bench):
    bench.log.append(bench.event(event_id=EVENT_ID))
    consumer = bench.consumer()
    consumer.step(0)
    said = {"message": "help", "contact_email": "x@example.org", "associated_event_id": EVENT_ID, "url": "https://shop.example.com/"}
    bench.log.append(item(bench, "feedback", {"contexts": {"feedback": said}}, event_id="f" * 32))
    consumer.step(0)
    (row,) = bench.rows(FeedbackRow)
    assert (row.feedback_id, row.event_id, row.fingerprint, row.message, row.email) == ("f" * 32, EVENT_ID, "", "help", "x@example.org")
    fingerprint = bench.rows(FingerprintRow)[0].fingerprint

    def down(*_):
        raise StoreUnavailable("olap is down")

    assert link_to_issues(bench.engine, down, now_us=bench.now_us) == 0
    assert link_to_issues(bench.engine, lambda *_: {}, now_us=bench.now_us) == 0
    asked = []
    found = lambda project, ids: (asked.append((project, set(ids))), {EVENT_ID: fingerprint})[1]  # noqa: E731 - notes and answers
    assert link_to_issues(bench.engine, found, now_us=bench.now_us) == 1
    assert asked == [(bench.project.id, {EVENT_ID})]
    assert bench.rows(FeedbackRow)[0].fingerprint == fingerprint
    assert link_to_issues(bench.engine, found, now_us=bench.now_us) == 0


@pytest.mark.parametrize(
    ("kind", "body", "event_id", "reason"),
    [
        ("user_report", {"comments": ""}, EVENT_ID, "empty"),
        ("user_report", {"comments": "x"}, "", "no_event_id"),
        ("user_report", {"comments": 7, "name": []}, EVENT_ID, "empty"),
        ("feedback", {"contexts": []}, EVENT_ID, "empty"),
        ("feedback", {"contexts": {"feedback": {"message": {}}}}, EVENT_ID, "empty"),
        ("feedback", b"[]", EVENT_ID, "invalid_json"),
    ],
)
def test_feedback_without_words_is_invalid_and_counted(bench, kind, body, event_id, reason):
    bench.log.append(item(bench, kind, body, event_id=event_id))
    bench.consumer().step(0)
    assert bench.rows(FeedbackRow) == []
    assert counts(bench) == {("feedback", "received", ""): 1, ("feedback", "invalid", reason): 1}


def test_the_same_file_of_an_event_is_listed_once(bench):
    bench.log.append(file(bench), file(bench), file(bench, "other.txt"), file(bench, event_id="d" * 32))
    bench.consumer().step(0)
    with read(bench.engine) as session:
        assert [row.name for row in item_queries.attachments(session, bench.project.id, EVENT_ID)] == ["log.txt", "other.txt"]
        assert item_queries.attachments(session, bench.project.id + 1, EVENT_ID) == []
    assert counts(bench)["attachment", "duplicate", "same_file"] == 1
    assert counts(bench)["attachment", "stored", ""] == 3


def test_an_attachment_that_says_nothing_is_refused_alone(bench):
    bench.log.append(file(bench), item(bench, "attachment", b"{}"), bench.event())
    bench.consumer().step(0)
    assert counts(bench)["attachment", "invalid", "internal_error"] == 1
    assert len(bench.rows(AttachmentRow)) == len(bench.rows(Issue)) == 1


def test_what_is_older_than_the_project_keeps_is_removed_with_its_file(bench, tmp_path):
    raw = RawStore(str(tmp_path / "raw"))
    day = date(2025, 11, 24)
    key = key_of(bench.project.id, day, f"{EVENT_ID}-abc")
    raw.put(key, b"abc")
    bench.log.append(file(bench), report(bench))
    bench.consumer(raw=raw).step(0)
    assert forget(bench.engine, raw, now_us=bench.now_us + 360 * DAY_US) == (0, 0)
    assert b"".join(raw.read(bench.project.id, key)) == b"abc"
    assert forget(bench.engine, raw, now_us=bench.now_us + 367 * DAY_US) == (2, 1)
    assert bench.rows(AttachmentRow) == bench.rows(FeedbackRow) == []
    with pytest.raises(NotFound):
        raw.read(bench.project.id, key)
