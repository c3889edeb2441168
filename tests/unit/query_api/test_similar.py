"""Similar issues, and the commits that may have caused one."""

import pytest

from seiche.registry.engine import write
from seiche.registry.release_queries import set_commits
from seiche.registry.tables import Project

pytestmark = pytest.mark.anyio


async def test_the_most_alike_first_and_why(owner, world):
    shop, other = world.project("Shop"), world.project("Other")
    _, mine = await world.event(shop, value="cannot charge card of basket", number=1)
    _, alike = await world.event(shop, value="cannot charge card of basket again", number=2)
    await world.event(shop, kind="KeyError", value="quite something else entirely", number=3)
    await world.event(other, value="cannot charge card of basket", number=1)
    found = (await owner.get(f"/issues/{mine}/similar")).json()
    assert [one["issue"]["id"] for one in found] == [str(alike)]
    assert found[0]["why"] == "the same words"
    assert 0.5 <= found[0]["score"] < 1


async def test_suspect_commits_are_those_of_the_first_release(owner, world):
    shop = world.project("Shop")
    _, issue_id = await world.event(shop, release="shop@2")
    assert (await owner.get(f"/issues/{issue_id}/suspects")).json() == []
    commits = [
        {"commit_id": "a" * 40, "message": "Round prices", "author_name": "Ada", "patch_set": [{"path": "src/shop/cart.py", "type": "M"}]},
        {"commit_id": "b" * 40, "message": "Readme", "author_name": "Bob", "patch_set": [{"path": "README.md", "type": "M"}]},
    ]
    with write(world.engine) as session:
        organization_id = session.get_one(Project, shop.id).organization_id
        set_commits(session, organization_id, "shop@2", commits)
        set_commits(session, organization_id, "shop@1", [commits[0] | {"commit_id": "c" * 40}])
    (found,) = (await owner.get(f"/issues/{issue_id}/suspects")).json()
    assert (found["commit"], found["author"], found["path"], found["frame"]) == ("a" * 40, "Ada", "src/shop/cart.py", 0)
