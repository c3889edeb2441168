"""The unmodified sentry-sdk for Python: what a program sends comes back by the API as it was."""

import json

import pytest

pytestmark = [pytest.mark.flow, pytest.mark.timeout(240)]

PROGRAM = """
import logging, sys
import sentry_sdk

sentry_sdk.init(sys.argv[1], release="flow@2.1.0", environment="staging", server_name="box-7", dist="42", send_default_pii=True)
sentry_sdk.set_user({"id": "77", "email": "ada@example.org", "username": "ada"})
sentry_sdk.set_tag("team", "harbour")
sentry_sdk.set_context("voyage", {"port": "Kiel", "crew": 5})
sentry_sdk.add_breadcrumb(category="nav", message="left the quay", level="info", data={"knots": 4})
logging.getLogger("flow").warning("wind is %s", "rising")

def load(cargo):
    weights = {"rope": 3}
    return weights[cargo]

def sail(cargo):
    try:
        return load(cargo)
    except KeyError as error:
        raise RuntimeError("cannot sail with " + cargo) from error

try:
    sail("anvil")
except RuntimeError:
    sentry_sdk.capture_exception()
sentry_sdk.capture_message("tide table is out of date", level="warning")
logging.getLogger("flow").error("lost %d buoys", 2)
sentry_sdk.flush(10)
"""


@pytest.fixture(scope="module")
def issues(product, python_program):
    python_program(PROGRAM, product.dsn())
    product.drain()
    found = product.api.get(f"/api/v1/projects/{product.slug}/issues").raise_for_status().json()["items"]
    return {issue["title"]: issue for issue in found}


@pytest.fixture(scope="module")
def error(product, issues):
    issue = next(issue for title, issue in issues.items() if "KeyError" in title or "RuntimeError" in title)
    return product.api.get(f"/api/v1/issues/{issue['id']}/events/latest").raise_for_status().json()


def test_every_kind_is_an_issue_of_its_own(issues) -> None:
    assert len(issues) == 3
    assert {issue["count"] for issue in issues.values()} == {1}
    levels = {title: issue["level"] for title, issue in issues.items()}
    assert levels["tide table is out of date"] == "warning"
    assert any("buoys" in title for title in levels)


def test_exceptions_frames_and_locals(error) -> None:
    assert [(found["type"], found["value"]) for found in error["exceptions"]] == [
        ("KeyError", "'anvil'"),
        ("RuntimeError", "cannot sail with anvil"),
    ]
    frame = error["exceptions"][0]["frames"][-1]
    assert frame["function"] == "load"
    assert frame["vars"]["cargo"] == "'anvil'"
    assert frame["vars"]["weights"] == {"rope": "3"}


def test_who_where_and_what(error) -> None:
    assert (error["release"], error["environment"], error["server_name"], error["dist"]) == ("flow@2.1.0", "staging", "box-7", "42")
    assert (error["user"]["id"], error["user"]["email"], error["user"]["username"]) == ("77", "ada@example.org", "ada")
    assert ["team", "harbour"] in error["tags"]
    assert error["contexts"]["voyage"]["port"] == "Kiel"
    assert error["contexts"]["voyage"]["crew"] == 5
    assert error["sdk"].startswith("sentry.python")
    assert error["platform"] == "python"


def test_breadcrumbs(error) -> None:
    crumbs = {crumb["message"]: crumb for crumb in error["breadcrumbs"]}
    assert crumbs["left the quay"]["category"] == "nav"
    assert crumbs["left the quay"]["data"] == {"knots": 4}
    assert crumbs["wind is rising"]["level"] == "warning"


@pytest.mark.parametrize("words", ["anvil", "harbour*", '"left the quay"', "release:flow@2.1.0", "environment:staging level:warning"])
def test_it_is_found(product, issues, words) -> None:
    found = product.api.get(f"/api/v1/projects/{product.slug}/issues", params={"query": words}).raise_for_status().json()
    # Tags are not among what words search in.
    assert bool(found["items"]) is (words != "harbour*")


def test_the_issue_page_says_why(product, issues) -> None:
    issue = next(issue for title, issue in issues.items() if "Error" in title)
    detail = product.api.get(f"/api/v1/issues/{issue['id']}").raise_for_status().json()
    assert detail["fingerprints"][0]["components"]
    assert detail["releases"] == ["flow@2.1.0"]
    assert detail["environments"] == ["staging"]
    assert issue["users"] == 1
    assert sum(issue["sparkline"]) == 1


def test_the_export_and_the_command_agree(product, issues) -> None:
    lines = [json.loads(line) for line in product.run("events", "export", "--project", product.slug).stdout.splitlines()]
    listed = product.command("issues", "list", "--project", product.slug, "--json")
    assert {line["issue_id"] for line in lines} == {issue["id"] for issue in listed} == {issue["id"] for issue in issues.values()}
    assert {line["project"] for line in lines} == {product.slug}
    assert all(line["received_at"].endswith("Z") and len(line["event_id"]) == 32 for line in lines)


def test_a_reopened_issue_regresses(product, issues, python_program) -> None:
    issue = next(issue for title, issue in issues.items() if "Error" in title)
    product.api.patch(f"/api/v1/issues/{issue['id']}", json={"status": "resolved"}).raise_for_status()
    python_program(PROGRAM, product.dsn())
    product.drain()
    again = product.api.get(f"/api/v1/issues/{issue['id']}").raise_for_status().json()
    assert (again["status"], again["substatus"], again["count"]) == ("unresolved", "regressed", 2)
