"""Browsers' own reports become events, grouped by what was violated and the host that was blocked."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seiche.errors import InvalidInput
from seiche.protocol.security import MOST_REPORTS, blocked_host, events

CSP = {
    "csp-report": {
        "document-uri": "https://shop.example.com/cart",
        "referrer": "https://shop.example.com/",
        "violated-directive": "script-src-elem",
        "effective-directive": "script-src-elem",
        "blocked-uri": "https://evil.example.net/x.js",
        "original-policy": "default-src 'self'",
    }
}
MODERN = {
    "type": "csp-violation",
    "age": 10,
    "url": "https://shop.example.com/cart",
    "user_agent": "Firefox",
    "body": {"blockedURL": "inline", "effectiveDirective": "style-src-attr", "documentURL": "https://shop.example.com/cart"},
}
NEL = {"type": "network-error", "url": "https://shop.example.com/a", "body": {"type": "dns.name_not_resolved", "server_ip": ""}}
EXPECT_CT = {"expect-ct-report": {"hostname": "shop.example.com", "port": 443}}
HPKP = {"hostname": "shop.example.com", "known-pins": ["pin-sha256=x"], "date-time": "2026-11-25T00:00:00Z"}


def one(report, **more):
    (event,) = events(json.dumps(report).encode(), **more)
    return json.loads(event)


@pytest.mark.parametrize(
    ("report", "fingerprint", "message"),
    [
        (CSP, ["csp", "script-src-elem", "evil.example.net"], "Blocked script-src-elem from evil.example.net"),
        (MODERN, ["csp", "style-src-attr", "inline"], "Blocked style-src-attr from inline"),
        ([MODERN], ["csp", "style-src-attr", "inline"], "Blocked style-src-attr from inline"),
        (NEL, ["nel", "dns.name_not_resolved", "shop.example.com"], "Network error dns.name_not_resolved at shop.example.com"),
        (EXPECT_CT, ["expectct", "expectct", "shop.example.com"], "Expect-CT failed for shop.example.com"),
        (HPKP, ["hpkp", "hpkp", "shop.example.com"], "Public key pinning failed for shop.example.com"),
    ],
)
def test_each_kind(report, fingerprint, message):
    event = one(report)
    assert (event["fingerprint"], event["logentry"]["message"], event["type"]) == (fingerprint, message, fingerprint[0])


def test_what_an_event_keeps_of_a_report():
    event = one(CSP, told={"release": "shop@1", "environment": ""}, user_agent="Chrome")
    assert event["request"] == {
        "url": "https://shop.example.com/cart",
        "headers": [["User-Agent", "Chrome"], ["Referer", "https://shop.example.com/"]],
    }
    assert event["extra"]["report"] == CSP["csp-report"]
    assert event["tags"] == {"effective-directive": "script-src-elem", "blocked-uri": "https://evil.example.net/x.js"}
    assert event["release"] == "shop@1"
    assert "environment" not in event


@pytest.mark.parametrize(
    ("uri", "host"),
    [
        ("https://shop.example.com/x.js", "self"),
        ("", "self"),
        ("self", "self"),
        ("eval", "eval"),
        ("data", "data"),
        ("data:text/html,x", "data"),
        ("blob:https://x", "blob"),
        ("https://EVIL.net:8443/a?b", "evil.net"),
        ("http://[bad", "invalid"),
    ],
)
def test_blocked_hosts(uri, host):
    assert blocked_host(uri, "https://shop.example.com/cart") == host


def test_several_reports_are_several_events():
    assert len(events(json.dumps([MODERN, NEL, {"type": "deprecation", "body": {}}]).encode())) == 2


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"x",
        b"[]",
        b"{}",
        b"7",
        b'{"csp-report": 7}',
        b'{"csp-report":"\xff"}',
        b"[" * 5000,
        json.dumps([MODERN] * (MOST_REPORTS + 1)).encode(),
    ],
)
def test_what_is_no_report_is_refused(raw):
    with pytest.raises(InvalidInput):
        events(raw)


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["document-uri", "blocked-uri", "effective-directive", "referrer"]), junk))
def test_arbitrary_reports_never_raise(report):
    event = one({"csp-report": report})
    assert event["fingerprint"][0] == "csp"
    assert all(isinstance(part, str) and part for part in event["fingerprint"])
