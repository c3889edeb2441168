"""/api/0 as sentry-cli calls it: shapes, both spellings of a path, nothing of another organization. The program itself: tests/flows."""

import gzip

import httpx
import pytest

from seiche.registry.projects import create_token
from seiche.testing.bundles import example_bundle, sha1, zipped

pytestmark = pytest.mark.anyio
COMMIT = {
    "id": "52cbd32aeb73db074712e8da679970a30b261969",
    "repository": "shop/shop",
    "message": "Take codes that nobody knows\n",
    "author_name": "Elif",
    "author_email": "elif@example.org",
    "timestamp": "2026-11-25T12:00:00+01:00",
    "patch_set": [{"path": "src/cart.ts", "type": "M"}],
}


@pytest.fixture
async def cli(app, world):
    headers = {"Authorization": f"Bearer {create_token(world.engine, 'ci')}", "User-Agent": "sentry-cli/3.8.0"}
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000/api/0", headers=headers) as client:
        yield client


@pytest.fixture
def shop(world):
    return world.project("Shop")


async def test_who_am_i(cli, shop):
    info = (await cli.get("/")).json()
    assert "project:releases" in info["auth"]["scopes"]
    assert info["user"] is None
    (organization,) = (await cli.get("/organizations/?cursor=")).json()
    assert {
        "id",
        "slug",
        "name",
        "dateCreated",
        "isEarlyAdopter",
        "require2FA",
        "requireEmailVerification",
        "features",
    } <= organization.keys()
    projects = (await cli.get("/organizations/default/projects/")).json()
    assert (str(shop.id), "shop") in [(project["id"], project["slug"]) for project in projects]
    assert (await cli.get(f"/projects/default/{shop.id}/")).json()["slug"] == "shop"
    assert (await cli.get("/organizations/default/repos/?cursor=")).json() == []
    assert (await cli.get("/users/me/regions/")).status_code == 404


async def test_a_path_without_its_slash_is_no_redirect(cli, shop):
    for path in ("", "/organizations", "/organizations/default/releases", "/organizations/default/chunk-upload"):
        assert (await cli.get(path)).status_code == 200, path
    for path in ("/nothing", "/nothing/", "/organizations/other/releases", "/organizations/default/releases/none/"):
        assert (await cli.get(path)).status_code == 404, path


async def test_errors_are_what_sentry_cli_shows(cli):
    answer = await cli.get("/organizations/other/releases/")
    assert list(answer.json()) == ["detail"]
    assert (await cli.get("/", headers={"Authorization": "Bearer wrong"})).status_code == 401
    assert (await cli.post("/organizations/default/releases/", json={"version": 5})).status_code == 422


async def test_a_release_from_new_to_archived(cli, shop):
    made = await cli.post("/organizations/default/releases/", json={"version": "shop@2.0.0", "projects": ["shop"]})
    assert made.status_code == 201
    release = made.json()
    assert (release["version"], release["dateReleased"], release["lastCommit"], release["newGroups"]) == ("shop@2.0.0", None, None, 0)
    assert [project["slug"] for project in release["projects"]] == ["shop"]
    again = await cli.post("/organizations/default/releases/", json={"version": "shop@2.0.0", "projects": [shop.id], "url": "https://x"})
    assert (again.status_code, again.json()["dateCreated"], again.json()["url"]) == (208, release["dateCreated"], "https://x")

    changed = await cli.put(
        "/organizations/default/releases/shop@2.0.0/", json={"commits": [COMMIT], "dateReleased": "2026-11-25T12:30:00Z"}
    )
    assert (changed.json()["lastCommit"], changed.json()["commitCount"]) == ({"id": COMMIT["id"]}, 1)
    assert changed.json()["dateReleased"] == "2026-11-25T12:30:00Z"
    (commit,) = (await cli.get("/organizations/default/releases/shop@2.0.0/commits/")).json()
    assert (commit["id"], commit["author"]["name"], commit["dateCreated"]) == (COMMIT["id"], "Elif", "2026-11-25T11:00:00Z")

    deploy = await cli.post("/organizations/default/releases/shop@2.0.0/deploys/", json={"environment": "production", "name": "blue"})
    assert deploy.status_code == 201
    assert (deploy.json()["environment"], deploy.json()["name"]) == ("production", "blue")
    assert deploy.json()["dateFinished"]
    assert (await cli.get("/organizations/default/releases/shop@2.0.0/deploys/")).json() == [deploy.json()]

    assert (await cli.delete("/organizations/default/releases/shop@2.0.0/")).status_code == 204
    assert (await cli.get("/organizations/default/releases/")).json() == []
    assert (await cli.get("/organizations/default/releases/shop@2.0.0/")).json()["status"] == "archived"


async def test_previous_with_commits(cli, shop):
    for version in ("shop@1.9.0", "shop@1.10.0", "shop@2.0.0"):
        commits = [COMMIT] if version != "shop@2.0.0" else None
        await cli.post("/organizations/default/releases/", json={"version": version, "projects": ["shop"], "commits": commits})
    found = (await cli.get("/organizations/default/releases/shop@2.0.0/previous-with-commits/")).json()
    assert found["version"] == "shop@1.10.0", "by version, not by text"
    assert (await cli.get("/organizations/default/releases/shop@1.9.0/previous-with-commits/")).json() == {}


async def test_a_release_that_only_events_named(cli, world, shop):
    await world.event(shop, release="shop@1")
    from seiche.registry.engine import write
    from seiche.registry.sightings import add_releases

    with write(world.engine) as session:
        add_releases(session, {(shop.id, "shop@1"): 1_000_000})
    (release,) = (await cli.get("/projects/default/shop/releases/")).json()
    assert (release["version"], release["newGroups"], release["dateCreated"]) == ("shop@1", 1, "1970-01-01T00:00:01Z")
    assert release["firstEvent"]
    assert release["lastEvent"]


@pytest.mark.parametrize("version", ["", " ", "a/b", "latest", "x" * 201, "..", "a\nb"])
async def test_names_that_no_event_could_have(cli, shop, version):
    answer = await cli.post("/organizations/default/releases/", json={"version": version, "projects": ["shop"]})
    assert answer.status_code == 400
    assert "not usable as a release" in answer.json()["detail"]


async def assemble(cli, data, projects=("shop",), **more):
    body = {"checksum": sha1(data), "chunks": [sha1(data)], "projects": list(projects)} | more
    return await cli.post("/organizations/default/artifactbundle/assemble/", json=body)


async def send(cli, data, *, name="file_gzip", sha=None):
    packed = gzip.compress(data) if name == "file_gzip" else data
    return await cli.post("/organizations/default/chunk-upload/", files=[(name, (sha or sha1(data), packed))])


async def test_an_upload(cli, shop):
    options = (await cli.get("/organizations/default/chunk-upload/")).json()
    assert options["url"] == "/organizations/default/chunk-upload/"
    assert options["hashAlgorithm"] == "sha1"
    assert options["chunkSize"] & (options["chunkSize"] - 1) == 0, "2.x up to 2.39.1 wants a power of two"
    assert options["chunkSize"] * options["chunksPerRequest"] <= options["maxRequestSize"]
    assert {"release_files", "artifact_bundles", "debug_files", "sources"} <= set(options["accept"])

    data = example_bundle()
    first = await assemble(cli, data, version="shop@1")
    assert first.json() == {"state": "not_found", "missingChunks": [sha1(data)], "detail": None}
    sent = await send(cli, data)
    assert (sent.status_code, sent.json()) == (200, {})
    done = await assemble(cli, data, version="shop@1")
    assert done.json() == {"state": "ok", "missingChunks": [], "detail": None}
    assert (await assemble(cli, data, version="shop@2")).json()["state"] == "ok"


async def test_a_chunk_unpacked(cli, shop):
    data = example_bundle()
    await send(cli, data, name="file")
    assert (await assemble(cli, data)).json()["state"] == "ok"


async def test_refused_chunks(cli, shop):
    assert (await send(cli, b"x", sha="a" * 40)).status_code == 400
    assert (await send(cli, b"x", sha="../../x")).status_code == 400
    bomb = await send(cli, bytes(64 << 20))
    assert (bomb.status_code, "more than" in bomb.json()["detail"]) == (400, True)
    cut = gzip.compress(b"x" * 1000)[:-8]
    answer = await cli.post("/organizations/default/chunk-upload/", files=[("file_gzip", (sha1(b"x" * 1000), cut))])
    assert answer.status_code == 400
    assert (await cli.post("/organizations/default/chunk-upload/", files=[("other", ("x", b"x"))])).status_code == 400
    large = await cli.post("/organizations/default/chunk-upload/", files=[("file", ("a" * 40, bytes(34 << 20)))])
    assert large.status_code == 413


async def test_an_upload_needs_a_project_of_ours(cli, shop, world, organization):
    acme_id, _ = organization("acme")
    world.project("Acme", acme_id)
    data = example_bundle()
    await send(cli, data)
    assert (await assemble(cli, data, projects=())).status_code == 400
    assert (await assemble(cli, data, projects=("acme",))).status_code == 404
    assert (await assemble(cli, data, projects=("shop", "acme"))).status_code == 404


async def test_a_mapping(cli, shop):
    data = b"org.shop.Cart -> a.b:\n    1:5:void checkout(int):12:16 -> a\n"
    await send(cli, data)
    body = {sha1(data): {"name": "/proguard/abc.txt", "chunks": [sha1(data)]}}
    answer = (await cli.post("/projects/default/shop/files/difs/assemble/", json=body)).json()[sha1(data)]
    assert (answer["state"], answer["dif"]["objectName"], answer["dif"]["cpuName"]) == ("ok", "abc.txt", "any")
    assert len(answer["dif"]["debugId"]) == 36
    native = {sha1(data): {"name": "libshop.so", "chunks": []}}
    answer = (await cli.post("/projects/default/shop/files/difs/assemble/", json=native)).json()[sha1(data)]
    assert (answer["state"], "not taken" in answer["detail"]) == ("error", True)


async def test_a_mapping_as_2_x_sends_it(cli, shop):
    data = zipped(
        {"proguard/582797e6-bd7f-5367-8191-734625039892.txt": b"org.shop.Cart -> a.b:\n    1:5:void checkout(int):12:16 -> a\n"}, {}
    )
    for _ in range(2):
        (answer,) = (await cli.post("/projects/default/shop/files/dsyms/", files={"file": ("archive.zip", data)})).json()
        assert answer["debugId"] == "582797e6-bd7f-5367-8191-734625039892"
    for bad in (b"no zip", zipped({"lib.so": b"ELF"}, {}), zipped({"proguard/x.txt": b"hello"}, {})):
        assert (await cli.post("/projects/default/shop/files/dsyms/", files={"file": ("archive.zip", bad)})).status_code == 400
    assert (await cli.post("/projects/default/none/files/dsyms/", files={"file": ("archive.zip", data)})).status_code == 404


async def test_issues(cli, world, shop):
    ids = [(await world.event(shop, number=number))[1] for number in range(2)]
    answer = await cli.get("/projects/default/shop/issues/?query=is%3Aunresolved&cursor=")
    assert {issue["id"] for issue in answer.json()} == {str(issue_id) for issue_id in ids}
    assert {"shortId", "title", "lastSeen", "status", "level"} <= answer.json()[0].keys()
    assert 'rel="next"; results="false"' in answer.headers["link"]
    changed = await cli.put(f"/projects/default/shop/issues/?id={ids[0]}", json={"status": "resolved"})
    assert changed.status_code == 200
    left = (await cli.get("/projects/default/shop/issues/?query=is%3Aunresolved")).json()
    assert [issue["id"] for issue in left] == [str(ids[1])]
    await cli.put("/projects/default/shop/issues/?status=unresolved", json={"status": "muted"})
    assert (await cli.get("/projects/default/shop/issues/?query=is%3Aunresolved")).json() == []
    assert (await cli.put("/projects/default/shop/issues/", json={"status": "gone"})).status_code == 400


async def test_nothing_of_another_organization(cli, world, shop, organization):
    """Acme's names, in our organization's paths and in their own: 404, and nothing of theirs is told."""
    acme_id, token = organization("acme")
    acme = world.project("Acme", acme_id)
    theirs = {"Authorization": f"Bearer {token}"}
    made = {"version": "secret@1", "projects": ["acme"], "commits": [COMMIT]}
    assert (await cli.post("/organizations/acme/releases/", json=made, headers=theirs)).status_code == 201
    for org in ("acme", "default", str(acme_id)):
        for method, path, body in [
            ("GET", f"/organizations/{org}/releases/secret@1/", None),
            ("PUT", f"/organizations/{org}/releases/secret@1/", {"url": "https://x"}),
            ("DELETE", f"/organizations/{org}/releases/secret@1/", None),
            ("DELETE", f"/projects/{org}/acme/releases/secret@1/", None),
            ("GET", f"/organizations/{org}/releases/secret@1/commits/", None),
            ("GET", f"/organizations/{org}/releases/secret@1/previous-with-commits/", None),
            ("GET", f"/organizations/{org}/releases/secret@1/deploys/", None),
            ("POST", f"/organizations/{org}/releases/secret@1/deploys/", {"environment": "x"}),
            ("POST", f"/organizations/{org}/releases/", {"version": "x", "projects": ["acme"]}),
            ("POST", f"/organizations/{org}/releases/", {"version": "x", "projects": [acme.id]}),
            ("GET", f"/projects/{org}/acme/releases/", None),
            ("GET", f"/projects/{org}/acme/", None),
            ("GET", f"/projects/{org}/acme/issues/", None),
            ("PUT", f"/projects/{org}/acme/issues/", {"status": "resolved"}),
            ("POST", f"/projects/{org}/{acme.id}/files/difs/assemble/", {"a" * 40: {"name": "/proguard/x.txt"}}),
        ]:
            answer = await cli.request(method, path, json=body)
            assert answer.status_code == 404, (method, path, answer.text)
    assert "secret" not in (await cli.get("/organizations/default/releases/")).text
    assert "acme" not in (await cli.get("/organizations/default/projects/")).text.lower()
    release = (await cli.get("/organizations/acme/releases/secret@1/", headers=theirs)).json()
    assert (release["url"], release["status"], release["deployCount"]) == (None, "open", 0)


async def test_the_same_version_of_two_organizations_are_two_releases(cli, world, shop, organization):
    acme_id, token = organization("acme")
    world.project("Acme", acme_id)
    theirs = {"Authorization": f"Bearer {token}"}
    await cli.post("/organizations/acme/releases/", json={"version": "1.0", "projects": ["acme"], "url": "https://acme"}, headers=theirs)
    await cli.post("/organizations/default/releases/", json={"version": "1.0", "projects": ["shop"], "commits": [COMMIT]})
    ours = (await cli.get("/organizations/default/releases/1.0/")).json()
    assert (ours["url"], ours["commitCount"]) == (None, 1)
    assert (await cli.get("/organizations/acme/releases/1.0/commits/", headers=theirs)).json() == []
