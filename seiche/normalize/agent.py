"""Who made the request: browser, operating system and device out of a user agent, as contexts and as tags.

ua-parser's rules are data of this installation: the same text gives the same answer to every consumer of one version.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from seiche.normalize import wire
from seiche.normalize.values import mapping, pairs, text

AGENT_LIMIT = 1024
TAG_LIMIT: Final = 200
BROWSERS = frozenset({"javascript"})
"""Platforms that run in the browser itself: its connection's user agent is the event's, and its system is the event's."""
KINDS = ("browser", "os", "client_os", "device")
NOTHING: dict[str, dict[str, str]] = {}


def user_agent(request: Any, platform: str, connection_agent: str) -> str:
    """The one in the request's headers, whatever their shape; else the connection's, where the program runs in a browser."""
    headers = request.get("headers") if isinstance(request, dict) else None
    for name, value in pairs(headers) if headers else ():
        if name.__class__ is str and len(name) == len("user-agent") and name.lower() == "user-agent":
            first = next(iter(value), "") if isinstance(value, list) else value
            if found := text(first, AGENT_LIMIT):
                return found
    return connection_agent if platform in BROWSERS else ""


def told_by(agent: str, platform: str) -> dict[str, dict[str, str]]:
    """Contexts of a user agent. What runs on a server names its user's system `client_os`: `os` is its own."""
    if not agent:
        return NOTHING
    found = _parsed(agent)
    if "os" in found and platform not in BROWSERS:
        found = {"client_os" if name == "os" else name: value for name, value in found.items()}
    return found


def spoken(contexts: Any) -> dict[str, Any]:
    """What the SDK itself says of them, in either decoding of an event."""
    if isinstance(contexts, wire.Spoken):
        return {name: getattr(contexts, name) for name in KINDS}
    given = mapping(contexts) if contexts else {}
    return {name: given.get(name) for name in KINDS}


def with_agent(contexts: dict[str, Any], told: dict[str, dict[str, str]]) -> dict[str, Any]:
    """What the SDK says itself wins."""
    return contexts if not told else contexts | {name: value for name, value in told.items() if not contexts.get(name)}


def tags(contexts: dict[str, Any], given: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """`given`, and a tag for each of browser, os and device that it does not hold yet."""
    taken = {name for name, _ in given}
    return (*given, *((name, value) for name, value in _derived(contexts) if name not in taken))


def _derived(contexts: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for kind in KINDS[:3]:
        context = contexts.get(kind)
        if isinstance(context, dict) and (name := text(context.get("name"), TAG_LIMIT)):
            yield kind, text(f"{name} {text(context.get('version'), 64)}".strip(), TAG_LIMIT)
            yield f"{kind}.name", name
    device = contexts.get("device")
    if isinstance(device, dict):
        family = text(device.get("family"), TAG_LIMIT)
        if model := text(device.get("model"), TAG_LIMIT) or family:
            yield "device", model
        if family:
            yield "device.family", family


@lru_cache(maxsize=4096)
def _parsed(agent: str) -> dict[str, dict[str, str]]:
    """Never changed by its readers: 14 us the first time, a look-up after that."""
    import ua_parser  # 15 MB and 0.2 s, for processes that meet a user agent

    result = ua_parser.parse(agent)
    found: dict[str, dict[str, str]] = {}
    if (browser := result.user_agent) is not None:
        found["browser"] = _named(browser.family, _version(browser.major, browser.minor, browser.patch))
    if (system := result.os) is not None:
        found["os"] = _named(system.family, _version(system.major, system.minor, system.patch))
    if (device := result.device) is not None:
        told = {"family": device.family, "brand": device.brand, "model": device.model}
        found["device"] = {name: value for name, value in told.items() if value}
    return found


def _named(name: str, version: str) -> dict[str, str]:
    return {"name": name, "version": version} if version else {"name": name}


def _version(*parts: str | None) -> str:
    kept: list[str] = []
    for part in parts:
        if not part:
            break
        kept.append(part)
    return ".".join(kept)
