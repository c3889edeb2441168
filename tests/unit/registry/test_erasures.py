"""An hour of more events than SQLite takes variables in one statement."""

import pytest

from seiche.registry import erasures, projects
from seiche.registry.artifact_tables import UnresolvedFile
from seiche.registry.engine import make_engine, read, write
from seiche.registry.erasure_tables import ErasedEvent, ErasureRow
from seiche.registry.item_tables import FeedbackRow
from seiche.testing.registries import new_registry

EVENTS = 40_000


@pytest.fixture
def engine(tmp_path):
    engine = make_engine(new_registry(tmp_path / "registry.sqlite"))
    yield engine
    engine.dispose()


def feedback(project_id, number, event_id, email):
    said = {"name": "", "message": "it broke", "url": "", "kind": "user_report", "received_at_us": 1}
    return FeedbackRow(project_id=project_id, feedback_id=f"{number}", event_id=event_id, email=email, **said)


def lacking(project_id, file):
    seen = {"frames": 1, "events": 1, "first_seen_us": 1, "last_seen_us": 1, "last_event_id": "0" * 32, "last_fingerprint": "0" * 32}
    told = {"release": "shop@1", "dist": "", "debug_id": "", "reason": "no_upload", "text": f"{file} is minified"}
    return UnresolvedFile(project_id=project_id, key="0" * 32, file=file, **told, **seen)


def test_forty_thousand_events_of_one_hour(engine) -> None:
    project_id = projects.create_project(engine, "Shop").id
    events = [f"{number:032x}" for number in range(EVENTS)]
    with write(engine) as session:
        row = erasures.ask(session, project_id, person="email:Ada@example.org", event_ids=[], actor="owner", now_us=1)
        session.add(lacking(project_id, "https://shop.example.org/ada@example.org/app.js"))
        session.add(feedback(project_id, 1, events[-1], ""))
        session.add(feedback(project_id, 2, "", "ada@EXAMPLE.org"))
        session.add(feedback(project_id, 3, "f" * 32, "grace@example.org"))
        erasure_id = row.id
    erasures.save(engine, erasure_id, state=erasures.RUNNING, hours_left=[5, 6])
    with read(engine) as session:
        row = session.get_one(ErasureRow, erasure_id)
    found = {"hour": 5, "events": events, "words": ["ada@example.org"], "fingerprints": events}
    erasures.met(engine, row, found, dict.fromkeys(events, ("", 1)))
    assert erasures.files_of(engine, project_id, events) == []
    assert sorted(erasures.erased_among(engine, project_id, set(events) | {"e" * 32})) == events
    erasures.hour_done(engine, row, found)
    with read(engine) as session:
        done = session.get_one(ErasureRow, erasure_id)
        assert (done.events, done.feedback, done.files, done.hours_left, done.met) == (EVENTS, 2, 0, [6], {})
        assert [one.feedback_id for one in session.query(FeedbackRow)] == ["3"]
        assert session.query(ErasedEvent).count() == EVENTS
        lacked = session.query(UnresolvedFile).one()
        assert "ada" not in lacked.file + lacked.text
        assert lacked.file.endswith("/app.js")
