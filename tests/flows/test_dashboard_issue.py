"""The issue page in a real browser: what an on-call engineer sees of events that real programs sent, and what she decides."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from seiche.testing.product import Product
from tests.flows.looks import SCREENS, WEB, in_scheme, silent_page

pytestmark = [pytest.mark.flow, pytest.mark.browser, pytest.mark.timeout(300)]

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
GUILTY_LINE = "manifest = json.loads(cargo)"

PROGRAM = '''
import json
import sys
import sentry_sdk

sentry_sdk.init(sys.argv[1], release=sys.argv[2], environment="staging", server_name="quay-7")
sentry_sdk.set_user({"id": "77", "email": "ada@example.org"})
sentry_sdk.set_tag("team", "harbour")
sentry_sdk.set_context("voyage", {"port": "Kiel", "crew": 5})
for knots in range(20):
    level = "warning" if knots > 17 else "info"
    sentry_sdk.add_breadcrumb(category="nav", message=f"{knots} knots", level=level, data={"heading": knots * 10})


def weigh(cargo, password):
    """The weight in kilograms."""
    manifest = json.loads(cargo)
    return manifest["weight"]


def load(cargo):
    try:
        return weigh(cargo, password="hunter2")
    except ValueError as error:
        raise RuntimeError("cannot load the cargo") from error


try:
    load("{not json")
except RuntimeError:
    sentry_sdk.capture_exception()
sentry_sdk.capture_message("tide table of 2026-11-24 is out of date", level="warning")
sentry_sdk.flush(10)
'''


@pytest.fixture(scope="module")
def send(tmp_path_factory: pytest.TempPathFactory, product: Product) -> Callable[[str], None]:
    """Run the program, which lies in a file so that its source can be shown, and wait until its events are everywhere."""
    program = tmp_path_factory.mktemp("harbour") / "voyage.py"
    program.write_text(PROGRAM)

    def run(release: str) -> None:
        argv = [sys.executable, program.name, product.dsn(), release]
        done = subprocess.run(argv, cwd=program.parent, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        product.drain()

    return run


@pytest.fixture(scope="module")
def issues(product: Product, send: Callable[[str], None]) -> dict[str, str]:
    """The ids of the two issues, `error` and `message`, with three events each."""
    for release in ("harbour@1.0.0", "harbour@1.1.0", "harbour@1.2.0"):
        send(release)
    found = product.api.get(f"/api/v1/projects/{product.slug}/issues").raise_for_status().json()["items"]
    assert [issue["count"] for issue in found] == [3, 3]
    return {"error" if issue["type"] else "message": issue["id"] for issue in found}


def opened(page: Page, address: str) -> Page:
    page.goto(address)
    expect(section(page, "stack")).to_be_visible()
    return page


def section(page: Page, name: str) -> Any:
    return page.locator(f"[data-section={name}]")


def unfold(page: Page, name: str) -> Any:
    section(page, name).locator("h2 button[aria-expanded=false]").click()
    return section(page, name)


def headline(page: Page) -> Any:
    return page.locator("header").filter(has=page.get_by_role("heading", level=1))


def facts(page: Page) -> Any:
    """When, in which release and environment the event that is shown happened."""
    return page.locator("p", has=page.locator("time")).filter(has_text="staging")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_the_guilty_line_and_the_decisions_without_scrolling(browser, product, issues, scheme) -> None:
    with silent_page(browser, product, viewport=PHONE, color_scheme=scheme) as page:
        opened(page, f"/issues/{issues['error']}")
        line = page.get_by_text(GUILTY_LINE)
        resolve = page.get_by_role("button", name="Resolve")
        expect(line).to_be_in_viewport()
        expect(resolve).to_be_in_viewport()
        assert line.bounding_box()["y"] < resolve.bounding_box()["y"]
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        SCREENS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SCREENS / f"issue-{scheme}-390-first.png")


def test_the_chain_begins_with_the_root_cause(page, issues) -> None:
    opened(page, f"/issues/{issues['error']}")
    assert section(page, "stack").get_by_role("heading", level=3).all_inner_texts() == ["JSONDecodeError", "RuntimeError"]
    stack = section(page, "stack").inner_text()
    assert stack.index("Root cause") < stack.index("JSONDecodeError") < stack.index("Which led to") < stack.index("RuntimeError")
    marked = section(page, "stack").locator("code [data-guilty]")
    assert marked.count() == 1
    assert GUILTY_LINE in marked.inner_text()
    number = PROGRAM.splitlines().index(f"    {GUILTY_LINE}") + 1
    assert f"Guilty line {number}:" in marked.inner_text()


def test_locals_are_shown_and_secrets_are_not(page, issues) -> None:
    opened(page, f"/issues/{issues['error']}")
    row = page.get_by_role("row", name=re.compile("^cargo"))
    expect(row.first).to_contain_text("{not json")
    expect(page.get_by_role("row", name=re.compile("^password")).first).to_contain_text("scrubbed")
    assert "'hunter2'" not in section(page, "stack").inner_text()


def test_library_frames_are_folded_until_asked_for(page, issues) -> None:
    opened(page, f"/issues/{issues['error']}")
    stack = section(page, "stack")
    expect(stack.get_by_text("raw_decode")).to_have_count(0)
    stack.get_by_role("button", name=re.compile("library frames")).first.click()
    expect(stack.get_by_text("json.decoder.JSONDecoder.raw_decode").or_(stack.get_by_text("json.decoder.raw_decode"))).to_be_visible()
    page.keyboard.press("a")
    expect(stack.get_by_role("radio", name="All")).to_be_checked()
    expect(stack.get_by_role("button", name=re.compile("library frames"))).to_have_count(0)
    names = stack.locator("ol").first.locator("li").all_inner_texts()
    assert ["raw_decode" in names[0], "weigh" in names[-2], "load" in names[-1]] == [True, True, True]
    stack.get_by_text("App", exact=True).click()
    expect(stack.get_by_text("raw_decode")).to_have_count(0)


def test_the_stack_is_copied_as_text_and_markdown(page, issues) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened(page, f"/issues/{issues['error']}")
    page.keyboard.press("c")
    expect(page.get_by_text("Stack copied")).to_be_visible()
    text = page.evaluate("navigator.clipboard.readText()")
    assert text.startswith("json.decoder.JSONDecodeError: ")
    assert text.index("weigh") < text.index("which led to RuntimeError: cannot load the cargo")
    page.get_by_role("button", name="Copy").first.click()
    page.get_by_role("menuitem", name=re.compile("Markdown")).click()
    expect(page.get_by_text("Markdown copied")).to_be_visible()
    assert f"{GUILTY_LINE}    <-- GUILTY LINE" in page.evaluate("navigator.clipboard.readText()")


def test_older_and_newer_events(page, issues) -> None:
    opened(page, f"/issues/{issues['error']}")
    bar = page.get_by_role("navigation", name="Events of this issue")
    expect(facts(page)).to_contain_text("harbour@1.2.0")
    expect(bar.get_by_role("button", name="Newer event: there is none")).to_be_disabled()
    page.keyboard.press("h")
    expect(facts(page)).to_contain_text("harbour@1.1.0")
    bar.get_by_role("link", name="Older event").click()
    expect(facts(page)).to_contain_text("harbour@1.0.0")
    expect(bar.get_by_role("button", name="Oldest event: there is none")).to_be_disabled()
    address = page.url
    assert re.search(r"/events/[0-9a-f]{32}$", address)
    page.keyboard.press("Shift+L")
    expect(facts(page)).to_contain_text("harbour@1.2.0")
    page.keyboard.press("Shift+H")
    expect(page).to_have_url(address)
    page.keyboard.press("l")
    expect(facts(page)).to_contain_text("harbour@1.1.0")


def test_the_events_are_listed_and_searched(page, issues) -> None:
    opened(page, f"/issues/{issues['error']}")
    events = unfold(page, "events")
    expect(events.locator("tbody tr")).to_have_count(3)
    events.get_by_label("Search these events").fill("release:harbour@1.1.0")
    expect(events.locator("tbody tr")).to_have_count(1)
    events.get_by_label("Search these events").fill("colour:red")
    expect(events.get_by_role("alert")).to_contain_text("unknown filter")
    events.get_by_label("Search these events").fill("release:harbour@9*")
    expect(events).to_contain_text("No event of this issue matches.")
    events.get_by_label("Search these events").fill("release:harbour@1.0.0")
    expect(events.locator("tbody tr")).to_have_count(1)
    events.locator("tbody a").click()
    expect(facts(page)).to_contain_text("harbour@1.0.0")


def test_events_move_to_an_issue_of_their_own_or_to_another_one_and_back(page, issues) -> None:
    opened(page, f"/issues/{issues['error']}")
    events = unfold(page, "events")
    rows = events.locator("tbody tr")
    expect(rows).to_have_count(3)
    rows.nth(1).get_by_role("checkbox").check()
    events.get_by_role("button", name="Move 1 event to another issue").click()
    page.get_by_role("dialog").get_by_role("button", name="Move", exact=True).press("Enter")
    expect(page.get_by_text("1 event moved to a new issue")).to_be_visible()
    expect(rows).to_have_count(2)
    page.get_by_role("button", name="Undo").click()
    expect(rows).to_have_count(3)

    page.get_by_role("button", name="Move this event").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Another issue").click()
    dialog.get_by_role("combobox", name="Issue").fill("tide")
    page.get_by_role("option", name=re.compile("tide table")).click()
    dialog.get_by_role("button", name="Move", exact=True).click()
    expect(page).to_have_url(re.compile(f"/issues/{issues['message']}/events/"))
    expect(section(page, "stack")).to_contain_text("cannot load the cargo")
    grouping = unfold(page, "grouping")
    expect(grouping).to_contain_text("moved 1 event")
    grouping.get_by_role("button", name="Undo").first.click()
    expect(grouping).to_contain_text("(undone)")
    page.goto(f"/issues/{issues['error']}")
    expect(events.locator("tbody tr")).to_have_count(3)


def test_many_are_assigned_and_merged_and_taken_apart_again(page, product, issues) -> None:
    page.goto(f"/projects/{product.slug}/issues?query=")
    rows = page.locator("[data-issue]")

    def tick() -> None:
        for issue in (issues["error"], issues["message"]):
            page.locator(f"[data-issue='{issue}']").get_by_role("checkbox").click()

    for to, told in (("me", "2 issues assigned to me"), ("nobody", "2 issues assigned to nobody")):
        tick()
        page.get_by_role("button", name="Assign").click()
        page.get_by_role("menuitem", name=to, exact=True).click()
        expect(page.get_by_text(told)).to_be_visible()
        expect(page.get_by_text("2 selected")).to_be_hidden()
    before = rows.count()
    tick()
    page.get_by_role("button", name="Merge").click()
    expect(page.get_by_text("2 issues merged")).to_be_visible()
    expect(rows).to_have_count(before - 1)
    page.get_by_role("button", name="Undo").click()
    expect(rows).to_have_count(before)


def test_numbers_and_events_follow_the_environment(page, issues) -> None:
    opened(page, f"/issues/{issues['error']}?environment=nowhere")
    expect(headline(page)).to_contain_text("0 events")
    expect(unfold(page, "events")).to_contain_text("No event of this issue matches.")
    page.get_by_label("Environment").select_option("staging")
    expect(page).to_have_url(re.compile(r"environment=staging$"))
    expect(headline(page)).to_contain_text("3 events")
    expect(section(page, "events").locator("tbody tr")).to_have_count(3)
    page.get_by_role("link", name="Older event").click()
    expect(page).to_have_url(re.compile(r"/events/[0-9a-f]{32}\?environment=staging$"))
    page.get_by_label("Environment").select_option("All environments")
    expect(page).to_have_url(re.compile(r"/events/[0-9a-f]{32}$"))


def test_breadcrumbs_fold_their_middle_and_filter_by_level(page, issues) -> None:
    opened(page, f"/issues/{issues['error']}")
    crumbs = section(page, "breadcrumbs")
    expect(crumbs.get_by_text("0 knots", exact=True)).to_be_visible()
    expect(crumbs.get_by_text("19 knots")).to_be_visible()
    expect(crumbs.get_by_text("9 knots", exact=True)).to_have_count(0)
    crumbs.get_by_role("button", name="10 more breadcrumbs").click()
    expect(crumbs.get_by_text("9 knots", exact=True)).to_be_visible()
    crumbs.get_by_text("info 18").click()
    expect(crumbs.locator("ol > li")).to_have_count(2)
    expect(crumbs.locator("ol > li").last).to_contain_text("−")


def test_why_these_events_are_one_issue(page, issues) -> None:
    opened(page, f"/issues/{issues['error']}")
    why = section(page, "why")
    expect(why.get_by_role("row", name="Type JSONDecodeError")).to_be_visible()
    expect(why.get_by_role("row", name="Function weigh")).to_be_visible()
    expect(why).to_contain_text(re.compile(r"Grouping version \d"))
    opened(page, f"/issues/{issues['message']}")
    expect(why).to_contain_text("<date>")


def test_a_message_has_no_stack_but_all_the_rest(page, issues) -> None:
    opened(page, f"/issues/{issues['message']}")
    expect(section(page, "stack")).to_contain_text("tide table of 2026-11-24 is out of date")
    expect(section(page, "stack").locator("h2")).to_have_text("Message")
    expect(section(page, "user")).to_contain_text("ada@example.org")
    expect(section(page, "contexts")).to_contain_text("Kiel")
    expect(headline(page)).to_contain_text("warning")
    expect(headline(page)).to_contain_text("3 events · 1 user")


def test_tags_are_counted_and_lead_to_the_list(page, product, issues) -> None:
    opened(page, f"/issues/{issues['error']}")
    tags = section(page, "tag-distribution")
    expect(tags).to_contain_text("harbour")
    expect(tags).to_contain_text("3 · 100 %")
    section(page, "facts").get_by_role("link", name="harbour@1.1.0").first.click()
    expect(page).to_have_url(re.compile(rf"/projects/{product.slug}/issues\?query=release"))


def test_the_event_can_be_kept_as_json(page, product, issues) -> None:
    opened(page, f"/issues/{issues['error']}")
    with page.expect_download() as kept:
        unfold(page, "raw").get_by_role("button", name="Download").click()
    found = json.loads(kept.value.path().read_text())
    told = product.api.get(f"/api/v1/issues/{issues['error']}/events/latest").json()
    assert kept.value.suggested_filename == f"{told['event_id']}.json"
    assert found == told


def test_resolve_undo_regress_ignore_reopen(page, product, issues, send) -> None:
    opened(page, f"/issues/{issues['message']}")

    def status() -> str:
        return str(product.api.get(f"/api/v1/issues/{issues['message']}").json()["status"])

    page.get_by_role("button", name="Resolve").click()
    expect(headline(page).get_by_text("resolved", exact=True)).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(headline(page).get_by_role("button", name="Resolve")).to_be_enabled()
    assert status() == "unresolved"
    page.keyboard.press("r")
    expect(page.get_by_text(re.compile("^Resolved "))).to_be_visible()
    assert status() == "resolved"
    send("harbour@1.3.0")
    # Nobody reloads the page.
    expect(headline(page).get_by_text("regressed")).to_be_visible()
    expect(section(page, "activity")).to_contain_text("Came back in harbour@1.3.0")
    expect(page.get_by_role("button", name="A newer event arrived")).to_be_visible()
    page.get_by_role("button", name="A newer event arrived").click()
    expect(facts(page)).to_contain_text("harbour@1.3.0")
    page.get_by_role("button", name="Ignore").click()
    expect(headline(page).get_by_text("ignored", exact=True)).to_be_visible()
    expect(section(page, "activity")).to_contain_text("ignored it")
    page.keyboard.press("u")
    expect(headline(page).get_by_text("reopened")).to_be_visible()
    expect(section(page, "activity")).to_contain_text("reopened it")
    assert status() == "unresolved"


def test_a_decision_that_fails_is_taken_back(page, product, issues) -> None:
    opened(page, f"/issues/{issues['error']}")

    def refuse(route: Route) -> None:
        if route.request.method != "PATCH":
            route.fallback()
            return
        body = json.dumps({"detail": "the registry is busy", "code": "unavailable", "request_id": "r1"})
        route.fulfill(status=503, content_type="application/json", body=body)

    page.route(f"**/api/v1/issues/{issues['error']}", refuse)
    page.get_by_role("button", name="Resolve").click()
    expect(page.get_by_text("the registry is busy")).to_be_visible()
    expect(headline(page).get_by_role("button", name="Resolve")).to_be_enabled()
    assert product.api.get(f"/api/v1/issues/{issues['error']}").json()["status"] == "unresolved"


def test_an_event_that_could_not_be_read_says_so(page, issues) -> None:
    def unreadable(route: Route) -> None:
        event = route.fetch().json()
        event |= {"exceptions": [], "thread_frames": [], "remarks": ["this event could not be read: tags is a number"]}
        route.fulfill(json=event)

    page.route("**/events/latest", unreadable)
    page.goto(f"/issues/{issues['error']}")
    expect(page.get_by_role("alert")).to_contain_text("tags is a number")


def test_what_is_not_there(page, issues) -> None:
    page.goto("/issues/999999")
    expect(page.get_by_text("There is no issue 999999")).to_be_visible()
    page.goto(f"/issues/{issues['error']}/events/{'0' * 32}")
    expect(page.get_by_role("alert")).to_contain_text("not kept any more")
    page.get_by_role("link", name="Show the newest event").click()
    expect(page.get_by_text(GUILTY_LINE)).to_be_visible()


def test_the_keys_explain_themselves_and_can_be_switched_off(page, product, issues) -> None:
    opened(page, f"/issues/{issues['error']}")
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog")
    expect(sheet).to_contain_text("Resolve")
    sheet.get_by_role("switch").press(" ")
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    page.keyboard.press("r")
    page.get_by_role("button", name="Keys of this page").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert product.api.get(f"/api/v1/issues/{issues['error']}").json()["status"] == "unresolved"


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["390", "1440"])
def test_it_is_accessible(browser, product, issues, viewport) -> None:
    with silent_page(browser, product, viewport=viewport) as page:
        opened(page, f"/issues/{issues['error']}")
        for name in ("events", "raw"):
            unfold(page, name)
        expect(section(page, "events").locator("tbody tr").first).to_be_visible()
        expect(section(page, "tag-distribution").locator("li").first).to_be_visible()
        page.evaluate((WEB / "node_modules" / "axe-core" / "axe.min.js").read_text())
        rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
        SCREENS.mkdir(parents=True, exist_ok=True)
        for scheme in ("light", "dark"):
            in_scheme(page, scheme)
            found = page.evaluate("rules => axe.run(document, {runOnly: rules})", rules)
            assert [(rule["id"], node["html"], node["failureSummary"]) for rule in found["violations"] for node in rule["nodes"]] == []
            assert len(found["passes"]) > 10
            page.screenshot(path=SCREENS / f"issue-{scheme}-{viewport['width']}.png", full_page=True)


def test_a_person_is_erased_once_it_was_said_twice(page, product) -> None:
    def asked():
        return product.api.get(f"/api/v1/projects/{product.slug}/erasures").raise_for_status().json()["items"]

    product.dsn()  # makes the project
    page.goto(f"/projects/{product.slug}/settings?tab=privacy")
    card = page.get_by_role("region", name="Erase a person")
    expect(ask := card.get_by_role("button", name="Erase…")).to_be_disabled()
    card.get_by_label("Value, as events say it").fill("nobody@example.org")
    ask.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("nobody@example.org")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()
    assert asked() == []
    ask.click()
    dialog.get_by_role("button", name="Erase for good").click()
    expect(dialog).to_be_hidden()
    expect(card.get_by_role("table", name="Erasures").get_by_role("row").nth(1)).to_contain_text("by")
    (one,) = asked()
    assert one["state"] in {"queued", "running", "erased"}
    assert one["about"] in {"email:nobody@example.org", ""}
