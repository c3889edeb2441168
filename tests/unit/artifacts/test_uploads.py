"""Uploads: assembled, or refused with the reason; bounded; nobody else's."""

import io
import zipfile

import msgspec
import pytest
import sqlalchemy as sa

from seiche.artifacts.assemble import CHUNK_BYTES, Upload
from seiche.artifacts.contents import chunk_path
from seiche.errors import InvalidInput
from seiche.registry.artifact_tables import ArtifactBundle, ArtifactChunk, ArtifactFile
from seiche.registry.engine import read, write
from seiche.registry.tables import Organization
from seiche.testing.bundles import EXAMPLE_DEBUG_ID, example_bundle, sha1, zipped

ENTRY = {"url": "~/x.js", "type": "minified_source", "headers": {}}


def count(world, table):
    with read(world.engine) as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table))


def test_a_bundle(world):
    assert world.upload(example_bundle(), release="shop@1", dist="7").state == "ok"
    with read(world.engine) as session:
        minified, source = session.scalars(sa.select(ArtifactFile).order_by(ArtifactFile.kind))
        bundle = session.scalars(sa.select(ArtifactBundle)).one()
    assert (minified.kind, minified.url, minified.source_map) == ("minified", "~/static/app.js", "app.js.map")
    assert (source.kind, source.url, source.debug_id) == ("source_map", "~/static/app.js.map", EXAMPLE_DEBUG_ID)
    assert {(file.release, file.dist, file.project_id) for file in (minified, source)} == {("shop@1", "7", world.shop)}
    assert (bundle.kind, bundle.files, bundle.sequence) == ("sourcemaps", 2, 1)


def test_release_and_dist_of_the_manifest_count_where_the_request_names_none(world):
    world.upload(example_bundle(release="shop@9", dist="x"))
    with read(world.engine) as session:
        assert {(file.release, file.dist) for file in session.scalars(sa.select(ArtifactFile))} == {("shop@9", "x")}


def test_the_same_upload_twice_is_one_bundle_another_release_is_another(world):
    for _ in range(2):
        assert world.upload(example_bundle(), release="shop@1").state == "ok"
    assert count(world, ArtifactBundle) == 1
    assert world.upload(example_bundle(), release="shop@2").state == "ok"
    assert world.upload(example_bundle(), world.bank, release="shop@1").state == "ok"
    assert count(world, ArtifactBundle) == 3
    assert len(list(world.folder.rglob("files/*/*"))) == 2, "the same content is kept once"


def test_what_is_missing_is_told_first(world):
    data = example_bundle()
    wanted = Upload(organization_id=1, project_ids=(world.shop,), checksum=sha1(data), chunks=("a" * 40, "b" * 40, "a" * 40))
    found = world.assembler.bundle(wanted, now_us=1)
    assert (found.state, found.missing) == ("not_found", ("a" * 40, "b" * 40))
    assert world.assembler.bundle(msgspec.structs.replace(wanted, chunks=()), now_us=1).state == "not_found"


def test_a_chunk_that_the_store_has_lost_is_asked_for_again(world):
    data = example_bundle()
    world.assembler.keep_chunks(1, [(sha1(data), data)], now_us=1)
    world.store.delete([chunk_path(1, sha1(data))])
    wanted = Upload(organization_id=1, project_ids=(world.shop,), checksum=sha1(data), chunks=(sha1(data),))
    assert world.assembler.bundle(wanted, now_us=1).missing == (sha1(data),)
    world.assembler.keep_chunks(1, [(sha1(data), data)], now_us=1)
    assert world.assembler.bundle(wanted, now_us=1).state == "ok"


def test_chunks_of_another_organization_are_nobodys(world):
    with write(world.engine) as session:
        session.add(Organization(slug="acme", name="Acme", created_at_us=1))
    data = example_bundle()
    world.assembler.keep_chunks(2, [(sha1(data), data)], now_us=1)
    wanted = Upload(organization_id=1, project_ids=(world.shop,), checksum=sha1(data), chunks=(sha1(data),))
    assert world.assembler.bundle(wanted, now_us=1).state == "not_found"


@pytest.mark.parametrize("given", ["../../../etc/passwd", "a" * 39, "a" * 41, "g" * 40, "", "a" * 20 + "/" + "a" * 19])
def test_checksums_are_checked_before_they_are_paths(world, given):
    with pytest.raises(InvalidInput, match="SHA-1"):
        world.assembler.keep_chunks(1, [(given, b"x")], now_us=1)
    assert not world.folder.exists()


def test_a_chunk_must_be_what_its_checksum_says_and_small(world):
    with pytest.raises(InvalidInput, match="damaged"):
        world.assembler.keep_chunks(1, [("a" * 40, b"x")], now_us=1)
    large = bytes(CHUNK_BYTES + 1)
    with pytest.raises(InvalidInput, match="at most"):
        world.assembler.keep_chunks(1, [(sha1(large), large)], now_us=1)
    assert count(world, ArtifactChunk) == 0


def test_chunks_that_do_not_add_up(world):
    world.assembler.keep_chunks(1, [(sha1(b"x"), b"x")], now_us=1)
    wanted = Upload(organization_id=1, project_ids=(world.shop,), checksum="c" * 40, chunks=(sha1(b"x"),))
    found = world.assembler.bundle(wanted, now_us=1)
    assert (found.state, "do not add up" in found.detail) == ("error", True)


def encrypted():
    data = bytearray(zipped({"x.js": b"1"}, {"files": {"x.js": ENTRY}}))
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    return bytes(data)


def liar():
    """A file whose directory says 10 bytes and which unpacks to many."""
    data = bytearray(zipped({"x.js": bytes(3 << 20)}, {"files": {"x.js": ENTRY}}))
    at = data.index(b"PK\x01\x02")
    data[at + 24 : at + 28] = (10).to_bytes(4, "little")
    return bytes(data)


def many_names():
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for number in range(300):
            archive.writestr(f"{number}-{'x' * 60_000}", b"")
    return target.getvalue()


HOSTILE = {
    "no zip": (b"hello", "no zip"),
    "no manifest": (zipped({"x.js": b"1"}, {}).replace(b"manifest.json", b"manifest.jsoo"), "manifest.json"),
    "manifest is no object": (zipped({}, {"files": [1]}), "manifest.json is not usable"),
    "cut off": (example_bundle()[:-30], "no zip"),
    "a file is missing": (zipped({}, {"files": {"x.js": ENTRY}}), "lacks 'x.js'"),
    "empty": (zipped({}, {"files": {}}), "no minified file"),
    "bomb": (zipped({"x.js": bytes(20 << 20)}, {"files": {"x.js": ENTRY}}), "too large"),
    "many small bombs": (
        zipped({f"{n}.js": bytes(1 << 20) for n in range(9)}, {"files": {f"{n}.js": ENTRY for n in range(9)}}),
        "too large",
    ),
    "encrypted": (encrypted(), "encrypted"),
    "directory bomb": (many_names(), "directory has"),
    "too many files": (zipped({}, {"files": {str(n): ENTRY for n in range(40)}}), "at most 30"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bundles(world, name):
    data, why = HOSTILE[name]
    world.limits = world.limits.model_copy(update={"file_bytes": 2 << 20, "unpacked_bytes": 8 << 20, "bundle_files": 30})
    pieces = [data[at : at + CHUNK_BYTES] for at in range(0, len(data), CHUNK_BYTES)]
    world.assembler.keep_chunks(1, [(sha1(piece), piece) for piece in pieces], now_us=1)
    wanted = Upload(organization_id=1, project_ids=(world.shop,), checksum=sha1(data), chunks=tuple(sha1(piece) for piece in pieces))
    found = world.assembler.bundle(wanted, now_us=1)
    assert found.state == "error", name
    assert why in found.detail, found.detail
    assert count(world, ArtifactBundle) == count(world, ArtifactFile) == 0


def test_a_lying_directory_unpacks_no_more_than_is_allowed(world):
    world.limits = world.limits.model_copy(update={"file_bytes": 1 << 20})
    found = world.upload(liar())
    assert found.state == "error" or count(world, ArtifactFile) == 1
    assert all(path.stat().st_size < 4096 for path in world.folder.rglob("files/*/*"))


def test_names_that_lead_outside_lead_nowhere(world):
    evil = "../../../../tmp/evil.js"
    data = zipped({evil: b"x()"}, {"files": {evil: {**ENTRY, "url": "~/../../evil.js"}}})
    assert world.upload(data).state == "ok"
    assert list(world.folder.parent.rglob("*evil*")) == []
    assert all(path.is_relative_to(world.folder) for path in world.folder.rglob("files/*/*"))


def test_an_upload_that_is_too_large(world):
    world.limits = world.limits.model_copy(update={"bundle_bytes": 1500})
    found = world.upload(b"x" * 4000)
    assert (found.state, "more than 1500 bytes" in found.detail) == ("error", True)


def test_old_chunks_are_removed(world):
    world.assembler.keep_chunks(1, [(sha1(b"old"), b"old")], now_us=1)
    later = 1 + (world.limits.chunk_seconds + 1) * 1_000_000
    world.assembler.keep_chunks(1, [(sha1(b"new"), b"new")], now_us=later)
    with read(world.engine) as session:
        assert list(session.scalars(sa.select(ArtifactChunk.sha1))) == [sha1(b"new")]
    kept = [path.name for path in world.folder.rglob("*") if path.is_file()]
    assert kept == [sha1(b"new")]


def test_one_upload_is_put_together_at_a_time(world):
    data, assembler = example_bundle(), world.assembler
    assembler.keep_chunks(1, [(sha1(data), data)], now_us=1)
    wanted = Upload(organization_id=1, project_ids=(world.shop,), checksum=sha1(data), chunks=(sha1(data),))
    with assembler._busy:
        assert assembler.bundle(wanted, now_us=1).state == "assembling"
    assert assembler.bundle(wanted, now_us=1).state == "ok"
