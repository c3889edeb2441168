"""Registry rows and rollup figures in the API's shapes."""

from query_api.gateway import SPARK_HOURS, Figures
from query_api.schemas import Component, FingerprintDetail, IssueRow
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


def fingerprint(row: FingerprintRow) -> FingerprintDetail:
    """Why events with it belong to the issue."""
    return FingerprintDetail(
        fingerprint=row.fingerprint,
        rule=row.rule,
        score=row.score,
        version=row.version,
        components=[Component(name=str(name), value=str(value)) for name, value in row.components],
        created_at=moment(row.created_at_us),
    )
