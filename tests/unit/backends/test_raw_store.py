"""The raw store on a folder: durable, scoped, emptied by retention."""

import os
from datetime import date
from pathlib import Path

import pytest

from seiche.backends.raw_store import RawStore, key_of
from seiche.errors import ConfigurationError, NotFound, StoreUnavailable

DAY = date(2026, 11, 25)


@pytest.fixture
def store(tmp_path):
    return RawStore(str(tmp_path / "raw"))


def content(store, project_id, key):
    return b"".join(store.read(project_id, key))


@pytest.mark.parametrize("data", [b"", b"bytes", b"x" * (3 << 20)])
def test_what_is_put_can_be_read(store, data):
    key = key_of(7, DAY, "a.bin")
    store.put(key, memoryview(data))
    store.put(key, data)
    assert content(store, 7, key) == data


def test_another_projects_key_is_not_found(store):
    key = key_of(7, DAY, "a")
    store.put(key, b"secret")
    for project_id in (8, 70):
        with pytest.raises(NotFound):
            store.read(project_id, key)
    with pytest.raises(NotFound):
        store.read(7, key_of(7, DAY, "b"))


@pytest.mark.parametrize("name", ["", "..", "../a", "a/b", "A", "a\0", ".a", "x" * 201, "a#1"])
def test_no_name_leads_elsewhere(name):
    with pytest.raises(ValueError, match="no key"):
        key_of(7, DAY, name)


def test_a_key_from_elsewhere_is_checked(store):
    with pytest.raises(ValueError, match="no key"):
        store.read(7, "7/../8/x")


def test_file_and_folders_are_synced_before_put_returns(store, tmp_path, monkeypatch):
    synced = []
    real = os.fsync

    def fsync(descriptor):
        synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    store.put(key_of(7, DAY, "a"), b"x")
    root = str(tmp_path / "raw")
    assert synced == [f"{root}/7/2026-11-25/a", f"{root}/7/2026-11-25", f"{root}/7", root]


def test_retention_drops_whole_days_of_one_project(store, tmp_path):
    old, kept, foreign = key_of(7, date(2026, 11, 20), "a"), key_of(7, DAY, "a"), key_of(8, date(2026, 11, 20), "a")
    for key in (old, key_of(7, date(2026, 11, 20), "b"), kept, foreign):
        store.put(key, b"x")
    assert store.drop_before(7, DAY) == 2
    assert store.drop_before(7, DAY) == 0
    assert store.drop_before(9, DAY) == 0
    with pytest.raises(NotFound):
        content(store, 7, old)
    assert (content(store, 7, kept), content(store, 8, foreign)) == (b"x", b"x")
    assert not (tmp_path / "raw/7/2026-11-20").exists()


def test_the_last_of_the_disk_is_left_alone(tmp_path):
    with pytest.raises(StoreUnavailable, match="almost full"):
        RawStore(str(tmp_path / "raw"), minimum_free_bytes=1 << 60).put(key_of(7, DAY, "a"), b"x")
    assert list((tmp_path / "raw").iterdir()) == []


def test_a_store_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / "raw").write_text("a file, no folder")
    with pytest.raises((StoreUnavailable, ConfigurationError)):
        RawStore(str(tmp_path / "raw")).put(key_of(7, DAY, "a"), b"x")
    with pytest.raises(ConfigurationError, match=r"raw\.url"):
        RawStore("nothing://x").put(key_of(7, DAY, "a"), b"x")
