"""What is decided in a real browser is what the API says afterwards: every way to ignore, and a selection that outlives a failed call."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from seiche.testing.product import Product

pytestmark = [pytest.mark.flow, pytest.mark.browser, pytest.mark.timeout(300)]
NOTHING = {"until": None, "events": None, "users": None, "window_seconds": None, "next_release": False, "escalating": False}


@pytest.fixture
def issue(product: Product, shop: str) -> Iterator[str]:
    """The API's address of an unresolved issue, left as it was found."""
    found = product.api.get(f"/api/v1{shop}", params={"query": "ZeroDivisionError"}).raise_for_status().json()["items"]
    address = f"/api/v1/issues/{found[0]['id']}"
    yield address
    product.api.patch(address, json={"status": "unresolved"}).raise_for_status()


def chosen(page: Page, product: Product, issue: str, item: str, fill: Callable[[Any], None] | None = None) -> dict[str, Any]:
    """What the API says ends the ignoring, after this item of the menu was chosen and its form filled in."""
    page.goto(issue.removeprefix("/api/v1"))
    page.get_by_role("button", name="Leave it until something happens").click()
    page.get_by_role("menuitem", name=item).click()
    if fill is not None:
        form = page.get_by_role("dialog")
        fill(form)
        form.get_by_role("button", name="Ignore", exact=True).click()
    expect(page.get_by_role("button", name="Reopen")).to_be_visible()
    found = product.api.get(issue).raise_for_status().json()
    assert found["status"] == "ignored"
    return {name: value for name, value in (found["ignoring"] or {}).items() if name in NOTHING}


@pytest.mark.parametrize(("item", "hours"), [("for 1 hour", 1), ("for 1 day", 24), ("for 1 week", 168)], ids=["an hour", "a day", "a week"])
def test_until_a_time(page: Page, product: Product, issue: str, item: str, hours: int) -> None:
    before = datetime.now(UTC)
    found = chosen(page, product, issue, item)
    until = datetime.fromisoformat(found.pop("until"))
    assert before - timedelta(seconds=1) <= until - timedelta(hours=hours) <= datetime.now(UTC) + timedelta(seconds=1)
    assert found == {name: value for name, value in NOTHING.items() if name != "until"}


@pytest.mark.parametrize(("what", "window"), [("events", None), ("users", None), ("events", 3600), ("users", 86_400)])
def test_until_so_many(page: Page, product: Product, issue: str, what: str, window: int | None) -> None:
    def fill(form: Any) -> None:
        form.get_by_label("How many more").fill("7")
        form.get_by_text(what, exact=True).click()
        if window is not None:
            form.get_by_role("combobox", name="How fast").click()
            page.get_by_role("option", name="within 1 h" if window == 3600 else "within 1 d", exact=True).click()

    found = chosen(page, product, issue, "until so many events or users...", fill)
    assert found == NOTHING | {what: 7, "window_seconds": window}


@pytest.mark.parametrize(("item", "ends"), [("until the next release", "next_release"), ("until it escalates", "escalating")])
def test_until_something_happens(page: Page, product: Product, issue: str, item: str, ends: str) -> None:
    assert chosen(page, product, issue, item) == NOTHING | {ends: True}


def test_for_ever(page: Page, product: Product, issue: str) -> None:
    assert not any(chosen(page, product, issue, "for ever").values())


def test_a_selection_outlives_a_call_that_failed(page: Page, product: Product, shop: str) -> None:
    """Where nothing was changed all rows stay ticked; where some failed, those do; where all went well, none."""
    api, answers = re.compile(r"/api/v1/projects/[^/]+/issues$"), iter(["failed", "partly"])

    def answer(route: Route) -> None:
        if route.request.method != "PATCH":
            route.continue_()
        elif next(answers, "") == "failed":
            route.fulfill(status=503, json={"code": "store_unavailable", "detail": "the registry does not answer", "status": 503})
        else:
            ids = route.request.post_data_json["ids"]
            changed = product.api.patch(f"/api/v1{shop}", json={"ids": ids[:1], "priority": "low"}).raise_for_status().json()
            route.fulfill(json={"changed": changed["changed"], "failed": dict.fromkeys(ids[1:], "it is being regrouped")})

    def prioritise() -> None:
        page.get_by_role("button", name="Priority").click()
        page.get_by_role("menuitem", name="low").click()

    page.goto(shop)
    expect(page.locator("[data-issue]")).to_have_count(3)
    page.route(api, answer)
    page.get_by_label("Select all shown issues").click()
    prioritise()
    expect(page.get_by_text("Nothing was changed")).to_be_visible()
    expect(page.get_by_text("3 selected")).to_be_visible()
    prioritise()
    expect(page.get_by_text("Not changed", exact=True)).to_be_visible()
    expect(page.get_by_text("2 selected")).to_be_visible()
    page.unroute(api)
    prioritise()
    expect(page.get_by_text("2 issues given priority low")).to_be_visible()
    expect(page.get_by_text(re.compile(r"\d selected"))).to_have_count(0)
