"""What surrounds an error: message, tags, user, request, breadcrumbs, contexts, extra, modules."""

import re
from typing import Any
from urllib.parse import urlencode

from seiche.model.event import Breadcrumb, User
from seiche.normalize import wire
from seiche.normalize.address import place, user_address
from seiche.normalize.times import timestamp_us
from seiche.normalize.values import mapping, pairs, text, tree

MESSAGE_LIMIT = 8192
TAG_LIMIT = 200
TAGS_LIMIT = 200
BREADCRUMBS_LIMIT = 100
CONTEXT_BYTES, EXTRA_BYTES, EXTRA_TOTAL_BYTES = 8192, 16384, 262144
BODY_BYTES, MODULES_BYTES = 8192, 8192
KNOWN = frozenset({"id", "email", "username", "ip_address"})
"""Of a user; all else is free-form."""
PLACEHOLDER = re.compile(r"%(?:\((\w+)\))?[-+ #0]*\d*(?:\.\d+)?[sdrifxX]|\{(\w*)\}|%%")


def message(event: "wire.Identity[Any]", remarks: list[str]) -> tuple[str, str]:
    """(formatted, template) of `logentry` or `message`, each a text or an object; the template is "" where it adds nothing."""
    entry = event.logentry if event.logentry is not None else event.message
    if not isinstance(entry, dict):
        return text(entry, MESSAGE_LIMIT, "message", remarks), ""
    template = text(entry.get("message"), MESSAGE_LIMIT, "message", remarks)
    formatted = text(entry.get("formatted"), MESSAGE_LIMIT, "message", remarks)
    if not formatted and template:
        formatted = text(_filled(template, entry.get("params")), MESSAGE_LIMIT, "message", remarks)
    return formatted, template if template != formatted else ""


def _filled(template: str, params: Any) -> str:
    """A template with its parameters in place; widths are left out, so that "%999999999d" costs nothing."""
    if not params or not isinstance(params, list | dict):
        return template
    rest = iter(params) if isinstance(params, list) else iter(())

    def value(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        name = found[1] or found[2]
        if isinstance(params, dict):
            return text(params[name], 1000) if name in params else found[0]
        try:
            return text(next(rest), 1000)
        except StopIteration:
            return found[0]

    return PLACEHOLDER.sub(value, template)


def tags(sent: Any, remarks: list[str]) -> tuple[tuple[str, str], ...]:
    """Each key once, the first wins; empty keys and null values are left out."""
    if sent is None:
        return ()
    found: dict[str, str] = {}
    for raw, value in pairs(sent):
        key = text(raw, TAG_LIMIT, "tags", remarks)
        if key and value is not None and key not in found:
            if len(found) >= TAGS_LIMIT:
                remarks.append(f"tags: more than {TAGS_LIMIT}, the rest is dropped")
                break
            found[key] = text(value, TAG_LIMIT, f"tags.{key}", remarks)
    return tuple(found.items())


def user(sent: Any, request: Any, platform: str, client_ip: str, geo: str, *, details: bool, remarks: list[str]) -> User:
    """Who was affected, and where, as looked up at accept; the SDK's own `geo` wins."""
    given = sent if isinstance(sent, dict) else {}
    env = request.get("env") if isinstance(request, dict) else None
    address = user_address(given.get("ip_address"), env.get("REMOTE_ADDR") if isinstance(env, dict) else None, platform, client_ip)
    rest: dict[str, Any] = {}
    if details:
        rest = {key: value for key, value in given.items() if key not in KNOWN}
        rest = tree(rest, CONTEXT_BYTES, "user", remarks) if rest else rest
        if geo and not rest.get("geo"):
            rest["geo"] = place(geo)
    known = {name: text(given.get(name), 128, f"user.{name}", remarks) for name in ("id", "email", "username")}
    return User(**known, ip_address=address, data=rest)


def request(sent: Any, remarks: list[str]) -> dict[str, Any]:
    """The HTTP request: headers, cookies and env as objects, the query as text, the body bounded."""
    if not isinstance(sent, dict):
        return {}
    found: dict[str, Any] = {}
    for name in ("url", "method"):
        if sent.get(name):
            found[name] = text(sent[name], 8192, f"request.{name}", remarks)
    if query := sent.get("query_string"):
        joined = query if isinstance(query, str) else urlencode([(text(a, 1024), text(b, 1024)) for a, b in pairs(query)])
        found["query_string"] = text(joined, 8192, "request.query_string", remarks)
    if data := sent.get("data"):
        found["data"] = tree(data, BODY_BYTES, "request.data", remarks)
    for name in ("headers", "cookies", "env"):
        if value := sent.get(name):
            found[name] = tree(value if isinstance(value, str) else mapping(value), BODY_BYTES, f"request.{name}", remarks)
    return found


def breadcrumbs(sent: Any, *, details: bool, remarks: list[str]) -> tuple[Breadcrumb, ...]:
    """The newest hundred, oldest first."""
    sent = sent.values if isinstance(sent, wire.Crumbs) else sent
    given: list[wire.Crumb] = [crumb for crumb in sent or () if crumb is not None]
    if len(given) > BREADCRUMBS_LIMIT:
        remarks.append(f"breadcrumbs: the oldest {len(given) - BREADCRUMBS_LIMIT} of {len(given)} dropped")
        given = given[-BREADCRUMBS_LIMIT:]
    return tuple([_breadcrumb(crumb, details=details, remarks=remarks) for crumb in given])


def _breadcrumb(sent: "wire.Crumb", *, details: bool, remarks: list[str]) -> Breadcrumb:
    said = text(sent.message, 1024, "breadcrumbs.message", remarks)
    if not details:
        return Breadcrumb(category=text(sent.category, 64), message=said)
    at = timestamp_us(sent.timestamp)
    data = sent.data if isinstance(sent.data, dict) else ({} if sent.data is None else {"data": sent.data})
    return Breadcrumb(
        at / 1_000_000 if at is not None else None,
        text(sent.type, 64) or "default",
        text(sent.category, 64),
        text(sent.level, 16) or "info",
        said,
        tree(data, 4096, "breadcrumbs.data", remarks) if data else {},
    )


def contexts(sent: Any, remarks: list[str]) -> dict[str, Any]:
    """Each context within its own bound."""
    given = mapping(sent) if sent else {}
    return {name: tree(value, CONTEXT_BYTES, f"contexts.{name}", remarks) for name, value in given.items() if value is not None}


def extras(sent: Any, remarks: list[str]) -> dict[str, Any]:
    """Each item within its own bound, all of them within theirs."""
    given = mapping(sent) if sent else {}
    bounded = {name: tree(value, EXTRA_BYTES, f"extra.{name}", remarks) for name, value in given.items()}
    found: dict[str, Any] = tree(bounded, EXTRA_TOTAL_BYTES, "extra", remarks, depth=9) if bounded else {}
    return found


def modules(sent: Any, remarks: list[str]) -> dict[str, str]:
    """Installed packages and their versions."""
    found = {name: text(version, 200) for name, version in (mapping(sent) if sent else {}).items()}
    bounded: dict[str, str] = tree(found, MODULES_BYTES, "modules", remarks) if found else {}
    return bounded
