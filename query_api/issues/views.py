"""Registry rows and rollup figures in the API's shapes."""

from collections.abc import Mapping

from query_api.gateway import SPARK_HOURS, Figures
from query_api.schemas import Compared, Component, FingerprintDetail, IssueRow, RelatedIssue
from query_api.times import moment
from seiche.registry.tables import FingerprintRow, Issue


def issue_row(issue: Issue, slug: str, figures: Figures) -> IssueRow:
    """One row of the list."""
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
            "count": issue.count,
            "users": figures.users.get(issue.id, 0),
            "first_seen": moment(issue.first_seen_us),
            "last_seen": moment(issue.last_seen_us),
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
