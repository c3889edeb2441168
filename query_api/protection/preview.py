"""What changed filters would have dropped: the filters themselves, on the newest accepted events as bronze has them. Touches nothing.

Silver has no user agents, addresses or URLs, so payloads are opened (docs/adr/0014); hence the bounds on how many, and on the time.
"""

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from lake.recent import Accepted, newest
from query_api.protection.schemas import FilterPreview, PreviewIssue, PreviewRequest, PreviewSample
from query_api.protection.service import filters_of
from query_api.state import ApiState
from query_api.times import moment, now_us
from seiche.errors import InvalidInput, StoreUnavailable
from seiche.normalize.filters import Glance, Screen, glance
from seiche.query.scope import Scope
from seiche.registry import issue_queries, project_queries
from seiche.registry.engine import read
from seiche.registry.tables import Issue

MOST_EVENTS: Final = 20_000
MOST_SECONDS: Final = 15.0
MOST_ISSUES: Final = 20
MOST_SAMPLES: Final = 3
TEXT_CHARACTERS: Final = 300


@dataclass
class _Dropped:
    """Of one issue."""

    number: int = 0
    samples: list[PreviewSample] = field(default_factory=list)


def preview(api: ApiState, scope: Scope, slug: str, asked: PreviewRequest) -> FilterPreview:
    """Raises `InvalidInput` where a filter cannot be used, `StoreUnavailable` where bronze does not answer."""
    screen = Screen(filters_of(asked.filters))
    with read(api.engine) as session:
        project_id = project_queries.find(session, scope.project_ids, slug).id
    deadline = time.monotonic() + MOST_SECONDS
    looked_at, complete = 0, True
    reasons: Counter[str] = Counter()
    dropped: dict[str, tuple[Accepted, str, str]] = {}
    for event in newest(api.settings.lake_url, project_id, days=asked.days, now_us=now_us()):
        if looked_at >= MOST_EVENTS or time.monotonic() > deadline:
            complete = False
            break
        looked_at += 1
        try:
            seen = glance(event.payload, client_ip=event.client_ip, user_agent=event.user_agent)
        except InvalidInput:
            continue  # ingest let it pass too: normalising says what is wrong with it
        if reason := screen.reason(seen):
            reasons[reason] += 1
            dropped[event.event_id] = (event, reason, _said(seen))
    return FilterPreview(
        days=asked.days,
        looked_at=looked_at,
        complete=complete,
        would_drop=reasons.total(),
        by_reason=dict(reasons),
        issues=_by_issue(api, scope, project_id, slug, dropped),
    )


def _by_issue(api: ApiState, scope: Scope, project_id: int, slug: str, dropped: dict[str, tuple[Accepted, str, str]]) -> list[PreviewIssue]:
    try:
        issue_of = api.gateway.issues_of(scope, project_id, list(dropped))
    except StoreUnavailable:
        issue_of = {}  # the numbers stand without
    found: dict[int | None, _Dropped] = {}
    for event_id, (event, reason, text) in dropped.items():
        entry = found.setdefault(issue_of.get(event_id), _Dropped())
        entry.number += 1
        if len(entry.samples) < MOST_SAMPLES:
            entry.samples.append(PreviewSample(event_id=event_id, received_at=moment(event.received_at_us), reason=reason, text=text))
    most = sorted(found.items(), key=lambda item: -item[1].number)[:MOST_ISSUES]
    with read(api.engine) as session:
        issues = {one.id: one for one in issue_queries.by_ids(session, project_id, [known for known, _ in most if known is not None])}
    return [_view(slug, issues.get(issue_id or 0), entry) for issue_id, entry in most]


def _view(slug: str, issue: Issue | None, entry: _Dropped) -> PreviewIssue:
    return PreviewIssue(
        issue_id=str(issue.id) if issue else None,
        short_id=f"{slug.upper()}-{issue.number}" if issue else "",
        title=issue.title if issue else "Events that analytics do not know (any more)",
        would_drop=entry.number,
        samples=entry.samples,
    )


def _said(seen: Glance) -> str:
    text = seen.texts[-1] if seen.texts else ""
    return text if len(text) <= TEXT_CHARACTERS else text[: TEXT_CHARACTERS - 1] + "…"
