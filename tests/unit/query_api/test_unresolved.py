"""The page of what source maps are missing, as the dashboard reads it."""

import uuid

import pytest
import sqlalchemy as sa

from query_api.times import now_us
from seiche.registry import unresolved
from seiche.registry.artifact_queries import add_bundle
from seiche.registry.artifact_tables import ArtifactBundle
from seiche.registry.engine import write
from seiche.registry.tables import FingerprintRow

pytestmark = pytest.mark.anyio
FILE = "https://shop.example.org/static/app.js"


def lacked(project, *, key="a", release="shop@1", reason="release_without_artifacts", at_us=0, **more):
    row = {
        "project_id": project.id, "key": key * 32, "release": release, "dist": "", "file": FILE, "debug_id": "", "reason": reason,
        "text": "said", "frames": 3, "events": 1, "first_seen_us": at_us, "last_seen_us": at_us,
        "last_event_id": uuid.uuid4().hex, "last_fingerprint": "",
    }  # fmt: skip
    return row | more


async def test_newest_first_with_an_issue_and_what_to_do(owner, world):
    shop, other = world.project("Shop"), world.project("Other")
    event_id, issue_id = await world.event(shop)
    issue = (await owner.get(f"/issues/{issue_id}")).json()
    with write(world.engine) as session:
        fingerprint = session.scalar(sa.select(FingerprintRow.fingerprint).where(FingerprintRow.issue_id == issue_id))
        unresolved.add(session, [lacked(shop, at_us=5_000_000, last_event_id=event_id, last_fingerprint=fingerprint)])
        unresolved.add(session, [lacked(shop, at_us=7_000_000, frames=2)])
        unresolved.add(session, [lacked(shop, key="b", release="100%", reason="no_position", at_us=9_000_000)])
        unresolved.add(session, [lacked(other, key="c", release="secret")])
    page = (await owner.get("/projects/shop/unresolved-files")).json()
    assert [(one["release"], one["frames"], one["events"]) for one in page["items"]] == [("100%", 3, 1), ("shop@1", 5, 2)]
    assert not page["more"]
    assert not page["uploads"]
    first = page["items"][1]
    assert (first["first_seen"], first["last_seen"]) == ("1970-01-01T00:00:05Z", "1970-01-01T00:00:07Z")
    assert first["command"] == "sentry-cli sourcemaps upload --org default --project shop --release shop@1 --url-prefix '~/static' dist"
    assert first["what_to_do"]
    assert first["uploaded_since"] is None
    with write(world.engine) as session:
        unresolved.add(session, [lacked(shop, at_us=8_000_000, last_event_id=event_id, last_fingerprint=fingerprint)])
    first = (await owner.get("/projects/shop/unresolved-files")).json()["items"][1]
    assert (first["issue_id"], first["event_id"], first["issue_short_id"], first["issue_title"]) == (
        str(issue_id), event_id, issue["short_id"], issue["title"],
    )  # fmt: skip

    for query, releases in (("app.js", ["100%", "shop@1"]), ("shop@", ["shop@1"]), ("%", ["100%"]), ("no_pos", ["100%"]), ("secret", [])):
        answer = await owner.get("/projects/shop/unresolved-files", params={"query": query})
        assert [one["release"] for one in answer.json()["items"]] == releases, query
    assert (await owner.get("/projects/shop/unresolved-files", params={"limit": 1})).json()["more"]


async def test_an_upload_that_came_since_is_told(owner, world):
    shop = world.project("Shop")
    with write(world.engine) as session:
        rows = [lacked(shop, key=key, release=release, debug_id=debug_id, at_us=1000) for key, release, debug_id in
                (("a", "shop@1", ""), ("b", "", "d1"), ("c", "shop@2", ""), ("d", "shop@1", "d2"))]  # fmt: skip
        unresolved.add(session, [*rows, lacked(shop, key="e", at_us=now_us() + 10_000_000)])
        bundle = ArtifactBundle(
            organization_id=1, identity="i", checksum="c", kind="sourcemaps", release="shop@1", files=1, size=1, created_at_us=now_us()
        )
        file = {"kind": "minified", "url": "~/app.js", "content": "x", "size": 1, "release": "shop@1", "debug_id": "d1"}
        add_bundle(session, bundle, [file], [shop.id])
    page = (await owner.get("/projects/shop/unresolved-files")).json()
    told = {(one["release"], one["debug_id"], one["uploaded_since"] is not None) for one in page["items"]}
    assert told == {("shop@1", "", False), ("shop@1", "", True), ("", "d1", True), ("shop@2", "", False), ("shop@1", "d2", True)}
    assert page["uploads"]
