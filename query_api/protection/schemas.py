"""Shapes of protection. See docs/protection.md."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from query_api.schemas import Schema

CategoryName = Literal["error", "attachment", "session", "feedback", "security", "monitor", "default"]
LegacyBrowser = Literal[
    "ie_pre_9", "ie9", "ie10", "ie11", "safari_pre_6", "opera_pre_15", "opera_mini_pre_8", "android_pre_4", "edge_pre_79"
]
Grouping = Literal["reason", "category", "key"]


class LimitBody(Schema):
    """At most `quantity` in each window of the clock (UTC); what is beyond is refused with 429."""

    quantity: int = Field(ge=0, le=10**15)
    """0 refuses everything."""
    window: Literal["minute", "hour", "day", "month"]
    unit: Literal["events", "bytes"] = "events"
    categories: list[CategoryName] = Field(default=["error"], max_length=10)
    """Counted together; empty: all."""


class Limits(Schema):
    limits: list[LimitBody] = Field(max_length=20)


class Key(Schema):
    public_key: str
    label: str
    active: bool
    dsn: str
    limits: list[LimitBody]
    """Of this key alone."""
    created_at: datetime


class KeyPatch(Schema):
    label: str | None = Field(default=None, max_length=64)
    active: bool | None = None
    limits: list[LimitBody] | None = Field(default=None, max_length=20)


class SpikeBody(Schema):
    enabled: bool = False
    project_per_minute: int = Field(default=600, ge=0, le=10**9)
    first_per_problem: int = Field(default=60, ge=1, le=10**6)


class FiltersBody(Schema):
    error_messages: list[str] = Field(default=[], max_length=200)
    releases: list[str] = Field(default=[], max_length=200)
    ip_addresses: list[str] = Field(default=[], max_length=200)
    browser_extensions: bool = False
    legacy_browsers: list[LegacyBrowser] = Field(default=[], max_length=9)
    localhost: bool = False
    web_crawlers: bool = False
    invalid_csp: bool = False


class ScrubRuleBody(Schema):
    """Within the values that `source` selects, `method` is done to what `pattern` matches; to whole values where it is empty."""

    source: str = Field(min_length=1, max_length=500)
    pattern: str = Field(default="", max_length=1000)
    method: Literal["replace", "mask", "hash", "remove"] = "replace"
    replacement: str = Field(default="[Filtered]", max_length=200)


class Scrubbing(Schema):
    safe_fields: list[str] = Field(default=[], max_length=100)
    """Names whose values are never hidden."""
    ip_addresses: bool = False
    """Hide visitors' addresses as well."""
    rules: list[ScrubRuleBody] = Field(default=[], max_length=50)
    """The project's own, after the default ones."""


class Protection(Schema):
    """A project's protection as it is in force."""

    limits: list[LimitBody]
    spike: SpikeBody
    filters: FiltersBody
    scrubbing: Scrubbing
    version: int
    """Of the project's configuration."""


class ProtectionPatch(Schema):
    """What is left out stays as it is."""

    limits: list[LimitBody] | None = Field(default=None, max_length=20)
    spike: SpikeBody | None = None
    filters: FiltersBody | None = None
    scrubbing: Scrubbing | None = None


class PreviewRequest(Schema):
    filters: FiltersBody
    days: int = Field(default=7, ge=1, le=30)


class PreviewSample(Schema):
    event_id: str
    received_at: datetime
    reason: str
    text: str
    """What its message or exception says: what globs are compared with."""


class PreviewIssue(Schema):
    """Events of one issue that the filters would have dropped."""

    issue_id: str | None
    """Null: analytics do not know (or no longer know) these events."""
    short_id: str
    title: str
    would_drop: int
    samples: list[PreviewSample]


class FilterPreview(Schema):
    days: int
    looked_at: int
    """How many accepted events the filters were tried on, newest days first."""
    complete: bool
    """Whether these were all of those days."""
    would_drop: int
    by_reason: dict[str, int]
    issues: list[PreviewIssue]
    """Those that would lose most first; twenty at most."""


class OutcomeRow(Schema):
    outcome: str
    reason: str
    """Empty where it is not asked for."""
    category: str
    key: str
    key_label: str
    total: int
    quantities: list[int]
    """One a bucket."""


class Outcomes(Schema):
    """received = stored + duplicate + filtered + rate_limited + invalid; `client_discard` is what SDKs never sent, outside the sum."""

    since: datetime
    until: datetime
    interval_seconds: int
    buckets: list[datetime]
    rows: list[OutcomeRow]


class ErasureRequest(Schema):
    """A person or some events, one of the two."""

    user: str = Field(default="", max_length=500)
    """`id:42`, `email:ada@example.org`, `username:ada` or `ip_address:203.0.113.9`, as the events say."""
    event_ids: list[str] = Field(default=[], max_length=10_000)


class ErasureView(Schema):
    """What became of one request. Once it is through, whom it was about is not kept."""

    id: str
    about: str
    """Whom or what; empty once it is through."""
    state: Literal["queued", "running", "erased", "done"]
    """erased: every table has it; done: no older file of the lake holds the data either."""
    hours_left: int
    events: int
    files: int
    feedback: int
    actor: str
    created_at: datetime
    erased_at: datetime | None
    done_at: datetime | None


class Erasures(Schema):
    items: list[ErasureView]
    """Newest first; fifty at most."""
