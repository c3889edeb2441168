"""Old browsers and crawlers, told by their user agents; errors that browser extensions cause, told by where they come from."""

import re
from collections.abc import Callable
from typing import Final

Version = tuple[int, int]


def _before(*families: str, version: Version) -> Callable[[str, Version], bool]:
    return lambda family, found: family in families and found < version


def _exactly(family: str, major: int) -> Callable[[str, Version], bool]:
    return lambda name, found: name == family and found[0] == major


LEGACY: Final[dict[str, Callable[[str, Version], bool]]] = {
    "ie_pre_9": _before("IE", version=(9, 0)),
    "ie9": _exactly("IE", 9),
    "ie10": _exactly("IE", 10),
    "ie11": _exactly("IE", 11),
    "safari_pre_6": _before("Safari", version=(6, 0)),
    "opera_pre_15": _before("Opera", version=(15, 0)),
    "opera_mini_pre_8": _before("Opera Mini", version=(8, 0)),
    "android_pre_4": _before("Android", version=(4, 0)),
    "edge_pre_79": _before("Edge", version=(79, 0)),
}
"""By the names that Sentry has for them."""

_CRAWLERS = re.compile(
    r"mediapartners-google|adsbot-google|google-?bot|feedfetcher-google|google-inspectiontool|storebot-google|googleother|apis-google|"
    r"bing(?:bot|preview)|adidxbot|baiduspider|yandex[a-z]*bot|duckduck(?:go-favicons-)?bot|applebot|petalbot|seznambot|bytespider|"
    r"slurp|sogou|ia_archiver|archive\.org_bot|facebookexternalhit|facebookcatalog|meta-external(?:agent|fetcher)|twitterbot|linkedinbot|"
    r"slack(?:bot|-imgproxy)|discordbot|telegrambot|whatsapp/|pinterest(?:bot)?/|embedly|"
    r"gptbot|oai-searchbot|chatgpt-user|claudebot|claude-web|anthropic-ai|perplexitybot|ccbot|cohere-ai|amazonbot|"
    r"ahrefsbot|semrushbot|mj12bot|dotbot|rogerbot|screaming frog|hubspot crawler|lyticsbot|aws security scanner|calypso appcrawler|"
    r"pingdom|uptimerobot|better uptime|statuscake|site24x7|chrome-lighthouse|headlesschrome/.*(?:bot|crawl)|"
    r"\b(?:[a-z0-9.-]*(?:(?<!cu)bot|crawler|spider))(?:[/);,+]|$)",
    re.IGNORECASE | re.ASCII,
)
_EXTENSION_SOURCES = re.compile(
    r"^(?:chrome|moz|safari|safari-web|ms-browser|opera)-extension://|^resource://|^chrome://|^extensions/|^webkit-masked-url:|"
    r"127\.0\.0\.1:4001/isrunning|webappstoolbarba\.texthelp\.com/|metrics\.itunes\.apple\.com\.edgesuite\.net/|"
    r"kaspersky-labs\.com/|graph\.facebook\.com|connect\.facebook\.net/en_US/all\.js|eatdifferent\.com\.woopra-ns\.com",
    re.IGNORECASE,
)
_EXTENSION_ERRORS = re.compile(
    r"top\.GLOBALS|originalCreateNotification|canvas\.contentDocument|MyApp_RemoveAllHighlights|tt\.epicplay\.com|"
    r"Can't find variable: ZiteReader|jigsaw is not defined|ComboSearch is not defined|loading\.retry\.widdit\.com|atomicFindClose|"
    r"fb_xd_fragment|bmi_SafeAddOnload|EBCallBackMessageReceived|conduitPage|_gCrWeb|plugin\.setSuspendState is not a function|"
    r"Extension context invalidated|(?:chrome|moz|safari|safari-web)-extension://|"
    r"Could not establish connection\. Receiving end does not exist|A listener indicated an asynchronous response by returning true",
    re.IGNORECASE,
)


def is_crawler(user_agent: str) -> bool:
    """Whether it says that it is one."""
    return bool(user_agent) and _CRAWLERS.search(user_agent) is not None


def is_legacy(user_agent: str, names: tuple[str, ...]) -> bool:
    """Whether it is one of the named browsers."""
    if not user_agent or not names:
        return False
    from ua_parser import parse_user_agent

    found = parse_user_agent(user_agent)
    if found is None:
        return False
    version = (_number(found.major), _number(found.minor))
    return any(LEGACY[name](found.family, version) for name in names if name in LEGACY)


def is_extension(value: str, sources: tuple[str, ...]) -> bool:
    """Whether an exception comes from a browser extension."""
    return any(_EXTENSION_SOURCES.search(source) for source in sources) or _EXTENSION_ERRORS.search(value) is not None


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 9 else 0
