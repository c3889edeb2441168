"""Attachments and feedback as people read them: scoped, paged, and bytes that no browser runs."""

import time

import pytest
import sqlalchemy as sa

from seiche.backends.raw_store import RawStore, key_of
from seiche.registry.engine import read, write
from seiche.registry.item_tables import AttachmentRow, FeedbackRow
from seiche.registry.tables import FingerprintRow

pytestmark = pytest.mark.anyio
CONTENT = b"<script>alert(1)</script>" * 100


@pytest.fixture
def attach(world):
    """Puts a file of an event into the raw store and the registry; returns its id."""

    def attach(project, event_id, name="page.html", content=CONTENT, content_type="text/html"):
        from datetime import UTC, datetime

        key = key_of(project.id, datetime.now(UTC).date(), f"{event_id}-1")
        RawStore(world.settings.raw_url).put(key, content)
        with write(world.engine) as session:
            row = AttachmentRow(
                project_id=project.id, event_id=event_id, name=name, content_type=content_type, attachment_type="event.attachment",
                size=len(content), sha256="a" * 64, key=key, received_at_us=time.time_ns() // 1000,
            )  # fmt: skip
            session.add(row)
            session.flush()
            return row.id

    return attach


@pytest.fixture
def say(world):
    """A user says something about an event."""

    def say(project, message, event_id="", fingerprint=""):
        with write(world.engine) as session:
            number = len(session.scalars(sa.select(FeedbackRow.id)).all())
            session.add(
                FeedbackRow(
                    project_id=project.id, feedback_id=f"{number:032x}", kind="user_report", event_id=event_id, fingerprint=fingerprint,
                    name="Ada", email="ada@example.org", message=message, url="", received_at_us=time.time_ns() // 1000,
                )
            )  # fmt: skip

    return say


async def test_a_file_is_listed_and_saved_never_shown(world, owner, attach):
    project = world.project("Shop")
    event_id, _ = await world.event(project)
    assert (await owner.get(f"/projects/shop/events/{event_id}/attachments")).json() == []
    attachment_id = attach(project, event_id, name='b\u00e4d".html')
    (entry,) = (await owner.get(f"/projects/shop/events/{event_id}/attachments")).json()
    assert (entry["id"], entry["name"], entry["size"], entry["content_type"]) == (
        str(attachment_id),
        'b\u00e4d".html',
        len(CONTENT),
        "text/html",
    )
    answer = await owner.get(f"/projects/shop/events/{event_id}/attachments/{attachment_id}")
    assert (answer.status_code, answer.content) == (200, CONTENT)
    headers = answer.headers
    assert headers["content-type"] == "application/octet-stream"
    assert headers["content-disposition"] == "attachment; filename=\"b_d_.html\"; filename*=UTF-8''b%C3%A4d%22.html"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert headers["content-length"] == str(len(CONTENT))


async def test_files_of_others_and_files_that_are_gone(world, owner, organization, attach):
    project = world.project("Shop")
    event_id, _ = await world.event(project)
    other_id, _ = await world.event(project)
    acme = world.project("Acme", organization("acme")[0])
    mine, theirs = attach(project, event_id), attach(acme, event_id)
    for event, attachment_id in ((event_id, theirs), (other_id, mine), (event_id, mine + 100), ("nonsense", mine), (event_id, "x")):
        assert (await owner.get(f"/projects/shop/events/{event}/attachments/{attachment_id}")).status_code == 404
    assert (await owner.get(f"/projects/acme/events/{event_id}/attachments/{theirs}")).status_code == 404
    with read(world.engine) as session:
        key = session.get_one(AttachmentRow, mine).key
    (world.settings.data / "raw" / key).unlink()
    answer = await owner.get(f"/projects/shop/events/{event_id}/attachments/{mine}")
    assert (answer.status_code, "retention" in answer.json()["detail"]) == (404, True)


async def test_what_was_said_about_an_issue(world, owner, say):
    project = world.project("Shop")
    event_id, issue_id = await world.event(project)
    _, other = await world.event(project, kind="KeyError", number=7)
    with read(world.engine) as session:
        fingerprint = session.scalar(sa.select(FingerprintRow.fingerprint).where(FingerprintRow.issue_id == issue_id))
    say(project, "first", event_id, fingerprint)
    say(project, "second", event_id, fingerprint)
    say(project, "about nothing")
    found = (await owner.get(f"/issues/{issue_id}/feedback")).json()
    assert [(entry["message"], entry["issue_id"], entry["event_id"], entry["email"]) for entry in found] == [
        ("second", str(issue_id), event_id, "ada@example.org"),
        ("first", str(issue_id), event_id, "ada@example.org"),
    ]
    assert (await owner.get(f"/issues/{other}/feedback")).json() == []
    # Merged away: the feedback goes with its fingerprint.
    with write(world.engine) as session:
        session.execute(sa.update(FingerprintRow).where(FingerprintRow.fingerprint == fingerprint).values(issue_id=other))
    assert len((await owner.get(f"/issues/{other}/feedback")).json()) == 2


async def test_what_was_said_in_a_project_by_pages(world, owner, organization, say):
    project = world.project("Shop")
    for number in range(5):
        say(project, f"said {number}")
    say(world.project("Acme", organization("acme")[0]), "theirs")
    seen, cursor = [], ""
    while True:
        page = (await owner.get("/projects/shop/feedback", params={"limit": 2, "cursor": cursor})).json()
        seen += [entry["message"] for entry in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [f"said {number}" for number in range(4, -1, -1)]
    assert (await owner.get("/projects/acme/feedback")).status_code == 404
    assert (await owner.get("/projects/shop/feedback", params={"cursor": "x"})).status_code == 400
