"""The dashboard in a real browser, over the whole product: from signing in to the accounting, and no rule of accessibility broken."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from seiche.testing.product import Product
from tests.flows.looks import SIZES, WEB, faults_of, serious, signed_in, watched
from tests.flows.shop import ONE

pytestmark = [pytest.mark.flow, pytest.mark.browser, pytest.mark.timeout(300)]


def send(dsn: str, *names: str) -> None:
    done = subprocess.run([sys.executable, "-c", ONE, dsn, ",".join(names)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def titles(page: Page) -> list[str]:
    return page.locator("[data-issue] a").evaluate_all("links => links.map(link => link.title.split(':')[0])")


def rows(page: Page) -> Any:
    return page.locator("[data-issue]")


def row(page: Page, text: str) -> Any:
    return rows(page).filter(has_text=text)


def press_until_focused(page: Page, key: str, text: str) -> None:
    link = row(page, text).get_by_role("link")
    for _ in range(rows(page).count()):
        page.keyboard.press(key)
        if link.evaluate("link => link === document.activeElement"):
            return
    raise AssertionError(f"{key} never reached {text}")


def new_project(product: Product, name: str) -> dict[str, Any]:
    return dict(product.api.post("/api/v1/projects", json={"name": name, "platform": "python"}).raise_for_status().json())


def test_signing_in_leads_to_where_one_wanted_to_go(browser, product) -> None:
    context = browser.new_context(base_url=product.url)
    page, complaints = watched(context)
    page.goto("/status")
    expect(page).to_have_url(re.compile(r"/sign-in\?next="))
    email, password = product.account
    page.get_by_label("Email").fill(email)
    page.locator("input[type=password]").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("email or password is wrong")
    page.locator("input[type=password]").fill(password)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/status$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Status")
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile(r"/sign-in$"))
    page.goto("/projects")
    expect(page).to_have_url(re.compile(r"/sign-in"))
    context.close()
    assert serious(complaints) == []


def test_a_new_project_waits_for_its_first_event_and_goes_on_by_itself(page, tmp_path) -> None:
    page.goto("/projects")
    page.get_by_role("button", name="New project").click()
    page.get_by_label("Name").fill("First steps")
    page.get_by_role("button", name="Create project").click()
    expect(page).to_have_url(re.compile(r"/projects/first-steps/issues"))
    expect(page.get_by_role("status").filter(has_text="Waiting for the first event")).to_be_visible()
    shown = page.get_by_test_id("snippet").inner_text()
    program = tmp_path / "first.py"
    program.write_text(shown)
    done = subprocess.run([sys.executable, program], capture_output=True, text=True, timeout=60, check=False)
    assert "ZeroDivisionError" in done.stderr
    # Nobody reloads the page.
    expect(row(page, "ZeroDivisionError")).to_be_visible()
    page.goto("/")
    expect(page).to_have_url(re.compile(r"/projects/first-steps/issues"))


def test_the_list_searches_sorts_and_says_it_in_its_address(page, shop) -> None:
    page.goto(shop)
    expect(rows(page)).to_have_count(3)
    expect(row(page, "ZeroDivisionError").get_by_label(re.compile("^3 events in 24 hours"))).to_be_visible()
    assert "3 events 3 users" in " ".join(row(page, "ZeroDivisionError").inner_text().split())
    page.keyboard.press("/")
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("warehouse")
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(1)
    expect(page).to_have_url(re.compile("query=warehouse"))
    box = page.get_by_role("search").get_by_role("combobox")
    box.fill("!level:w")
    page.get_by_role("option", name="!level:warning").click()
    box.press("Enter")
    expect(rows(page)).to_have_count(2)
    page.reload()
    expect(box).to_have_value("!level:warning")
    expect(rows(page)).to_have_count(2)
    box.fill("colour:red")
    box.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("unknown filter")
    box.fill("is:unresolved nothing-has-this")
    box.press("Enter")
    expect(page.get_by_role("heading", name="No issue matches")).to_be_visible()
    page.get_by_role("button", name="Back to unresolved").click()
    expect(rows(page)).to_have_count(3)
    page.get_by_role("combobox", name="Sort by").click()
    page.get_by_role("option", name=re.compile("^Events")).click()
    expect(page).to_have_url(re.compile("sort=count"))
    expect(rows(page).first).to_contain_text("ZeroDivisionError")


def test_many_are_changed_at_once_and_back(page, product, shop) -> None:
    page.goto(shop)
    for name in ("KeyError", "the warehouse"):
        row(page, name).get_by_role("checkbox").click()
    expect(page.get_by_text("2 selected")).to_be_visible()
    page.get_by_role("button", name="Resolve", exact=True).click()
    expect(page.get_by_text("2 issues resolved")).to_be_visible()
    expect(rows(page)).to_have_count(1)
    resolved = product.api.get(f"/api/v1{shop}", params={"query": "is:resolved"}).json()["items"]
    assert len(resolved) == 2
    page.get_by_role("button", name="Undo").click()
    expect(rows(page)).to_have_count(3)
    page.get_by_label("Select all shown issues").click()
    page.get_by_role("button", name="Ignore", exact=True).click()
    expect(page.get_by_role("heading", name="No unresolved issues")).to_be_visible()
    page.get_by_text("Ignored", exact=True).click()
    expect(rows(page)).to_have_count(3)
    page.get_by_label("Select all shown issues").click()
    page.get_by_role("button", name="Reopen", exact=True).click()
    expect(page.get_by_text("3 issues reopened")).to_be_visible()
    assert product.api.get(f"/api/v1{shop}", params={"query": "is:unresolved"}).json()["total"] == 3


def test_the_keyboard_alone_is_enough(page, shop) -> None:
    page.goto(shop)
    expect(rows(page)).to_have_count(3)
    press_until_focused(page, "j", "KeyError")
    page.keyboard.press("x")
    expect(page.get_by_text("1 selected")).to_be_visible()
    page.keyboard.press("x")
    expect(page.get_by_text("1 selected")).to_be_hidden()
    page.keyboard.press("e")
    expect(page.get_by_text("1 issue resolved")).to_be_visible()
    expect(rows(page)).to_have_count(2)
    page.get_by_role("button", name="Undo").press("Enter")
    expect(rows(page)).to_have_count(3)
    page.keyboard.press("Shift+?")
    expect(page.get_by_role("dialog", name="Keys of this page")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    press_until_focused(page, "k", "ZeroDivisionError")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/issues/\d+$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("ZeroDivisionError")


def test_what_is_new_waits_above_the_list(page, product, shop) -> None:
    page.goto(shop)
    expect(rows(page)).to_have_count(3)
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    send(product.dsn(), "Surprise")
    pill = page.get_by_role("button", name="1 new")
    expect(pill).to_be_visible()
    assert rows(page).count() == 3
    pill.click()
    expect(row(page, "Surprise")).to_be_visible()
    expect(pill).to_be_hidden()
    row(page, "Surprise").get_by_role("checkbox").click()
    page.keyboard.press("e")
    expect(rows(page)).to_have_count(3)


def test_long_lists_come_page_by_page(page, product) -> None:
    project = new_project(product, "Long list")
    send(project["dsn"], *(f"Kind{chr(65 + number // 26)}{chr(97 + number % 26)}" for number in range(55)))
    product.drain()
    page.goto("/projects/long-list/issues")
    expect(rows(page)).to_have_count(50)
    page.get_by_role("button", name="Show more").click()
    expect(rows(page)).to_have_count(55)
    assert len(set(titles(page))) == 55
    expect(page.get_by_text("55 of 55")).to_be_visible()
    expect(page.get_by_role("button", name="Show more")).to_be_hidden()


def test_settings_change_the_project_and_its_keys(page, product) -> None:
    project = new_project(product, "Settings")
    path = "/api/v1/projects/settings"
    page.goto("/projects/settings/settings")
    expect(page.get_by_role("region", name="DSN")).to_contain_text(project["dsn"])
    page.get_by_role("button", name="New key").click()
    page.get_by_label("Label").fill("Staging")
    page.get_by_role("button", name="Make key").click()
    keys = page.get_by_role("region", name="Keys")
    expect(keys).to_contain_text("Staging")
    page.get_by_role("button", name="Disable key Default").click()
    expect(page.get_by_role("button", name="Enable key Default")).to_be_visible()
    told = {key["label"]: key for key in product.api.get(f"{path}/keys").json()}
    assert (told["Default"]["active"], told["Staging"]["active"]) == (False, True)
    expect(page.get_by_role("region", name="DSN")).to_contain_text(told["Staging"]["dsn"])
    save = page.get_by_role("button", name="Save", exact=True)
    expect(save).to_be_disabled()
    page.get_by_label("Retention").fill("30")
    page.get_by_role("combobox", name="More sensitive fields").fill("customer_number")
    page.keyboard.press("Enter")
    page.get_by_role("textbox", name="Name").fill("Settings of a shop")
    save.click()
    expect(page.get_by_text("Settings saved")).to_be_visible()
    found = product.api.get(path).json()
    assert (found["name"], found["retention_days"], found["sensitive_fields"]) == ("Settings of a shop", 30, ["customer_number"])
    expect(save).to_be_disabled()


def test_grouping_is_set_and_a_wrong_rule_is_named(page, product) -> None:
    new_project(product, "Grouping")
    page.goto("/projects/grouping/settings")
    save = page.get_by_role("button", name="Save grouping")
    expect(save).to_be_disabled()
    page.get_by_label("Fingerprint rules").fill("error.type:Timeout -> slow\nnonsense")
    save.click()
    expect(page.get_by_text("line 2:")).to_be_visible()
    page.get_by_label("Fingerprint rules").fill("error.type:Timeout -> slow")
    page.get_by_label("Stack-trace rules").fill("stack.function:ensure_* -culprit")
    page.get_by_label("Follow code through releases").uncheck(force=True)
    save.click()
    expect(page.get_by_text("Settings saved")).to_be_visible()
    found = product.api.get("/api/v1/projects/grouping").json()
    assert (found["fingerprint_rules"], found["stack_rules"]) == ("error.type:Timeout -> slow", "stack.function:ensure_* -culprit")
    assert (found["grouping_near"], found["grouping_version"]) == (False, 2)
    expect(save).to_be_disabled()


def test_a_rule_is_previewed_saved_tried_and_deleted(page, product, shop, receiver, until) -> None:
    page.goto(f"/projects/{product.slug}/rules")
    page.get_by_role("button", name="New rule").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Name").fill("Page me")
    expect(preview := form.get_by_role("region", name="Preview")).to_contain_text(re.compile(r"7 days: \d+ new issues would have sent"))
    form.get_by_role("combobox", name="Only at level").click()
    page.get_by_role("option", name="warning").click()
    page.keyboard.press("Escape")
    expect(preview).to_contain_text("1 new issue would")
    expect(preview).to_contain_text("the warehouse answers slowly")
    form.get_by_role("checkbox", name=re.compile("an issue has many events")).check()
    form.get_by_role("textbox", name="Events").fill("1")
    expect(form.get_by_role("region", name="Counted on history")).to_contain_text(re.compile(r"sent \d+ messages? about 1 issue"))
    form.get_by_role("combobox", name="Channel 1").click()
    page.get_by_role("option", name="Webhook").click()
    form.get_by_role("textbox", name="Target 1").fill("not an address")
    form.get_by_role("button", name="Save rule").click()
    expect(form).to_be_visible()
    form.get_by_role("textbox", name="Target 1").fill(receiver.url)
    form.get_by_role("button", name="Save rule").click()
    secret = page.get_by_role("alert").filter(has_text="shown only once")
    expect(secret).to_contain_text("whsec_")
    card = page.get_by_role("region", name="Page me")
    expect(card).to_contain_text("at level warning")
    card.get_by_role("button", name="Send a test").click()
    until(lambda: receiver.calls, 30)
    assert b"issue" in receiver.calls[0][1]
    card.get_by_role("button", name="Turn off").click()
    expect(card).to_contain_text("Off")
    card.get_by_role("button", name="Edit").click()
    form.get_by_label("Name").fill("Page us")
    form.get_by_role("button", name="Save rule").click()
    expect(card := page.get_by_role("region", name="Page us")).to_be_visible()
    told = [rule for rule in product.api.get(f"/api/v1/projects/{product.slug}/alert-rules").json() if rule["name"] == "Page us"]
    assert [(rule["enabled"], rule["levels"]) for rule in told] == [(False, ["warning"])]
    card.get_by_role("button", name="Delete", exact=True).click()
    card.get_by_role("button", name="Delete", exact=True).click()
    expect(card).to_be_hidden()


def test_the_figures_add_up_and_are_the_servers(page, product, shop) -> None:
    sums = product.drain()
    page.goto(f"/projects/{product.slug}/stats")
    expect(page.get_by_text("Every received event is accounted for.")).to_be_visible()
    told = product.api.get(f"/api/v1/projects/{product.slug}/stats").json()["totals"]

    def figure(outcome: str) -> int:
        return int(page.locator(f"[data-outcome={outcome}] td").last.inner_text().replace(",", ""))

    parts = ("stored", "duplicates", "filtered", "rate_limited", "invalid")
    assert {part: figure(part) for part in parts} == {part: told[part] for part in parts}
    assert figure("received") == told["received"] == sum(figure(part) for part in parts)
    assert 0 < told["received"] <= sums["received"]
    page.get_by_text("7 days").click()
    expect(page.locator("svg.recharts-surface").first).to_be_visible()

    table = page.get_by_role("table", name="Outcomes by category")
    expect(table.get_by_role("row", name="attachment")).to_contain_text("1")
    page.get_by_role("radiogroup", name="Break down by").get_by_text("Reason").click()
    expect(page.get_by_text("Everything that arrived was kept.")).to_be_visible()


def test_a_release_leads_to_its_issues(page, product, shop) -> None:
    page.goto(f"/projects/{product.slug}/releases")
    line = page.get_by_role("row", name="shop@1.5.0")
    expect(line.get_by_role("cell").nth(3)).to_have_text("5")
    page.get_by_role("textbox", name="Part of the version").fill("no-such")
    expect(page.get_by_text("No release has that in its name")).to_be_visible()
    page.get_by_role("textbox", name="Part of the version").fill("1.5")
    line.get_by_role("link", name="shop@1.5.0").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("shop@1.5.0")
    expect(page.get_by_role("main")).to_contain_text("ZeroDivisionError")


def test_what_users_said_and_which_files_an_event_has(page, product, shop) -> None:
    """Both are text of whoever sent them: shown as such, and files are saved, never opened."""
    page.goto(shop)
    row(page, "warehouse").get_by_role("link").first.click()
    said = page.get_by_role("list", name="Feedback")
    expect(said).to_contain_text("I wait for <b>my parcel</b>")
    expect(said).to_contain_text("Ada")
    with page.expect_download() as download:
        page.get_by_role("list", name="Attachments").get_by_role("link").click()
    assert Path(download.value.path()).read_bytes() == b"0 crates left"
    page.goto(f"/projects/{product.slug}/feedback")
    expect(page.get_by_role("main")).to_contain_text("I wait for <b>my parcel</b>")
    page.get_by_role("link", name="Show the issue").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("the warehouse answers slowly")


def test_the_status_names_every_process(page, product, shop) -> None:
    page.goto("/status")
    expect(page.get_by_role("status").filter(has_text="Everything runs")).to_be_visible()
    for name in product.processes():
        expect(page.get_by_role("region", name="Processes").get_by_role("row", name=re.compile(f"^{name} "))).to_contain_text("running")
    expect(page.get_by_role("region", name="Consumers")).to_contain_text("pipeline")
    expect(page.get_by_role("region", name="Freshness")).to_contain_text(product.slug)
    expect(page.get_by_role("region", name="Canary").get_by_role("row", name="in search")).to_contain_text(re.compile("[0-9] m?s"))


def test_what_fails_says_so_and_can_be_tried_again(browser, product, shop) -> None:
    context = signed_in(browser, product)
    page, complaints = watched(context)
    page.route(re.compile(r"/issues\?query"), lambda route: route.abort())
    page.goto(shop)
    note = page.get_by_role("alert").filter(has_text="The issues do not load")
    expect(note).to_contain_text("the server does not answer")
    page.unroute(re.compile(r"/issues\?query"))
    note.get_by_role("button", name="Try again").click()
    expect(rows(page)).to_have_count(3)
    page.goto("/projects/no-such-project/issues")
    expect(page.get_by_role("alert")).to_contain_text("no project")
    page.goto("/no/such/page")
    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()
    page.goto(shop)
    expect(rows(page)).to_have_count(3)
    context.set_offline(True)
    expect(page.get_by_text("You are offline")).to_be_visible()
    context.set_offline(False)
    context.clear_cookies()
    page.get_by_role("link", name="Stats").click()
    expect(page).to_have_url(re.compile("/sign-in"))
    context.close()
    assert serious(complaints) == []


SETTINGS_TABS = re.findall(r'value: "(\w+)"', (WEB / "src/settings/tabs.ts").read_text())[1:]


@pytest.mark.parametrize("width", SIZES)
def test_every_screen_can_be_used_by_everyone(browser, product, shop, width) -> None:
    """axe finds nothing, light or dark, and nothing scrolls sideways; the pictures are an artefact for people to look at."""
    empty = new_project(product, f"Empty {width}")["slug"]
    slug = product.slug
    screens = {
        "projects": "/projects",
        "issues": shop,
        "issues-none": f"{shop}?query=nothing-has-this",
        "waiting": f"/projects/{empty}/issues",
        "rules": f"/projects/{slug}/rules",
        "rules-empty": f"/projects/{empty}/rules",
        "stats": f"/projects/{slug}/stats",
        "releases": f"/projects/{slug}/releases",
        "health": f"/projects/{slug}/health",
        "feedback": f"/projects/{slug}/feedback",
        "settings": f"/projects/{slug}/settings",
        **{f"settings-{tab}": f"/projects/{slug}/settings?tab={tab}" for tab in SETTINGS_TABS},
        "teams": "/teams",
        "status": "/status",
    }
    context = signed_in(browser, product, viewport={"width": width, "height": SIZES[width]})
    page, complaints = watched(context)
    faults: list[tuple[str, ...]] = []

    def look(name: str) -> None:
        faults.extend(faults_of(page, name, width))

    for name, path in screens.items():
        page.goto(path)
        look(name)
    page.goto(shop)
    row(page, "ZeroDivisionError").get_by_role("checkbox").click()
    look("issues-selected")
    page.goto(f"/projects/{slug}/rules")
    page.get_by_role("button", name="New rule").click()
    expect(page.get_by_role("region", name="Preview")).to_contain_text("would have sent")
    look("rule-form")
    page.keyboard.press("Escape")
    if width < 768:
        page.get_by_role("button", name="Open menu").click()
        page.get_by_role("link", name="Status").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Status")
        expect(page.get_by_role("button", name="Open menu")).to_be_visible()
    context.clear_cookies()
    page.goto("/sign-in")
    look("sign-in")
    context.close()
    assert faults == []
    assert serious(complaints) == []
