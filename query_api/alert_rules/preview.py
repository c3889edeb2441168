"""A counting rule over the project's own history, before it is saved: the consumer's own counters, over what the hot tier holds."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from query_api.alert_rules.service import rule_of
from query_api.schemas import AlertRuleBody, RulePreview, RulePreviewIssue
from query_api.state import ApiState
from query_api.times import moment, now_us
from seiche.issues.counting import EventCounter, UserCounter
from seiche.model.alert import AlertRule, Trigger
from seiche.query.scope import Scope
from seiche.registry import issue_queries, project_queries
from seiche.registry.engine import read

DAYS = 7
DAY_US = 86_400_000_000
MOST_EVENTS = 100_000
"""The newest so many are looked at: `since` says how far back they reach."""
SHOWN = 20
Arrival = tuple[int, int, str]
"""(issue, received at, user)."""


def preview(api: ApiState, scope: Scope, slug: str, body: AlertRuleBody) -> RulePreview:
    """Raises `InvalidInput` where the rule could not be saved, `NotFound`, and `StoreUnavailable`."""
    rule = rule_of(body)
    with read(api.engine) as session:
        project = project_queries.find(session, scope.project_ids, slug)
    since_us = now_us() - DAYS * DAY_US
    filters = [(name, values) for name, values in (("level", rule.levels), ("environment", rule.environments)) if values]
    found = api.gateway.arrivals(scope, project.id, since_us, filters, MOST_EVENTS) if _counts(rule) else []
    if len(found) == MOST_EVENTS:
        since_us = found[0][1]
    fired = messages(rule, found)
    times = Counter(issue_id for issue_id, _ in fired)
    last = dict(fired)
    with read(api.engine) as session:
        issues = issue_queries.by_ids(session, project.id, [issue_id for issue_id, _ in times.most_common(SHOWN)])
    return RulePreview(
        since=moment(since_us),
        events=len(found),
        messages=len(fired),
        issues_total=len(times),
        issues=[
            RulePreviewIssue(
                id=str(issue.id),
                short_id=f"{slug.upper()}-{issue.number}",
                title=issue.title,
                messages=times[issue.id],
                last_at=moment(last[issue.id]),
            )
            for issue in issues
        ],
    )


def messages(rule: AlertRule, arrivals: Iterable[Arrival]) -> list[tuple[int, int]]:
    """(issue, when) of each message that the rule would have sent about these events, oldest first. Pure."""
    events = defaultdict[int, EventCounter](lambda: EventCounter(rule.events, rule.window_seconds))
    users = defaultdict[int, UserCounter](lambda: UserCounter(rule.users, rule.window_seconds))
    counted = [
        counters for trigger, counters in ((Trigger.FREQUENCY, events), (Trigger.USERS, users)) if trigger in rule.triggers
    ]  # fmt: skip
    sent: dict[int, int] = {}
    found: list[tuple[int, int]] = []
    for issue_id, at_us, user in arrivals:
        # Each counter counts, whatever another says or the pause holds back.
        reached = [counters[issue_id].add(at_us, user) for counters in counted]
        paused = issue_id in sent and at_us - sent[issue_id] < rule.cooldown_seconds * 1_000_000
        if any(reached) and not paused:
            sent[issue_id] = at_us
            found.append((issue_id, at_us))
    return found


def _counts(rule: AlertRule) -> bool:
    return not {Trigger.FREQUENCY, Trigger.USERS}.isdisjoint(rule.triggers)
