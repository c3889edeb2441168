"""Tenant escape: another organization's ids answer 404 on every route, and nothing of theirs shows anywhere."""

import pytest

from seiche.registry.artifact_queries import add_bundle
from seiche.registry.artifact_tables import ArtifactBundle
from seiche.registry.engine import write
from seiche.registry.release_queries import save as save_release

pytestmark = pytest.mark.anyio
SECRET = "tenantsecretword"


@pytest.fixture
async def tenants(world, organization, anonymous):
    """Acme has a project with an event and a rule; the default organization is signed in beside it. Both have a project."""
    acme_id, token = organization("acme")
    acme = world.project("Acme shop", acme_id)
    ours = world.project("Ours")
    event_id, issue_id = await world.event(acme, value=SECRET, user=SECRET, tags={"who": SECRET})
    await world.event(ours, value="ours")
    theirs = {"Authorization": f"Bearer {token}"}
    rule = await anonymous.post("/projects/acme-shop/alert-rules", json={"name": SECRET, "triggers": ["event"]}, headers=theirs)
    with write(world.engine) as session:
        save_release(session, acme_id, SECRET, [acme.id], now_us=1)
        bundle = ArtifactBundle(
            organization_id=acme_id, identity="i", checksum="c", kind="sourcemaps", name=SECRET, files=1, size=1, created_at_us=1
        )  # fmt: skip
        file = {"kind": "minified", "url": SECRET, "content": "artifacts/1/files/aa/" + "a" * 64, "size": 1}
        add_bundle(session, bundle, [file], [acme.id])
    regroup = await anonymous.post("/projects/acme-shop/regroups", json={"kind": "preview", "config": {}}, headers=theirs)
    await anonymous.post("/teams", json={"slug": "their-team", "name": SECRET}, headers=theirs)
    return {
        "version": SECRET,
        "bundle_id": str(bundle.id),
        "slug": "acme-shop",
        "team": "their-team",
        "issue_id": str(issue_id),
        "event_id": event_id,
        "rule_id": rule.json()["id"],
        "attachment_id": "1",
        "public_key": acme.public_key,
        "change_id": "1",
        "regroup_id": regroup.json()["id"],
        "theirs": theirs,
    }


BODIES = {
    ("patch", "/projects/{slug}"): {"name": "stolen"},
    ("post", "/projects/{slug}/keys"): {},
    ("patch", "/projects/{slug}/keys/{public_key}"): {"active": False},
    ("patch", "/projects/{slug}/issues"): {"ids": ["1"], "status": "resolved"},
    ("patch", "/projects/{slug}/protection"): {"spike": {"enabled": True}},
    ("post", "/projects/{slug}/protection/preview"): {"filters": {}},
    ("post", "/projects/{slug}/erasures"): {"user": "id:1"},
    ("patch", "/issues/{issue_id}"): {"status": "resolved"},
    ("post", "/projects/{slug}/regroups"): {"kind": "preview", "config": {}},
    ("post", "/projects/{slug}/issues/merge"): {"ids": ["1", "2"]},
    ("post", "/issues/{issue_id}/unmerge"): {"fingerprints": ["0" * 32]},
    ("post", "/issues/{issue_id}/move-events"): {"event_ids": ["0" * 32]},
    ("post", "/projects/{slug}/grouping-changes/{change_id}/undo"): {},
    ("patch", "/teams/{team}"): {"name": "stolen"},
    ("put", "/projects/{slug}/ownership"): {"rules": ""},
    ("post", "/projects/{slug}/alert-rules"): {"name": "x", "triggers": ["event"]},
    ("post", "/projects/{slug}/alert-rules/preview"): {"name": "x", "triggers": ["frequency"], "events": 1},
    ("put", "/projects/{slug}/alert-rules/{rule_id}"): {"name": "x", "triggers": ["event"]},
}


async def test_every_route_hides_foreign_ids(owner, tenants):
    document = (await owner.get("/openapi.json")).json()
    tried = 0
    for path, methods in document["paths"].items():
        short = path.removeprefix("/api/v1")
        if "{" not in short:
            continue
        for method in methods:
            answer = await owner.request(method, short.format_map(tenants), json=BODIES.get((method, short)))
            assert answer.status_code == 404, (method, short, answer.status_code, answer.text)
            assert SECRET not in answer.text
            tried += 1
    assert tried >= 20, "the document must list the routes"
    # The same requests by their owner do reach something: the ids are real.
    for path in (
        "/projects/{slug}",
        "/projects/{slug}/releases/{version}",
        "/projects/{slug}/artifacts/{bundle_id}",
        "/issues/{issue_id}",
        "/projects/{slug}/events/{event_id}",
        "/issues/{issue_id}/tags",
    ):
        answer = await owner.get(path.format_map(tenants), headers=tenants["theirs"])
        assert answer.status_code == 200, path
    assert (await owner.get(f"/issues/{tenants['issue_id']}", headers=tenants["theirs"])).json()["status"] == "unresolved"
    assert (await owner.get("/projects/acme-shop/keys", headers=tenants["theirs"])).json()[0]["active"]


async def test_our_own_paths_with_foreign_ids(owner, tenants):
    mine = tenants | {"slug": "ours"}
    for method, path in [
        ("get", "/projects/{slug}/events/{event_id}"),
        ("get", "/projects/{slug}/events/{event_id}/symbolication"),
        ("get", "/projects/{slug}/releases/{version}"),
        ("get", "/projects/{slug}/artifacts/{bundle_id}"),
        ("patch", "/projects/{slug}/keys/{public_key}"),
        ("put", "/projects/{slug}/alert-rules/{rule_id}"),
        ("delete", "/projects/{slug}/alert-rules/{rule_id}"),
        ("post", "/projects/{slug}/alert-rules/{rule_id}/test"),
        ("get", "/projects/{slug}/regroups/{regroup_id}"),
        ("post", "/projects/{slug}/regroups/{regroup_id}/cancel"),
        ("post", "/projects/{slug}/regroups/{regroup_id}/undo"),
    ]:
        answer = await owner.request(method, path.format_map(mine), json=BODIES.get((method, path)))
        assert answer.status_code == 404, (method, path, answer.text)
    own_issue = (await owner.get("/projects/ours/issues")).json()["items"][0]["id"]
    assert (await owner.get(f"/issues/{own_issue}/events/{tenants['event_id']}")).status_code == 404
    result = (await owner.patch("/projects/ours/issues", json={"ids": [tenants["issue_id"]], "status": "resolved"})).json()
    assert result["changed"] == []
    assert list(result["failed"]) == [tenants["issue_id"]]


async def test_lists_and_searches_show_ours_alone(owner, tenants):
    texts = [(await owner.get("/projects")).text]
    for query in ("", SECRET, f"{SECRET[:6]}*", "release:*"):
        page = await owner.get("/projects/ours/issues", params={"query": query})
        assert page.json()["total"] == (1 if query in {"", "release:*"} else 0)
        texts.append(page.text)
    paths = ("releases", "artifacts", "unresolved-files", "stats", "outcomes", "protection", "alert-rules", "keys")
    texts += [(await owner.get(f"/projects/ours/{path}")).text for path in paths]
    texts += [(await owner.get(path)).text for path in ("/status", "/organization/limits")]
    assert not any(SECRET in text or "acme" in text for text in texts)
    theirs = await owner.get("/projects/acme-shop/issues", params={"query": SECRET}, headers=tenants["theirs"])
    assert theirs.json()["total"] == 1
