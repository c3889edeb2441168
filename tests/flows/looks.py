"""How a page is looked at: what the browser tests of several screens share."""

from typing import Literal

from playwright.sync_api import Page, expect

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
