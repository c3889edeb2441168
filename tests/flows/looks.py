"""How a page is looked at: what the browser tests of several screens share."""

from typing import Literal

from playwright.sync_api import Page, expect


def in_scheme(page: Page, scheme: Literal["light", "dark"]) -> None:
    """Let the system be light or dark, and wait until no colour is on its way any more."""
    page.emulate_media(color_scheme=scheme)
    expect(page.locator(f"html[data-mantine-color-scheme={scheme}]")).to_be_attached()
    page.evaluate(
        "Promise.allSettled(document.getAnimations().filter(one => one instanceof CSSTransition).map(one => one.finished)).then(() => 0)"
    )
