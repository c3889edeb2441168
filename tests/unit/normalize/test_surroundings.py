"""What is told apart from the request: user agents, places of users, exceptions that hold others, threads of exceptions."""

import json

import pytest

from seiche.model.project import ProjectConfig
from seiche.model.record import LogRecord, RecordKind
from seiche.normalize import normalise
from seiche.normalize.address import address_in

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.6099.71 Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 Version/17.1 Mobile/15E148 Safari/604.1"
RECORD = {"kind": RecordKind.EVENT, "received_at_us": 1_764_000_000_000_000, "project_id": 1, "event_id": "a" * 32}
GEO = '{"city":"Lausanne","country_code":"CH"}'


def event(tree, *, config=None, **record):
    """Both ways of reading give the same tags and users."""
    arguments = (json.dumps(tree).encode(), LogRecord(**RECORD | record), config or ProjectConfig())
    found = normalise(*arguments)
    brief = normalise(*arguments, details=False)
    assert (brief.tags, brief.user.key) == (found.tags, found.user.key)
    return found


def asked_with(agent):
    return {"request": {"headers": {"User-Agent": agent}}}


def test_a_browsers_user_agent_becomes_contexts_and_tags() -> None:
    found = event({"platform": "javascript", "tags": {"page": "cart"}} | asked_with(CHROME))
    assert found.contexts == {"browser": {"name": "Chrome", "version": "120.0.6099"}, "os": {"name": "Windows", "version": "10"}}
    assert found.tags == (
        ("page", "cart"),
        ("browser", "Chrome 120.0.6099"),
        ("browser.name", "Chrome"),
        ("os", "Windows 10"),
        ("os.name", "Windows"),
    )


def test_a_servers_own_system_is_not_its_users() -> None:
    found = event({"platform": "python", "contexts": {"os": {"name": "Linux", "version": "6.1"}}} | asked_with(IPHONE))
    assert found.contexts["os"] == {"name": "Linux", "version": "6.1"}
    assert found.contexts["client_os"] == {"name": "iOS", "version": "17.1"}
    assert found.contexts["device"] == {"family": "iPhone", "brand": "Apple", "model": "iPhone"}
    tags = dict(found.tags)
    assert (tags["os"], tags["client_os"], tags["device"], tags["browser"]) == ("Linux 6.1", "iOS 17.1", "iPhone", "Mobile Safari 17.1")


def test_what_the_sdk_says_itself_wins() -> None:
    tree = {"platform": "javascript", "contexts": {"browser": {"name": "Brave", "version": "1"}}, "tags": {"os": "mine"}}
    found = event(tree | asked_with(CHROME))
    assert found.contexts["browser"] == {"name": "Brave", "version": "1"}
    assert (dict(found.tags)["browser"], dict(found.tags)["os"]) == ("Brave 1", "mine")


@pytest.mark.parametrize(
    "headers", [{"user-agent": CHROME}, [["USER-AGENT", CHROME]], {"User-Agent": [CHROME]}, [{"key": "User-Agent", "value": CHROME}]]
)
def test_the_header_in_every_shape(headers) -> None:
    assert event({"request": {"headers": headers}}).contexts["browser"]["name"] == "Chrome"


def test_the_connections_user_agent_counts_in_a_browser_only() -> None:
    assert event({"platform": "javascript"}, user_agent=CHROME).contexts["browser"]["name"] == "Chrome"
    assert event({"platform": "python"}, user_agent=CHROME).contexts == {}


@pytest.mark.parametrize("agent", ["", None, 7, ["x"], {"a": 1}, "[Filtered]", "curl", "x" * 100_000, "\0", []])
def test_user_agents_that_say_nothing(agent) -> None:
    assert event(asked_with(agent)).tags in ((), (("browser", "curl"), ("browser.name", "curl")))


@pytest.mark.parametrize("contexts", [[["browser", {"name": "B", "version": 2}]], {"browser": {"name": "B", "version": "2"}}])
def test_contexts_as_pairs(contexts) -> None:
    assert dict(event({"contexts": contexts}).tags)["browser"] == "B 2"


@pytest.mark.parametrize("contexts", ["x", 7, ["a"], {"browser": 7, "os": {"name": {"a": 1}}, "device": {"model": None}}, {"device": []}])
def test_contexts_that_are_none(contexts) -> None:
    assert {name for name, _ in event({"contexts": contexts}).tags} <= {"os", "os.name"}


def test_the_place_that_accept_recorded() -> None:
    found = event({"user": {"id": "7"}}, geo=GEO)
    assert found.user.data["geo"] == {"city": "Lausanne", "country_code": "CH"}
    assert event({}, geo=GEO).user.data["geo"]["city"] == "Lausanne"
    assert event({"user": {"geo": {"city": "Bern"}}}, geo=GEO).user.data["geo"] == {"city": "Bern"}


@pytest.mark.parametrize(
    ("tree", "address"),
    [
        ({"user": {"ip_address": "203.0.113.1"}}, "203.0.113.1"),
        ({"user": {"ip_address": "{{auto}}"}}, "192.0.2.9"),
        ({"request": {"env": {"REMOTE_ADDR": "203.0.113.2"}}}, "203.0.113.2"),
        ({"user": None, "request": {"env": None}, "platform": "javascript"}, "192.0.2.9"),
        ({"platform": "python"}, ""),
        ({"user": ["x"]}, ""),
    ],
)
def test_accept_looks_up_the_address_that_the_event_shows(tree, address) -> None:
    body = json.dumps(tree).encode()
    assert address_in(body, "192.0.2.9") == address
    assert normalise(body, LogRecord(**RECORD, client_ip="192.0.2.9"), ProjectConfig()).user.ip_address == address


def test_exceptions_that_hold_others() -> None:
    outer = {
        "type": "aiohttp",
        "exception_id": 0,
        "is_exception_group": True,
        "help_link": "https://example.org",
        "meta": {"errno": {"number": 2}},
    }
    inner = {"type": "chained", "exception_id": 1, "parent_id": 0, "data": {"deep": [[[[[[[[1]]]]]]]]}}
    tree = {"exception": {"values": [{"type": "A", "mechanism": inner}, {"type": "G", "mechanism": outer}]}}
    first, last = event(tree).exceptions
    assert (first.exception_id, first.parent_id, first.is_group) == (1, 0, False)
    assert (last.exception_id, last.parent_id, last.is_group) == (0, None, True)
    assert last.mechanism_data == {"help_link": "https://example.org", "meta": {"errno": {"number": 2}}}
    assert "exception.mechanism: trimmed to 4096 bytes and 7 levels" in event(tree).remarks


@pytest.mark.parametrize("mechanism", ["generic", 7, [], {"exception_id": "x", "parent_id": -1, "meta": 7}, {"type": None}])
def test_mechanisms_that_are_none(mechanism) -> None:
    (found,) = event({"exception": [{"type": "A", "mechanism": mechanism}]}).exceptions
    assert (found.exception_id, found.parent_id, found.is_group) == (None, None, False)


def test_the_exceptions_own_thread_before_the_crashed_one() -> None:
    stacks = [{"id": number, "crashed": number == 1, "stacktrace": {"frames": [{"function": f"t{number}"}]}} for number in range(3)]
    found = event({"exception": [{"type": "A", "thread_id": 2}], "threads": {"values": stacks}})
    assert [frame.function for frame in found.thread_frames] == ["t2"]


def test_every_trimmed_text_leaves_its_remark() -> None:
    long = "x" * 9000
    frame = dict.fromkeys(("function", "module", "filename", "abs_path", "context_line"), long)
    tree = {
        "exception": [{"type": long, "value": long, "stacktrace": {"frames": [frame]}}],
        "user": {"id": long, "email": long, "username": long},
        "logger": long, "transaction": long, "server_name": long, "dist": long, "tags": {"a": long}, "release": long, "environment": long,
        "extra": {"a": long * 2}, "contexts": {"a": {"b": long}}, "request": {"data": long, "url": long, "query_string": long},
        "modules": {"a" * 200: "x", "b": long}, "message": long, "breadcrumbs": [{"message": long, "data": {"a": long}}],
    }  # fmt: skip
    trimmed = {remark.partition(":")[0] for remark in event(tree).remarks}
    assert trimmed >= {
        "exception.type", "exception.value", "frame.function", "frame.module", "frame.filename", "frame.abs_path", "frame.context_line",
        "user.id", "user.email", "user.username", "logger", "transaction", "server_name", "dist", "tags.a", "release", "environment",
        "extra.a", "contexts.a", "request.data", "request.url", "request.query_string", "message",
        "breadcrumbs.message", "breadcrumbs.data",
    }  # fmt: skip
