"""Scripts in every text of an event, in a real browser: shown as the text that they are, in the list and on the event's page."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import BrowserContext, expect, sync_playwright

from seiche.testing.product import Product
from tests.conformance.hostile.cases import SCRIPT, everywhere

pytestmark = [pytest.mark.flow, pytest.mark.browser, pytest.mark.timeout(240)]
DIST = Path(__file__).parents[2] / "dashboard" / "web" / "dist" / "index.html"


@pytest.fixture
def context(product: Product) -> Iterator[BrowserContext]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None or not DIST.is_file():
        pytest.fail("Chromium and the built dashboard are needed: run `make chromium dashboard`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        context = browser.new_context(base_url=product.url)
        email, password = product.account
        assert context.request.post("/api/v1/auth/login", data={"email": email, "password": password}).ok
        yield context
        browser.close()


def test_no_script_of_an_event_runs(product, context) -> None:
    key = product.dsn().partition("//")[2].partition("@")[0]
    body = everywhere(SCRIPT) | {"level": "error", "platform": "javascript"}
    answer = httpx.post(f"{product.url}/api/1/store/", json=body, headers={"Authorization": f"Bearer {key}"}, timeout=30)
    assert answer.status_code == 200
    product.drain()
    (issue,) = product.api.get(f"/api/v1/projects/{product.slug}/issues").raise_for_status().json()["items"]
    page = context.new_page()
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    for path in (f"/projects/{product.slug}/issues", f"/issues/{issue['id']}"):
        page.goto(path)
        expect(page.get_by_text("<script>alert(1)</script>").first).to_be_visible(timeout=20_000)
        for button in page.get_by_role("button", expanded=False).all():
            if button.is_visible():
                button.click()
        assert page.locator("img[src='x'], script:text('alert(1)'), a[href^='javascript:'], [onerror]").count() == 0
    assert dialogs == []
