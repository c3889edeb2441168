"""What the query API answers and takes. Times are RFC 3339 UTC; ids of issues and projects are strings."""

from datetime import datetime
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Status = Literal["unresolved", "resolved", "ignored"]
Substatus = Literal["new", "ongoing", "regressed", "escalating", "reopened", ""]
Priority = Literal["high", "medium", "low"]
Sort = Literal["last_seen", "first_seen", "count", "users"]


class Schema(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Problem(Schema):
    """Every error's body."""

    detail: str
    code: str = "error"
    """Short and stable: not_found, invalid_query, unauthenticated, ..."""
    request_id: str = ""


class Credentials(Schema):
    email: str = Field(max_length=254)
    password: str = Field(max_length=1024)


class Me(Schema):
    email: str
    name: str
    organization: str
    role: str


class ProjectSummary(Schema):
    id: str
    slug: str
    name: str
    platform: str
    has_events: bool
    unresolved: int


class NewProject(Schema):
    name: str = Field(min_length=1, max_length=128)
    platform: str = "other"


class ProjectDetail(ProjectSummary):
    dsn: str
    retention_days: int
    scrub_defaults: bool
    sensitive_fields: list[str]
    grouping_version: int
    grouping_near: bool
    fingerprint_rules: str
    stack_rules: str
    created_at: datetime


class ProjectPatch(Schema):
    name: str | None = Field(default=None, min_length=1, max_length=128)
    retention_days: int | None = Field(default=None, ge=1, le=3650)
    scrub_defaults: bool | None = None
    sensitive_fields: list[str] | None = None
    grouping_version: int | None = Field(default=None, ge=1, le=2)
    """Events of both versions are matched after a change: no issue is split or made anew by it."""
    grouping_near: bool | None = None
    """Whether an unseen fingerprint may join an issue that is nearly the same."""
    fingerprint_rules: str | None = Field(default=None, max_length=50_000)
    stack_rules: str | None = Field(default=None, max_length=50_000)


class NewKey(Schema):
    label: str = Field(default="Default", max_length=64)


class IssueRow(Schema):
    id: str
    short_id: str
    title: str
    type: str
    value: str
    culprit: str
    level: str
    platform: str
    status: Status
    substatus: Substatus
    priority: Priority
    assignee: str
    """A member's mail address, a `#team`, or empty."""
    count: int
    users: int
    first_seen: datetime
    last_seen: datetime
    sparkline: list[int]
    """Events per hour by time of occurrence, the last 24 h, oldest first: 24 numbers."""


class IssuePage(Schema):
    items: list[IssueRow]
    next_cursor: str | None
    total: int
    """How many issues match, all pages together; counted as far as 10,000."""
    total_has_more: bool
    """There are more than `total`."""
    as_of: datetime | None
    """How fresh users and sparklines are (counts are live); null before any batch has run."""


class Component(Schema):
    name: str
    value: str


class RelatedIssue(Schema):
    """Another issue that a decision speaks of; empty texts where it is gone."""

    id: str
    short_id: str
    title: str
    score: float


class Compared(Schema):
    name: str
    value: float
    """0 to 1."""


class FingerprintDetail(Schema):
    """Why these events are one issue."""

    fingerprint: str
    rule: str
    score: float
    version: int
    components: list[Component]
    created_at: datetime
    needs: float | None
    """The score that a near-duplicate needs; null where nothing like it was looked for."""
    refused_rule: str
    """Of a new issue: why what came closest was not joined."""
    matched: str
    """The fingerprint that it was joined to, or that came closest."""
    closest: RelatedIssue | None
    """Of a new issue: what came closest and was not joined."""
    runner_up: RelatedIssue | None
    compared: list[Compared]


class IssueDetail(IssueRow):
    project: str
    """The project's slug."""
    first_release: str
    last_release: str
    first_event_id: str
    last_event_id: str
    fingerprints: list[FingerprintDetail]
    releases: list[str]
    environments: list[str]
    newest_release: str
    """The project's, which "this release" and "the next one" count from; empty where no event has named one."""
    priority_reason: str
    priority_by: str
    """Who chose the priority; empty where it is computed."""
    resolution: "ResolutionView | None"
    ignoring: "IgnoringView | None"
    as_of: datetime | None


class Resolve(Schema):
    """Where the fix is. Events that occurred before the resolution, or in a release before the fix, never reopen the issue."""

    how: Literal["now", "this_release", "next_release", "release", "commit"] = "now"
    release: str = Field(default="", max_length=250)
    """With `release`."""
    commit: str = Field(default="", max_length=64, pattern="^[0-9a-fA-F]{0,64}$")
    """With `commit`: it counts in the first release that holds it."""


class Ignore(Schema):
    """What ends it, whichever comes first; nothing does where all are empty."""

    until: AwareDatetime | None = None
    events: int | None = Field(default=None, ge=1, le=10_000)
    users: int | None = Field(default=None, ge=1, le=10_000)
    window_seconds: int | None = Field(default=None, ge=60, le=86_400)
    """`events` or `users` within it; without it, since the issue is ignored."""
    next_release: bool = False
    escalating: bool = False


class ResolutionView(Schema):
    how: Literal["now", "release", "next_release", "commit"]
    release: str
    """now: the newest the issue was seen in. release: the one with the fix. Else: the one that the next follows."""
    commit: str
    at: datetime


class IgnoringView(Ignore):
    at: datetime
    events_left: int | None
    """Of `events` without a window."""
    users_left: int | None


class IssuePatch(Schema):
    """What is left out stays as it is."""

    status: Status | None = None
    resolve: Resolve | None = None
    """With status resolved; without it, now."""
    ignore: Ignore | None = None
    """With status ignored; without it, for ever."""
    priority: Literal["high", "medium", "low", "computed"] | None = None
    assignee: str | None = Field(default=None, max_length=254)
    """A member's mail address, `me`, a `#team`, or empty for nobody."""
    reason: str = Field(default="", max_length=500)


class BulkPatch(IssuePatch):
    ids: list[str] = Field(min_length=1, max_length=500)


class BulkResult(Schema):
    changed: list[str]
    failed: dict[str, str]
    """id -> why."""


class EventRow(Schema):
    event_id: str
    received_at: datetime
    occurred_at: datetime
    title: str
    level: str
    release: str
    environment: str
    user: str


class EventPage(Schema):
    items: list[EventRow]
    next_cursor: str | None


class SymbolicationView(Schema):
    """What became of a minified or obfuscated frame."""

    resolved: bool
    code: str
    """debug_id, release, proguard; or why not: no_artifact_for_debug_id, file_not_in_release, no_token, ..."""
    text: str
    """The same as a sentence."""
    function: str
    """The frame as it was sent, where it was resolved."""
    module: str
    filename: str
    abs_path: str
    lineno: int | None
    colno: int | None


class FrameView(Schema):
    function: str
    module: str
    filename: str
    abs_path: str
    lineno: int | None
    colno: int | None
    in_app: bool
    context_line: str
    pre_context: list[str]
    post_context: list[str]
    vars: dict[str, Any]
    symbolication: SymbolicationView | None = None
    """Null: the frame is as it was sent, and nothing is to be resolved."""


class ExceptionView(Schema):
    """Chains are oldest first: the root cause first."""

    type: str
    value: str
    module: str
    handled: bool | None
    mechanism: str
    mechanism_data: dict[str, Any]
    """What else the mechanism tells: description, help link, signal, error numbers."""
    exception_id: int | None
    """In a tree of exceptions: `parent_id` is the one that holds this one, 0 is the outermost."""
    parent_id: int | None
    is_group: bool
    frames: list[FrameView]
    """Oldest first: the last one raised."""


class BreadcrumbView(Schema):
    timestamp: datetime | None
    type: str
    category: str
    level: str
    message: str
    data: dict[str, Any]


class UserView(Schema):
    id: str
    email: str
    username: str
    ip_address: str
    data: dict[str, Any]


class EventDetail(Schema):
    event_id: str
    project: str
    issue_id: str | None
    received_at: datetime
    occurred_at: datetime
    platform: str
    level: str
    logger: str
    transaction: str
    server_name: str
    release: str
    dist: str
    environment: str
    message: str
    title: str
    culprit: str
    exceptions: list[ExceptionView]
    thread_frames: list[FrameView]
    breadcrumbs: list[BreadcrumbView]
    tags: list[tuple[str, str]]
    user: UserView
    request: dict[str, Any]
    contexts: dict[str, Any]
    extra: dict[str, Any]
    modules: dict[str, str]
    sdk: str
    remarks: list[str]
    older_event_id: str | None
    newer_event_id: str | None
    navigation_available: bool = True
    """False: analytics do not answer, so the neighbours are unknown, not absent."""


class AttachmentView(Schema):
    """A file of an event. Its bytes: the same path with the id behind."""

    id: str
    name: str
    content_type: str
    attachment_type: str
    """Sentry's: event.attachment, event.minidump, event.view_hierarchy, ..."""
    size: int
    sha256: str
    received_at: datetime


class FeedbackEntry(Schema):
    """What a user said."""

    id: str
    kind: Literal["user_report", "feedback"]
    event_id: str
    """The event it speaks about; empty where it names none."""
    issue_id: str | None
    """None: it names no event, or the event is not known (yet)."""
    name: str
    email: str
    message: str
    url: str
    received_at: datetime


class FeedbackPage(Schema):
    items: list[FeedbackEntry]
    next_cursor: str | None


class TagValue(Schema):
    value: str
    count: int


class TagSummary(Schema):
    key: str
    total: int
    values: list[TagValue]
    """Most frequent first, ten at most."""


class ActivityEntry(Schema):
    id: int
    kind: str
    actor: str
    reason: str
    data: dict[str, Any]
    at: datetime
    issue_id: str | None


class OutcomeSeries(Schema):
    outcome: str
    reason: str
    quantities: list[int]


class Accounting(Schema):
    received: int
    stored: int
    duplicates: int
    filtered: int
    rate_limited: int
    invalid: int
    pending: int
    """Accepted, not yet in silver."""
    unexplained: int = 0
    """Received, in no other column, and nothing is waiting: a fault. 0 always, if Seiche works."""


class ProjectStats(Schema):
    since: datetime
    interval_seconds: int
    buckets: list[datetime]
    series: list[OutcomeSeries]
    totals: Accounting
    reasons: dict[str, int]
    """Refusals by `outcome/reason`."""
    as_of: datetime | None


class ActionView(Schema):
    channel: Literal["mail", "webhook"]
    target: str = Field(max_length=512)
    secret: str = ""
    """Made by the server for webhooks and shown once, at creation."""


class AlertRuleBody(Schema):
    name: str = Field(min_length=1, max_length=128)
    triggers: list[Literal["new_issue", "regression", "escalating", "unignored", "assigned", "frequency", "users", "event"]] = Field(
        min_length=1
    )
    levels: list[str] = []
    environments: list[str] = []
    events: int = Field(default=0, ge=0, le=10_000)
    """With `frequency`: fires at an issue's Nth event within the window, then counts anew."""
    users: int = Field(default=0, ge=0, le=10_000)
    """With `users`: fires when an issue's Nth different user meets it within the window, then counts anew."""
    window_seconds: int = Field(default=3600, ge=60, le=86_400)
    cooldown_seconds: int = Field(default=0, ge=0, le=7 * 86400)
    actions: list[ActionView] = []
    enabled: bool = True


class RulePreviewIssue(Schema):
    id: str
    short_id: str
    title: str
    messages: int
    last_at: datetime


class RulePreview(Schema):
    """What the counting triggers of a rule would have sent."""

    since: datetime
    """How far back: seven days, or as far as the newest 100,000 events that pass the filters reach."""
    events: int
    """That pass the filters."""
    messages: int
    """Pauses are held; events of one quarter of a second may in truth share a message."""
    issues_total: int
    issues: list[RulePreviewIssue]
    """Most messages first, 20 at most."""


class AlertRuleView(AlertRuleBody):
    id: str
    fired: int
    last_error: str
