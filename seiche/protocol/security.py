"""What browsers report by themselves (CSP, Expect-CT, Expect-Staple, HPKP, NEL) -> events, one a report.

An event groups by kind, what was violated and the host that was blocked, so that one broken policy is one issue and not one a page.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from seiche.errors import InvalidInput

MOST_REPORTS = 100
TEXT_CHARACTERS = 2048
WRAPPED = {"csp-report": "csp", "expect-ct-report": "expectct", "expect-staple-report": "expectstaple"}
REPORTING_API = {"csp-violation": "csp", "network-error": "nel"}
SAYS = {
    "expectct": "Expect-CT failed for {host}",
    "expectstaple": "Expect-Staple failed for {host}",
    "hpkp": "Public key pinning failed for {host}",
    "nel": "Network error {what} at {host}",
}


def events(raw: bytes | memoryview, *, told: Mapping[str, str] | None = None, user_agent: str = "") -> list[bytes]:
    """Each report of a body as an event's JSON. `told`: release and environment from the address. Raises `InvalidInput`."""
    reports = _reports(raw)
    if not reports:
        raise InvalidInput(
            "the body holds no report that is known: csp-report, csp-violation, expect-ct-report, hpkp or NEL", reason="invalid_json"
        )
    return [msgspec.json.encode(_event(kind, report, agent or user_agent, told or {})) for kind, report, agent in reports]


def _reports(raw: bytes | memoryview) -> list[tuple[str, dict[str, Any], str]]:
    """(kind, report, user agent) of everything in a body that is a report."""
    try:
        str(raw, "utf-8")
        tree = msgspec.json.decode(raw)
    except (UnicodeDecodeError, msgspec.DecodeError, RecursionError) as error:
        raise InvalidInput(f"the report is not JSON: {error}", reason="invalid_json") from error
    found: list[tuple[str, dict[str, Any], str]] = []
    listed = tree if isinstance(tree, list) else [tree]
    if len(listed) > MOST_REPORTS:
        raise InvalidInput(f"the body holds more than {MOST_REPORTS} reports", reason="too_many_items")
    for one in listed:
        if not isinstance(one, dict):
            continue
        agent = _text(one.get("user_agent"))
        if (kind := REPORTING_API.get(_text(one.get("type")))) and isinstance(one.get("body"), dict):
            found.append((kind, {"url": one.get("url"), **one["body"]}, agent))
        elif name := next((name for name in WRAPPED if isinstance(one.get(name), dict)), None):
            found.append((WRAPPED[name], one[name], agent))
        elif "known-pins" in one or "served-certificate-chain" in one:
            found.append(("hpkp", one, agent))
    return found


def _event(kind: str, report: dict[str, Any], user_agent: str, told: Mapping[str, str]) -> dict[str, Any]:
    page = _first(report, "document-uri", "documentURL", "document_uri", "url")
    if kind == "csp":
        what = (
            _first(report, "effective-directive", "effectiveDirective", "violated-directive", "violatedDirective").split(" ")[0]
            or "unknown"
        )
        blocked = _first(report, "blocked-uri", "blockedURL", "blockedURI")
        host = blocked_host(blocked, page)
        title = f"Blocked {what} from {host}"
    else:
        what = _first(report, "type", "failure-mode", "response-status", "phase") or kind
        host = _first(report, "hostname", "server_name") or blocked_host(page, "") or "unknown"
        blocked, title = "", SAYS[kind].format(host=host, what=what)
    headers = [[name, value] for name, value in (("User-Agent", user_agent), ("Referer", _first(report, "referrer"))) if value]
    tags = {"effective-directive": what, "blocked-uri": blocked[:200]} if kind == "csp" else {"type": what[:200], "host": host[:200]}
    return {
        "type": kind,
        "logger": kind,
        "platform": "javascript",
        "level": "error" if kind != "nel" else "warning",
        "logentry": {"message": title},
        "transaction": page[:200],
        "fingerprint": [kind, what, host],
        "request": {"url": page, "headers": headers},
        "tags": {name: value for name, value in tags.items() if value},
        "extra": {"report": report},
        **{name: value for name, value in told.items() if value},
    }


def blocked_host(uri: str, page: str) -> str:
    """The host of what was blocked; `self` for the page's own, the word itself for `inline`, `eval`, `data` and their like."""
    try:
        found = urlsplit(uri)
        host = found.hostname or ""
        own = urlsplit(page).hostname or ""
    except ValueError:
        return "invalid"
    if not host:
        return (found.scheme or uri)[:100] or "self"
    return "self" if host == own else host[:253]


def _first(report: dict[str, Any], *names: str) -> str:
    return next((text for name in names if (text := _text(report.get(name)))), "")


def _text(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < 10**18 else ""
    return value[:TEXT_CHARACTERS] if isinstance(value, str) else ""
