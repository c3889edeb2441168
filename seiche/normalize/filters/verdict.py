"""A configuration's filters, compiled, and what they say of an event. The reasons are Sentry's own names for its filters."""

import ipaddress
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from seiche.errors import InvalidInput
from seiche.model.protection import Filters
from seiche.normalize.filters import browsers, globs
from seiche.normalize.filters.glance import Glance, glance

IP_ADDRESS: Final = "ip-address"
RELEASE: Final = "release-version"
ERROR_MESSAGE: Final = "error-message"
BROWSER_EXTENSIONS: Final = "browser-extensions"
LEGACY_BROWSERS: Final = "legacy-browsers"
LOCALHOST: Final = "localhost"
WEB_CRAWLERS: Final = "web-crawlers"
INVALID_CSP: Final = "invalid-csp"

_JAVASCRIPT = frozenset({"javascript", "node", ""})
_LOCAL_ADDRESSES = frozenset({"127.0.0.1", "::1"})
_NOT_THE_SITE: Final = (
    "about", "data", "blob", "chrome", "chrome-extension", "moz-extension", "safari-extension", "safari-web-extension",
    "ms-browser-extension", "mbinit", "mx", "gsa", "tmtbff", "webviewprogressproxy", "mxaddonspkg", "file", "localhost", "127.0.0.1",
)  # fmt: skip
"""Schemes and hosts in reports about a content security policy that no site can do anything about."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Screen:
    """Any number of threads may use one. Raises `InvalidInput` naming what of the filters is not usable."""

    def __init__(self, filters: Filters) -> None:
        self._messages = globs.compiled(filters.error_messages)
        self._releases = globs.compiled(filters.releases)
        self._networks = tuple(network(text) for text in filters.ip_addresses)
        for name in filters.legacy_browsers:
            if name not in browsers.LEGACY:
                known = ", ".join(browsers.LEGACY)
                raise InvalidInput(f"there is no legacy browser {name[:40]!r}; there are {known}", reason="invalid_filter")
        legacy = filters.legacy_browsers
        checks: list[tuple[str, bool, Callable[[Glance], bool]]] = [
            (IP_ADDRESS, bool(self._networks), self._is_unwanted_address),
            (RELEASE, bool(self._releases), lambda seen: bool(seen.release) and globs.matches(self._releases, seen.release)),
            (LOCALHOST, filters.localhost, _is_local),
            (WEB_CRAWLERS, filters.web_crawlers, lambda seen: browsers.is_crawler(seen.user_agent)),
            (LEGACY_BROWSERS, bool(legacy), lambda seen: browsers.is_legacy(seen.user_agent, legacy)),
            (INVALID_CSP, filters.invalid_csp, lambda seen: any(map(_is_noise, seen.csp))),
            (BROWSER_EXTENSIONS, filters.browser_extensions, _is_of_extension),
            (ERROR_MESSAGE, bool(self._messages), lambda seen: any(globs.matches(self._messages, text) for text in seen.texts)),
        ]
        self._checks = tuple((reason, check) for reason, wanted, check in checks if wanted)

    def reason(self, seen: Glance) -> str:
        """Why the event is not wanted: the first filter that says so; "" where it may pass."""
        return next((reason for reason, check in self._checks if check(seen)), "")

    def reason_of(self, body: bytes, *, client_ip: str, user_agent: str) -> str:
        """The same of an event's bytes. Raises `InvalidInput` where they are no event."""
        return self.reason(glance(body, client_ip=client_ip, user_agent=user_agent)) if self._checks else ""

    def _is_unwanted_address(self, seen: Glance) -> bool:
        address = _address(seen.client_ip)
        return address is not None and any(address in unwanted for unwanted in self._networks)


def network(text: str) -> Network:
    """`10.1.2.3`, `10.0.0.0/8`, `2001:db8::/32`. Raises `InvalidInput`."""
    try:
        return ipaddress.ip_network(text.strip(), strict=False)
    except ValueError as error:
        raise InvalidInput(
            f"{text[:60]!r} is neither an IP address nor a network such as 10.0.0.0/8 ({error})", reason="invalid_address"
        ) from error


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, ipaddress.IPv6Address) else found


def _is_local(seen: Glance) -> bool:
    if seen.user_ip in _LOCAL_ADDRESSES:
        return True
    host = _host(seen.url)
    return host in _LOCAL_ADDRESSES or host == "localhost" or host.endswith(".localhost")


def _host(url: str) -> str:
    try:
        return (urlsplit(url if "//" in url else f"//{url}").hostname or "").lower()
    except ValueError:
        return ""


def _is_of_extension(seen: Glance) -> bool:
    return seen.platform.lower() in _JAVASCRIPT and browsers.is_extension(seen.value, seen.sources)


def _is_noise(source: str) -> bool:
    """Blocked by the browser or an extension, not by the site's policy: `about:blank`, `chrome-extension://...`, a local address."""
    scheme, parted, _ = source.partition(":")
    return (bool(parted) and scheme.lower() in _NOT_THE_SITE) or source.lower() in _NOT_THE_SITE or _host(source) in _NOT_THE_SITE
