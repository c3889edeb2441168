"""How a page is looked at: what the browser tests of several screens share."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from seiche.testing.product import Product

ROOT = Path(__file__).parents[2]
WEB = ROOT / "dashboard" / "web"
SCREENS = ROOT / "test-results" / "screens"
SIZES = {1440: 900, 390: 844}
WAIT_MS = 60_000
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

# An inherited colour starts its own transition one frame after its parent's has ended, so one look at what is running is not enough.
SETTLED = """async () => {
  for (let still = 0; still < 3;) {
    await new Promise(requestAnimationFrame)
    const moving = document.getAnimations().filter(one => one instanceof CSSTransition)
    await Promise.allSettled(moving.map(one => one.finished))
    still = moving.length ? 0 : still + 1
  }
}"""


def in_scheme(page: Page, scheme: Literal["light", "dark"]) -> None:
    """Let the system be light or dark, and wait until no colour is on its way any more: three frames without a transition."""
    page.emulate_media(color_scheme=scheme)
    expect(page.locator(f"html[data-mantine-color-scheme={scheme}]")).to_be_attached()
    page.evaluate(SETTLED)


def launched() -> Iterator[Browser]:
    """Chromium, until it is not needed any more."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        required = "chromium" in os.environ.get("SEICHE_REQUIRE", "").split(",")
        (pytest.fail if required else pytest.skip)("there is no Chromium: run `make chromium`")
    assert (WEB / "dist" / "index.html").is_file(), "the dashboard is not built: run `make dashboard`"
    expect.set_options(timeout=WAIT_MS)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield running
        running.close()


def watched(context: BrowserContext) -> tuple[Page, list[str]]:
    """A page and what its console complains about."""
    page, complaints = context.new_page(), []
    page.set_default_timeout(WAIT_MS)
    page.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return page, complaints


def serious(complaints: list[str]) -> list[str]:
    """The browser itself tells of each request that a test makes fail."""
    return [text for text in complaints if "Failed to load resource" not in text]


def signed_in(browser: Browser, product: Product, **options: Any) -> BrowserContext:
    """Of the installation's owner."""
    context = browser.new_context(base_url=product.url, reduced_motion="reduce", **options)
    email, password = product.account
    answer = context.request.post("/api/v1/auth/login", data={"email": email, "password": password})
    assert answer.ok, answer.text()
    return context


@contextmanager
def silent_page(browser: Browser, product: Product, **options: Any) -> Iterator[Page]:
    """Signed in; at the end its console must have stayed silent."""
    context = signed_in(browser, product, **options)
    page, complaints = watched(context)
    yield page
    context.close()
    assert serious(complaints) == []


def faults_of(page: Page, name: str, width: int) -> list[tuple[str, ...]]:
    """What axe finds, light or dark, and whether the page scrolls sideways; the pictures are an artefact for people to look at."""
    faults: list[tuple[str, ...]] = []
    SCREENS.mkdir(parents=True, exist_ok=True)
    expect(page.get_by_role("heading", level=1).first).to_be_visible()
    expect(page.locator(".mantine-Skeleton-root, .mantine-Loader-root:not([aria-hidden])")).to_have_count(0)
    page.evaluate((WEB / "node_modules" / "axe-core" / "axe.min.js").read_text())
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:  # the page follows the system: loading it again would cost as much as looking at it
        in_scheme(page, scheme)
        page.screenshot(path=SCREENS / f"{name}-{scheme}-{width}.png", full_page=True)
        found = page.evaluate("rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", AXE_RULES)
        faults.extend(
            (name, scheme, fault["id"], fault["nodes"][0]["html"], fault["nodes"][0]["failureSummary"]) for fault in found["violations"]
        )
    if page.evaluate("document.documentElement.scrollWidth") > width:
        faults.append((name, "", "scrolls sideways", "", ""))
    return faults
