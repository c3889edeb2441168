"""Inbound filters: what each takes, and what it must leave."""

import json
import time

import pytest

from seiche.errors import InvalidInput
from seiche.model.protection import Filters
from seiche.normalize.filters import Screen, glance, globs

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"


def reason(filters, event, *, client_ip="198.51.100.7", user_agent=CHROME):
    return Screen(filters).reason_of(json.dumps(event).encode(), client_ip=client_ip, user_agent=user_agent)


def thrown(type_=None, value=None, **more):
    return {"platform": "javascript", "exception": {"values": [{"type": type_, "value": value, **more}]}}


@pytest.mark.parametrize(("glob", "text", "matches"), [
    ("boom", "boom", True),
    ("boom", "a boom", False),
    ("boom", "boom!", False),
    ("*boom*", "a big BOOM here", True),
    ("TypeError: *", "typeerror: x is undefined", True),
    ("TypeError: *", "MyTypeError: x", False),
    ("*: timeout", "HttpError: Timeout", True),
    ("*: timeout", "HttpError: timeout after 3 s", False),
    ("{Type,Range}Error: *", "RangeError: too large", True),
    ("{Type,Range}Error: *", "SyntaxError: too large", False),
    ("{*boom*,*bang*}", "a bang", True),
    ("a*b*c", "abbcbc", True),
    ("a*b*c", "acb", False),
    ("a*a", "a", False),
    ("a*a", "aa", True),
    ("?bc", "abc", True),
    ("?bc", "bc", False),
    ("*", "", True),
    ("line*", "line one\nline two", True),
    (r"100\*", "100*", True),
    (r"100\*", "1000", False),
    ("[x]+.", "[x]+.", True),
    ("[x]+.", "x", False),
    ("größe*", "GRÖSSE", False),
    ("größe*", "GRÖßE zu klein", True),
    ("*a*{b,}c", "xxacxxc", True),
])  # fmt: skip
def test_globs_match_the_whole_text_in_any_case(glob, text, matches):
    assert globs.matches(globs.compiled((glob,)), text) is matches


@pytest.mark.parametrize("glob", ["", "  ", "{a", "{a,{b,c}}", "x" * 1025, "*a" * 33, "{a,b}" * 7])
def test_globs_that_cannot_be_used_say_why(glob):
    with pytest.raises(InvalidInput, match="pattern"):
        globs.compiled((glob,))


def test_no_glob_takes_long():
    patterns = globs.compiled(("*a" * 30 + "*b",))
    began = time.process_time()
    assert not globs.matches(patterns, "a" * 8192)
    assert time.process_time() - began < 2


@pytest.mark.parametrize(("event", "taken"), [
    ({"message": "Connection reset by peer"}, True),
    ({"logentry": {"formatted": "connection RESET by host", "message": "connection %s"}}, True),
    ({"logentry": {"message": "connection reset"}}, True),
    ({"message": "no connection reset"}, False),
    (thrown("ConnectionError", "connection reset"), False),
    (thrown(None, "connection reset"), True),
    ({}, False),
])  # fmt: skip
def test_messages(event, taken):
    assert reason(Filters(error_messages=("connection reset*",)), event) == ("error-message" if taken else "")


def test_an_exception_is_its_type_and_value_and_every_one_of_a_chain_counts():
    filters = Filters(error_messages=("ValueError: *", "OnlyType", "only value"))
    assert reason(filters, thrown("ValueError", "x")) == "error-message"
    assert reason(filters, thrown("OnlyType")) == "error-message"
    assert reason(filters, thrown(None, "only value")) == "error-message"
    assert not reason(filters, thrown("KeyError", "ValueError: x"))
    chain = {"exception": [{"type": "ValueError", "value": "cause"}, {"type": "RuntimeError", "value": "outer"}]}
    assert reason(filters, chain) == "error-message"


def test_releases():
    filters = Filters(releases=("1.*", "shop@2.{0,1}"))
    assert reason(filters, {"release": "1.4"}) == "release-version"
    assert reason(filters, {"release": "SHOP@2.1"}) == "release-version"
    assert not reason(filters, {"release": "2.1.4"})
    assert not reason(Filters(releases=("*",)), {"message": "no release"})


def test_addresses_and_networks():
    filters = Filters(ip_addresses=("198.51.100.0/24", "2001:db8::1", "203.0.113.9/24"))
    assert reason(filters, {}, client_ip="198.51.100.200") == "ip-address"
    assert reason(filters, {}, client_ip="::ffff:198.51.100.200") == "ip-address"
    assert reason(filters, {}, client_ip="2001:db8::1") == "ip-address"
    assert reason(filters, {}, client_ip="203.0.113.77") == "ip-address", "a network may be named by any address in it"
    for other in ("198.51.101.1", "2001:db8::2", "", "unix:"):
        assert not reason(filters, {}, client_ip=other)
    with pytest.raises(InvalidInput, match="neither an IP address nor a network"):
        Screen(Filters(ip_addresses=("10.0.0.300",)))


@pytest.mark.parametrize(("event", "taken"), [
    ({"request": {"url": "http://localhost:3000/cart"}}, True),
    ({"request": {"url": "http://127.0.0.1/"}}, True),
    ({"request": {"url": "http://[::1]:8000/"}}, True),
    ({"request": {"url": "http://shop.localhost/"}}, True),
    ({"user": {"ip_address": "127.0.0.1"}}, True),
    ({"request": {"url": "https://localhost.example.org/"}}, False),
    ({"request": {"url": "https://example.org/?next=http://localhost/"}}, False),
    ({"request": {"url": "http://[broken"}}, False),
    ({}, False),
])  # fmt: skip
def test_localhost(event, taken):
    assert reason(Filters(localhost=True), event) == ("localhost" if taken else "")


@pytest.mark.parametrize(("user_agent", "taken"), [
    ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", True),
    ("Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", True),
    ("facebookexternalhit/1.1", True),
    ("Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)", True),
    ("SomeNewCrawler/1.0", True),
    (CHROME, False),
    ("Mozilla/5.0 (X11; CUBOT Note 7) Chrome/99 Mobile", False),
    ("sentry.python/2.1.0", False),
    ("", False),
])  # fmt: skip
def test_crawlers(user_agent, taken):
    assert reason(Filters(web_crawlers=True), {}, user_agent=user_agent) == ("web-crawlers" if taken else "")
    event = {"request": {"headers": [["User-Agent", user_agent or CHROME]]}}
    assert reason(Filters(web_crawlers=True), event) == ("web-crawlers" if taken else ""), "the event's own header wins"


@pytest.mark.parametrize(("user_agent", "name"), [
    ("Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1)", "ie_pre_9"),
    ("Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; Trident/5.0)", "ie9"),
    ("Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; Trident/6.0)", "ie10"),
    ("Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko", "ie11"),
    ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_6_8) AppleWebKit/534.57.5 (KHTML, like Gecko) Version/5.1.7 Safari/534", "safari_pre_6"),
    ("Opera/9.80 (Windows NT 6.1; WOW64) Presto/2.12.388 Version/12.18", "opera_pre_15"),
    ("Opera/9.80 (J2ME/MIDP; Opera Mini/7.0.32796/59.323; U; fr) Presto/2.12.423 Version/12.16", "opera_mini_pre_8"),
    ("Mozilla/5.0 (Linux; U; Android 2.3.5; en-us) AppleWebKit/533.1 (KHTML, like Gecko) Version/4.0 Mobile Safari/533.1", "android_pre_4"),
    ("Mozilla/5.0 (Windows NT) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/64.0.3282.140 Safari/537.36 Edge/18.17763", "edge_pre_79"),
])  # fmt: skip
def test_legacy_browsers(user_agent, name):
    from seiche.normalize.filters.browsers import LEGACY

    assert reason(Filters(legacy_browsers=(name,)), {}, user_agent=user_agent) == "legacy-browsers"
    assert not reason(Filters(legacy_browsers=tuple(LEGACY)), {}, user_agent=CHROME)
    assert not reason(Filters(legacy_browsers=tuple(set(LEGACY) - {name})), {}, user_agent=user_agent)


def test_an_unknown_browser_is_refused():
    with pytest.raises(InvalidInput, match="netscape"):
        Screen(Filters(legacy_browsers=("netscape",)))


@pytest.mark.parametrize(("event", "taken"), [
    (thrown("TypeError", "x", stacktrace={"frames": [{"abs_path": "/app.js"}, {"abs_path": "chrome-extension://a/x.js"}]}), True),
    (thrown("Error", "Extension context invalidated."), True),
    (thrown("Error", "fb_xd_fragment"), True),
    (thrown("TypeError", "x", stacktrace={"frames": [{"abs_path": "https://shop/app.js"}]}), False),
    ({**thrown("Error", "fb_xd_fragment"), "platform": "python"}, False),
])  # fmt: skip
def test_browser_extensions(event, taken):
    assert reason(Filters(browser_extensions=True), event) == ("browser-extensions" if taken else "")


@pytest.mark.parametrize(("csp", "taken"), [
    ({"blocked_uri": "about"}, True),
    ({"blocked-uri": "chrome-extension://abc"}, True),
    ({"blocked_uri": "https://evil.example", "source_file": "moz-extension://x/y.js"}, True),
    ({"blocked_uri": "http://localhost:1234/x"}, True),
    ({"blocked_uri": "https://evil.example/about"}, False),
    ({"blocked_uri": "self"}, False),
    ([], False),
])  # fmt: skip
def test_reports_about_policies(csp, taken):
    assert reason(Filters(invalid_csp=True), {"csp": csp, "type": "csp"}) == ("invalid-csp" if taken else "")


def test_without_filters_nothing_is_looked_at():
    assert not Filters().any
    assert not Screen(Filters()).reason_of(b"this is no JSON", client_ip="", user_agent="")


@pytest.mark.parametrize("body", [
    b'{"exception": 3, "message": ["x"], "request": [], "user": 1, "release": {"a": 1}}',
    b'{"exception": {"values": [null, {"stacktrace": {"frames": [null, {}]}}]}, "request": {"headers": [["User-Agent"], 3, [1, 2]]}}',
    b'{"request": {"headers": {"user-agent": ["a", "b"]}, "url": NaN}, "message": "\\ud800"}',
    b'{"exception": [], "logentry": [], "csp": {"blocked_uri": {}}}',
])  # fmt: skip
def test_odd_shapes_pass(body):
    filters = Filters(
        error_messages=("nothing",), releases=("none",), browser_extensions=True, legacy_browsers=("ie9",), localhost=True,
        web_crawlers=True, ip_addresses=("10.0.0.0/8",), invalid_csp=True,
    )  # fmt: skip
    assert Screen(filters).reason_of(body, client_ip="", user_agent="") == ""
    assert glance(body) is not None
