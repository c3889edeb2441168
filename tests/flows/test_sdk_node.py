"""The unmodified @sentry/node: what a program sends comes back by the API as it was."""

import pytest

pytestmark = [pytest.mark.flow, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def sent(product, node_program):
    ids = node_program("send.mjs", product.dsn())
    product.drain()
    return ids


@pytest.fixture(scope="module")
def error(product, sent):
    return product.api.get(f"/api/v1/projects/{product.slug}/events/{sent['eventId']}").raise_for_status().json()


def test_the_error(error) -> None:
    found = error["exceptions"][-1]
    assert found["type"] == "TypeError"
    assert "toFixed" in found["value"]
    functions = [frame["function"] for frame in found["frames"]]
    assert functions.index("unload") < functions.index("weigh")
    guilty = found["frames"][functions.index("weigh")]
    assert guilty["in_app"]
    assert "container.weight.toFixed(1)" in guilty["context_line"]
    assert error["platform"] == "node"


def test_who_where_and_what(error) -> None:
    assert (error["release"], error["environment"], error["server_name"]) == ("harbour@3.0.1", "production", "pier-2")
    assert (error["user"]["id"], error["user"]["email"]) == ("12", "elif@example.org")
    assert ["quay", "north"] in error["tags"]
    assert error["contexts"]["crane"]["driver"] == "Otto"
    assert error["contexts"]["crane"]["load"] == 12
    assert [crumb["data"] for crumb in error["breadcrumbs"] if crumb["message"] == "hook lowered"] == [{"metres": 4}]


def test_the_message(product, sent) -> None:
    message = product.api.get(f"/api/v1/projects/{product.slug}/events/{sent['messageId']}").raise_for_status().json()
    assert (message["title"], message["level"]) == ("crane needs grease", "warning")
    issue = product.api.get(f"/api/v1/issues/{message['issue_id']}").raise_for_status().json()
    assert issue["first_release"] == "harbour@3.0.1"
    assert issue["users"] == 1
