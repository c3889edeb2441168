"""What people decide about issues: resolve, ignore, reopen."""

from query_api.auth.sessions import Caller
from query_api.issues.detail import find
from query_api.schemas import BulkPatch, BulkResult, IssuePatch
from query_api.state import ApiState
from query_api.times import now_us
from seiche.errors import Terminal
from seiche.model.issue import IssueStatus
from seiche.registry import issue_queries, project_queries
from seiche.registry.engine import read, write
from seiche.registry.issues import change_status

CHUNK = 50
"""Issues a transaction: the alerts consumer writes in between."""


def one(api: ApiState, caller: Caller, issue_id: int, patch: IssuePatch) -> None:
    """Raises `NotFound`."""
    found, _ = find(api, caller.scope, issue_id)
    with write(api.engine) as session:
        change_status(session, found.id, IssueStatus(patch.status), actor=caller.account.actor, reason=patch.reason, now_us=now_us())


def many(api: ApiState, caller: Caller, slug: str, patch: BulkPatch) -> BulkResult:
    """Each issue by itself: one that cannot be changed is named with its reason and stops no other."""
    result = BulkResult(changed=[], failed={})
    with read(api.engine) as session:
        project = project_queries.find(session, caller.scope.project_ids, slug)
        usable = [text for text in dict.fromkeys(patch.ids) if text.isascii() and text.isdigit() and len(text) <= 18]
        there = {issue.id for issue in issue_queries.by_ids(session, project.id, [int(text) for text in usable])}
    wanted = [text for text in usable if int(text) in there]
    result.failed |= {text: f"there is no issue {text[:40]!r} in {slug}" for text in patch.ids if text not in wanted}
    for start in range(0, len(wanted), CHUNK):
        with write(api.engine) as session:
            for text in wanted[start : start + CHUNK]:
                try:
                    change_status(
                        session, int(text), IssueStatus(patch.status), actor=caller.account.actor, reason=patch.reason, now_us=now_us()
                    )
                except Terminal as error:
                    result.failed[text] = str(error)
                else:
                    result.changed.append(text)
    return result
