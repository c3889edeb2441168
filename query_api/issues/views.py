"""Registry rows and rollup figures in the API's shapes."""

from collections.abc import Mapping

from query_api.gateway import SPARK_HOURS, Figures, Numbers
from query_api.schemas import Compared, Component, FingerprintDetail, IgnoringView, IssueRow, RelatedIssue, ResolutionView
from query_api.times import moment
from seiche.registry.counters import IGNORED, Terms
from seiche.registry.issues import standing
from seiche.registry.tables import FingerprintRow, Issue


def issue_row(issue: Issue, slug: str, figures: Figures, assignee: str = "", within: Numbers | None = None) -> IssueRow:
    """One row of the list; its numbers are those `within` a filter, where there is one."""
    return IssueRow.model_validate(
        {
            "id": str(issue.id),
            "short_id": f"{slug.upper()}-{issue.number}",
            "title": issue.title,
            "type": issue.type,
            "value": issue.value,
            "culprit": issue.culprit,
            "level": issue.level,
            "platform": issue.platform,
            "status": issue.status,
            "substatus": issue.substatus,
            "priority": issue.priority,
            "assignee": assignee,
            "count": within.count if within else issue.count,
            "users": figures.users.get(issue.id, 0),
            "first_seen": moment(within.first_us if within else issue.first_seen_us),
            "last_seen": moment(within.last_us if within else issue.last_seen_us),
            "sparkline": figures.sparklines.get(issue.id, [0] * SPARK_HOURS),
        }
    )


def related_ids(row: FingerprintRow) -> set[int]:
    """Other issues that the reason of a decision speaks of."""
    return {found for name in ("refused", "runner_up") if isinstance(found := row.evidence.get(name), int)}


def fingerprint(row: FingerprintRow, slug: str, related: Mapping[int, Issue]) -> FingerprintDetail:
    """Why events with it belong to the issue."""
    why = row.evidence
    refused = why.get("refused")
    return FingerprintDetail(
        fingerprint=row.fingerprint,
        rule=row.rule,
        score=row.score,
        version=row.version,
        components=[Component(name=str(name), value=str(value)) for name, value in row.components],
        created_at=moment(row.created_at_us),
        needs=why.get("needs"),
        refused_rule=why.get("rule", "") if refused is not None else "",
        matched=why.get("matched", ""),
        closest=_related(refused, why.get("score", 0.0), slug, related),
        runner_up=_related(why.get("runner_up"), why.get("runner_up_score", 0.0), slug, related),
        compared=[Compared(name=str(name), value=float(value)) for name, value in why.get("parts", [])],
    )


def _related(issue_id: int | None, score: float, slug: str, related: Mapping[int, Issue]) -> RelatedIssue | None:
    if issue_id is None:
        return None
    issue = related.get(issue_id)
    short_id, title = (f"{slug.upper()}-{issue.number}", issue.title) if issue is not None else ("", "")
    return RelatedIssue(id=str(issue_id), short_id=short_id, title=title, score=score)


def resolution(issue: Issue) -> ResolutionView | None:
    """The one that holds."""
    held = standing(issue).resolution
    if held is None:
        return None
    return ResolutionView(how=held.how.value, release=held.release, commit=held.commit, at=moment(held.at_us))


def waits_for(issue: Issue) -> list[tuple[int, Terms]]:
    """The counters that may end the issue's ignoring: what `ignoring` is then handed the counts of."""
    held = standing(issue).ignoring
    if held is None:
        return []
    wanted = (("events", held.events), ("users", held.users))
    return [(issue.id, Terms(IGNORED, kind, limit, held.window_seconds, held.at_us)) for kind, limit in wanted if limit is not None]


def ignoring(issue: Issue, counted: dict[str, int]) -> IgnoringView | None:
    """The conditions that hold, and how much of them is left; `counted`: by kind."""
    held = standing(issue).ignoring
    if held is None:
        return None

    def left(kind: str, limit: int | None) -> int | None:
        return None if limit is None or held.window_seconds is not None else limit - counted.get(kind, 0)

    return IgnoringView(
        until=moment(held.until_us) if held.until_us is not None else None,
        events=held.events,
        users=held.users,
        window_seconds=held.window_seconds,
        next_release=held.next_release,
        escalating=held.escalating,
        at=moment(held.at_us),
        events_left=left("events", held.events),
        users_left=left("users", held.users),
    )
