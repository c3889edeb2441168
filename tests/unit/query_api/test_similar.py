"""Similar issues: by their stacks where grouping knows them, else by their words."""

import pytest

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
