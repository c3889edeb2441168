"""A table deleted and made anew under a kept handle is noticed: in a folder at once, in an object store within seconds."""

import pytest

from lake import objects
from lake.marks import LOOK_SECONDS, Marks


def entry(folder, version, text="{}"):
    path = folder / "silver_events" / "_delta_log" / f"{version:020}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_in_a_folder(tmp_path):
    marks = Marks(str(tmp_path), None)
    assert not marks.still_there("silver_events")
    path = entry(tmp_path, 7)
    marks.note("silver_events", 7)
    assert marks.still_there("silver_events")
    entry(tmp_path, 8)
    assert marks.still_there("silver_events")
    path.unlink()
    assert not marks.still_there("silver_events")
    entry(tmp_path, 9)
    entry(tmp_path, 7)  # another file under the same name
    assert not marks.still_there("silver_events")
    marks.note("silver_events", 9)
    assert marks.still_there("silver_events")


@pytest.fixture
def store(monkeypatch):
    """version -> tag, and the versions that were asked for."""
    tags, asked = {}, []

    def tag(_url, _options, key):
        version = int(key.rsplit("/", 1)[1].removesuffix(".json"))
        asked.append(version)
        if version not in tags:
            raise FileNotFoundError(key)
        return tags[version]

    monkeypatch.setattr(objects, "tag", tag)
    return tags, asked


def test_an_object_store_is_asked_twice_in_five_seconds_at_most(store):
    tags, asked = store
    now = [100.0]
    marks = Marks("s3://bucket/lake", {}, clock=lambda: now[0])
    tags |= {version: f"first {version}" for version in range(50)}
    for version in range(20):
        assert marks.still_there("silver_events") == (version > 0)
        marks.note("silver_events", version)
    assert asked == [0]
    now[0] += LOOK_SECONDS
    assert marks.still_there("silver_events")
    marks.note("silver_events", 20)
    assert marks.still_there("silver_events")
    assert asked == [0, 0, 20]
    tags[20] = "second 20"
    assert marks.still_there("silver_events")  # not looked yet
    now[0] += LOOK_SECONDS
    assert not marks.still_there("silver_events")
    marks.forget("silver_events")
    marks.note("silver_events", 20)
    assert marks.still_there("silver_events")
    now[0] += LOOK_SECONDS
    tags.clear()
    assert not marks.still_there("silver_events")
