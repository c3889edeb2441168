"""Other issues that look alike: by what grouping knows of both stacks, and by their words. A hint for people; it merges nothing."""

from collections.abc import Sequence

from query_api.issues.detail import find
from query_api.issues.listing import figures_of
from query_api.issues.views import issue_row
from query_api.owner_schemas import SimilarIssue
from query_api.state import ApiState
from seiche.grouping.evidence import compare
from seiche.grouping.near import Member, NearIndex
from seiche.query.scope import Scope
from seiche.query.text import tokens
from seiche.registry import similar, teams
from seiche.registry.engine import read
from seiche.registry.tables import Issue

SHOWN = 5
LEAST_SCORE = 0.25
LEAST_WORDS = 0.5
"""Words alone must agree more than stacks: they say less."""


def issues(api: ApiState, scope: Scope, issue_id: int) -> list[SimilarIssue]:
    """The most alike first."""
    found, project = find(api, scope, issue_id)
    with read(api.engine) as session:
        candidates = similar.candidates(session, found)
        members = similar.members(session, project.id, [found.id, *(one.id for one in candidates)])
        assignees = teams.assignees(session, candidates)
    scored = by_stack(found.id, members)
    for one in candidates:
        if one.id not in scored and (overlap := _words(found, one)) >= LEAST_WORDS:
            scored[one.id] = (overlap, "the same words")
    ranked = sorted(scored.items(), key=lambda item: (-item[1][0], item[0]))[:SHOWN]
    rows = {one.id: one for one in candidates}
    figures = figures_of(api, scope, project.id, [rows[other] for other, _ in ranked])
    return [
        SimilarIssue(
            issue=issue_row(rows[other], project.slug, figures, assignees.get(other, teams.NOBODY).name), score=round(score, 2), why=why
        )
        for other, (score, why) in ranked
    ]


def by_stack(issue_id: int, members: Sequence[Member]) -> dict[int, tuple[float, str]]:
    """Issue -> how alike it is to one of them, and why."""
    index = NearIndex(members)
    best: dict[int, tuple[float, str]] = {}
    for mine in (member for member in members if member.issue_id == issue_id):
        for other in (member for member in members if member.issue_id != issue_id):
            evidence = compare(mine.shape, other.shape, other.callers, index)
            if evidence is None or evidence.score < max(LEAST_SCORE, best.get(other.issue_id, (0.0, ""))[0]):
                continue
            told = ", ".join(part for part, value in evidence.parts if value >= 0.5)
            best[other.issue_id] = (evidence.score, f"{evidence.rule}: {told}" if told else evidence.rule)
    return best


def _words(one: Issue, other: Issue) -> float:
    """How many of the words of both are in both, 0 to 1."""
    mine, theirs = (set(tokens(f"{issue.type} {issue.value[:500]} {issue.culprit}")) for issue in (one, other))
    return len(mine & theirs) / len(mine | theirs) if mine and theirs else 0.0
