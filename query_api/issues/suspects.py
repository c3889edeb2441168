"""Commits that may have caused an issue: those of the release it appeared in that touched a file of its stack."""

from query_api.events import source
from query_api.events.detail import read_event
from query_api.events.source import Place
from query_api.issues.detail import find
from query_api.owner_schemas import SuspectCommit
from query_api.state import ApiState
from query_api.times import moment
from seiche.issues.suspects import Commit, suspects
from seiche.query.scope import Scope
from seiche.registry import release_queries
from seiche.registry.engine import read


def commits(api: ApiState, scope: Scope, issue_id: int) -> list[SuspectCommit]:
    """The most suspect first; none where the release has no commits (`sentry-cli releases set-commits`)."""
    issue, project = find(api, scope, issue_id)
    if not issue.first_release:
        return []
    with read(api.engine) as session:
        rows = release_queries.commits(session, project.organization_id, issue.first_release)
    if not rows:
        return []
    place = Place(issue.first_partition, issue.first_offset)
    event, _ = read_event(api, source.load(api, project.id, issue.first_event_id, place), place)
    paths = [frame.filename or frame.abs_path for frame in reversed(event.frames) if frame.in_app]
    known = {row.commit_id: row for row in rows}
    given = [
        Commit(
            sha=row.commit_id,
            author=row.author_name or row.author_email,
            message=row.message,
            at_us=row.committed_at_us or 0,
            paths=tuple(str(one.get("path", "")) for one in row.patch_set if isinstance(one, dict)),
        )
        for row in rows
    ]
    return [
        SuspectCommit(
            commit=one.commit.sha,
            message=one.commit.message,
            author=one.commit.author,
            repository=known[one.commit.sha].repository,
            at=moment(one.commit.at_us) if one.commit.at_us else None,
            release=issue.first_release,
            path=one.path,
            frame=one.frame,
        )
        for one in suspects(given, [path for path in paths if path])
    ]
