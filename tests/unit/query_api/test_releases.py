"""Releases, uploads, and why a frame is or is not resolved, as the dashboard reads them."""

import json
import time
import uuid

import pytest

from query_api.times import now_us
from seiche.artifacts.assemble import Assembler, Upload
from seiche.backends.raw_store import RawStore
from seiche.model.record import LogRecord, RecordKind
from seiche.registry import accounts, release_queries
from seiche.registry.artifact_queries import record_epoch
from seiche.registry.engine import read, write
from seiche.registry.release_tables import DeployRow
from seiche.registry.sightings import add_releases
from seiche.testing.bundles import EXAMPLE_DEBUG_ID, example_bundle, example_event, sha1

pytestmark = pytest.mark.anyio


@pytest.fixture
def shop(world):
    return world.project("Shop")


@pytest.fixture
def organization_id(world):
    with read(world.engine) as session:
        return session.get_one(accounts.Project, world.project("Other").id).organization_id


def upload(world, organization_id, *project_ids, **more):
    data = example_bundle()
    assembler = Assembler(world.engine, RawStore(world.settings.raw_url), world.settings.artifacts)
    assembler.keep_chunks(organization_id, [(sha1(data), data)], now_us=now_us())
    wanted = Upload(organization_id=organization_id, project_ids=project_ids, checksum=sha1(data), chunks=(sha1(data),), **more)
    assert assembler.bundle(wanted, now_us=now_us()).state == "ok"


async def test_the_list_and_one_release(owner, world, shop, organization_id):
    for version in ("shop@1.9.0", "shop@1.10.0"):
        await world.event(shop, release=version, number=int(version[-1]) + len(version))
    with write(world.engine) as session:
        add_releases(session, {(shop.id, "shop@1.9.0"): 5_000_000, (shop.id, "shop@1.10.0"): 2_000_000})
        release_queries.save(session, organization_id, "shop@1.10.0", [shop.id], now_us=3_000_000, url="https://x")
        commit = {"commit_id": "abc", "message": "mend", "patch_set": [{"path": "a.ts", "type": "M"}]}
        release_queries.set_commits(session, organization_id, "shop@1.10.0", [commit])
        for project_ids in ([], [shop.id + 77]):
            deploy = {"organization_id": organization_id, "version": "shop@1.10.0", "environment": "production", "project_ids": project_ids}
            session.add(DeployRow(**deploy, finished_at_us=4_000_000, created_at_us=4_000_000))
        release_queries.save(session, organization_id, "shop@0.1", [shop.id], now_us=1, status="archived")
    upload(world, organization_id, shop.id, release="shop@1.10.0")

    page = (await owner.get("/projects/shop/releases")).json()
    assert [release["version"] for release in page["items"]] == ["shop@1.10.0", "shop@1.9.0"]
    newest = page["items"][0]
    assert (newest["events"], newest["new_issues"], newest["commits"], newest["deploys"]) == (1, 1, 1, 1), (
        "another project's deploy is not ours"
    )
    assert newest["last_deploy"]["environment"] == "production"
    assert newest["first_event"] == newest["last_event"] is not None
    assert not page["more"]
    assert (await owner.get("/projects/shop/releases", params={"limit": 1})).json()["more"]
    assert [item["version"] for item in (await owner.get("/projects/shop/releases?query=1.9")).json()["items"]] == ["shop@1.9.0"]
    assert [item["version"] for item in (await owner.get("/projects/shop/releases?archived=true")).json()["items"]] == ["shop@0.1"]

    found = (await owner.get("/projects/shop/releases/shop@1.10.0")).json()
    assert found["previous"] == "shop@1.9.0"
    assert [(commit["id"], commit["files"]) for commit in found["commit_list"]] == [("abc", [{"path": "a.ts", "type": "M"}])]
    assert [bundle["files"] for bundle in found["bundles"]] == [2]
    assert [issue["culprit"] for issue in found["new_issue_list"]]
    assert (await owner.get("/projects/other/releases/shop@1.10.0")).status_code == 404


async def test_uploads_and_their_files(owner, world, shop, organization_id):
    upload(world, organization_id, shop.id, release="shop@1")
    (bundle,) = (await owner.get("/projects/shop/artifacts")).json()["items"]
    assert (bundle["kind"], bundle["release"], bundle["files"]) == ("sourcemaps", "shop@1", 2)
    files = (await owner.get(f"/projects/shop/artifacts/{bundle['id']}")).json()["file_list"]
    assert [(file["url"], file["debug_id"]) for file in files] == [
        ("~/static/app.js", EXAMPLE_DEBUG_ID),
        ("~/static/app.js.map", EXAMPLE_DEBUG_ID),
    ]
    assert (await owner.get("/projects/shop/artifacts?release=shop@2")).json()["items"] == []
    assert (await owner.get(f"/projects/other/artifacts/{bundle['id']}")).status_code == 404


async def test_why_frames_are_not_resolved_and_what_newer_uploads_make_of_them(owner, world, shop, organization_id):
    async def send():
        record = LogRecord(
            kind=RecordKind.EVENT, received_at_us=int(time.time() * 1e6), project_id=shop.id, public_key=shop.public_key,
            event_id=uuid.uuid4().hex, config_version=1, received=1, body=json.dumps(example_event(release="shop@1")).encode(),
        )  # fmt: skip
        (offset,) = await world.writer.append([record])
        return record.event_id, offset

    early, _ = await send()
    upload(world, organization_id, shop.id)
    late, offset = await send()
    with write(world.engine) as session:
        record_epoch(session, 0, offset, 1)

    event = (await owner.get(f"/projects/shop/events/{late}")).json()
    frame = event["exceptions"][-1]["frames"][-1]
    assert (frame["function"], frame["filename"], frame["context_line"]) == (
        "applyDiscount", "src/cart.ts", "  return cart.total - discount.amount;",
    )  # fmt: skip
    assert frame["symbolication"] | {"text": ""} == {
        "resolved": True, "code": "debug_id", "text": "", "function": "n", "module": "", "filename": "https://shop.example.org/static/app.js",
        "abs_path": "https://shop.example.org/static/app.js", "lineno": 3, "colno": 61,
    }  # fmt: skip
    assert "applyDiscount" in event["culprit"]

    event = (await owner.get(f"/projects/shop/events/{early}")).json()
    assert event["exceptions"][-1]["frames"][-1]["symbolication"]["code"] == "no_artifact_for_debug_id"
    why = (await owner.get(f"/projects/shop/events/{early}/symbolication")).json()
    assert why["uploaded_since"]
    assert why["debug_images"][0]["debug_id"] == EXAMPLE_DEBUG_ID
    assert [(one["recorded"]["function"], one["newest"]["function"]) for one in why["frames"]][1:] == [
        ("u", "checkout"),
        ("n", "applyDiscount"),
    ]
    assert not (await owner.get(f"/projects/shop/events/{late}/symbolication")).json()["uploaded_since"]
