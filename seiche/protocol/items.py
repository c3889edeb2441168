"""The item types of an envelope: Sentry's data category of each, and what we do with it."""

import re
from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from typing import Any

import msgspec


class Disposition(StrEnum):
    """What becomes of an item."""

    KEEP = "keep"
    """An event: a record of the log that becomes part of an issue."""
    ITEM = "item"
    """A record of the log of its own kind, read by type (docs/architecture.md, "Items")."""
    REPORT = "report"
    """What a browser reported by itself: becomes an event."""
    TALLY = "tally"
    """A client report: its numbers join the outcomes."""
    COUNT = "count"
    """Known to Sentry, not kept by us: answered 2xx, left out, counted under its category."""
    SKIP = "skip"
    """Unknown, or internal to Sentry's servers: left out and counted."""


CATEGORY: dict[str, str] = {
    "event": "error",
    "attachment": "attachment",
    "user_report": "feedback",
    "feedback": "feedback",
    "session": "session",
    "sessions": "session",
    "client_report": "internal",
    "check_in": "monitor",
    "raw_security": "security",
    "security": "security",
    "nel": "security",
    "transaction": "transaction",
    "span": "span",
    "otel_span": "span",
    "profile": "profile",
    "profile_chunk": "profile",
    "profile_chunk_ui": "profile",
    "replay_event": "replay",
    "replay_recording": "replay",
    "replay_video": "replay",
    "log": "log_item",
    "statsd": "metric_bucket",
    "metric_buckets": "metric_bucket",
    "trace_metric": "metric_bucket",
}
"""Sentry's data category by item type, as SDKs and `X-Sentry-Rate-Limits` name it."""

KEPT_ITEMS = frozenset({"session", "sessions", "user_report", "feedback", "attachment"})
REPORTS = frozenset({"raw_security", "security", "nel"})
MOST_OF_A_TYPE = 100
"""Of each of `KEPT_ITEMS` in one envelope, as Sentry's relay takes them."""
UNKNOWN_CATEGORY = "default"
REPORT_BYTES, REPORT_ENTRIES = 100 << 10, 100
"""Of one client report: Sentry's relay takes no larger ones."""
QUANTITY_LIMIT = 1_000_000_000
UNREADABLE = "invalid_client_report"
_LISTS = ("discarded_events", "rate_limited_events", "filtered_events", "filtered_sampling_events")
_WORD = re.compile(r"[a-z0-9_.:\-]{1,64}")


def category(item_type: str) -> str:
    """The data category of an item type; `default` of unknown ones, which SDKs count as errors when they are limited."""
    return CATEGORY.get(item_type, UNKNOWN_CATEGORY)


def disposition(item_type: str) -> Disposition:
    """What becomes of an item of this type."""
    if item_type == "event":
        return Disposition.KEEP
    if item_type in KEPT_ITEMS:
        return Disposition.ITEM
    if item_type in REPORTS:
        return Disposition.REPORT
    if item_type == "client_report":
        return Disposition.TALLY
    return Disposition.COUNT if item_type in CATEGORY else Disposition.SKIP


UNWANTED_SECONDS = 3600
LIMITED_AS: dict[str, tuple[str, ...]] = {
    "profile": ("profile", "profile_chunk"),
    "log_item": ("log_item", "log_byte"),
    "metric_bucket": ("metric_bucket", "trace_metric"),
}
"""SDKs of one category that call it by several names."""
NEVER_LIMITED = frozenset({UNKNOWN_CATEGORY, "error", "internal", "security", "attachment", "session", "feedback"})
"""An empty list of categories, or `default`, would stop errors as well."""


def unwanted(categories: Iterable[str]) -> str:
    """`X-Sentry-Rate-Limits` that asks the SDK not to send these for an hour; "" where there is nothing to ask."""
    names = [name for one in sorted(categories) if one not in NEVER_LIMITED for name in LIMITED_AS.get(one, (one,))]
    return f"{UNWANTED_SECONDS}:{';'.join(names)}:organization:unsupported" if names else ""


def client_report(payload: bytes | memoryview) -> list[tuple[str, str, int]]:
    """`(category, reason, quantity)` of what the SDK threw away, equal ones added up. Never raises.

    Quantities are approximate by Sentry's contract, so an entry that cannot be read is left out; a report that cannot be read,
    or holds more than it may, adds `("internal", "invalid_client_report", 1)`, so that it is counted and not swallowed.
    """
    tree = _decoded(payload)
    entries = [entry for name in _LISTS if isinstance(tree.get(name), list) for entry in tree[name]] if tree is not None else []
    found: Counter[tuple[str, str]] = Counter()
    for entry in entries[:REPORT_ENTRIES]:
        if not isinstance(entry, dict):
            continue
        quantity = entry.get("quantity")
        if not isinstance(quantity, int) or isinstance(quantity, bool) or not 0 < quantity <= QUANTITY_LIMIT:
            continue
        found[_word(entry.get("category"), UNKNOWN_CATEGORY), _word(entry.get("reason"), "unknown")] += quantity
    if tree is None or len(entries) > REPORT_ENTRIES:
        found["internal", UNREADABLE] += 1
    return [(kind, reason, quantity) for (kind, reason), quantity in found.items()]


def _decoded(payload: bytes | memoryview) -> dict[str, Any] | None:
    if len(payload) > REPORT_BYTES:
        return None
    try:
        tree = msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return tree if isinstance(tree, dict) else None


def _word(value: Any, otherwise: str) -> str:
    """A short key for counters; anything else could be as many keys as there are strings."""
    found = value.lower() if isinstance(value, str) else ""
    return found if _WORD.fullmatch(found) else otherwise
