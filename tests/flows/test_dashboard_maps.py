"""The page of missing source maps in a real browser: nothing, then what events of minified builds lacked, with what mends it."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from seiche.testing.bundles import EXAMPLE_DEBUG_ID, example_event
from seiche.testing.product import Product
from tests.flows.looks import SIZES, faults_of, silent_page

pytestmark = [pytest.mark.flow, pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture(params=sorted(SIZES, reverse=True))
def page(request: pytest.FixtureRequest, browser: Browser, product: Product) -> Iterator[Page]:
    width = request.param
    with silent_page(browser, product, viewport={"width": width, "height": SIZES[width]}) as page:
        yield page


def send(product: Product, project: dict[str, Any], *events: dict[str, Any]) -> None:
    address = urlsplit(project["dsn"])
    for event in events:
        url = f"{product.url}/api{address.path}/store/?sentry_key={address.username}"
        httpx.post(url, json=event).raise_for_status()
    product.drain()


def test_what_is_missing_says_what_to_do(page: Page, product: Product) -> None:
    width = page.viewport_size["width"] if page.viewport_size else 0
    name = f"Minified {width}"
    project = product.api.post("/api/v1/projects", json={"name": name, "platform": "javascript"}).raise_for_status().json()
    slug = project["slug"]
    page.goto(f"/projects/{slug}/releases")
    page.get_by_role("link", name="Missing source maps", exact=True).click()
    expect(page).to_have_url(re.compile("/source-maps$"))
    expect(page.get_by_role("heading", name="Nothing is missing")).to_be_visible()
    faults = faults_of(page, "source-maps-none", width)

    urls = [f"https://shop.example.org/static/js/{file}-4f0c2a91d3b8.js" for file in ("checkout", "vendor", "main")]
    send(
        product,
        project,
        *(example_event(release="shop@2.0.0", debug_ids=False, url=url) for url in urls),
        *(example_event(release="shop@2.1.0") for _ in range(2)),
        example_event(debug_ids=False),
    )
    page.reload()
    group = page.get_by_role("region", name="shop@2.0.0: nothing was uploaded")
    expect(group.get_by_role("listitem")).to_have_count(3)
    command = f"sentry-cli sourcemaps upload --org default --project {slug} --release shop@2.0.0 --url-prefix '~/static/js' dist"
    expect(group).to_contain_text(command)
    by_id = page.get_by_role("region", name="shop@2.1.0: nothing was uploaded with these debug ids")
    expect(by_id).to_contain_text(f"debug id {EXAMPLE_DEBUG_ID}")
    expect(by_id).to_contain_text("6 frames of 2 events")
    expect(page.get_by_role("region", name="No release: no debug id, and no release")).to_contain_text("sentry-cli sourcemaps inject")
    faults += faults_of(page, "source-maps", width)
    assert faults == []

    page.get_by_role("textbox", name="Part of the release").fill("vendor")
    expect(page.get_by_role("listitem")).to_have_count(1)
    page.get_by_role("textbox", name="Part of the release").fill("nowhere")
    expect(page.get_by_role("heading", name="Nothing that is missing")).to_be_visible()
    page.get_by_role("textbox", name="Part of the release").fill("")
    by_id.get_by_role("link").click()
    expect(page).to_have_url(re.compile(r"/issues/\d+/events/[0-9a-f]{32}$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("TypeError")
    page.goto(f"/projects/{slug}/releases")
    expect(page.get_by_role("link", name="Missing source maps (5)")).to_be_visible()
