"""What a project's frames lacked that could not be resolved: which file of which release, why, and the command that mends it."""

from collections.abc import Mapping

from query_api.artifacts.views import unresolved_view
from query_api.auth.sessions import Caller
from query_api.release_schemas import UnresolvedFiles
from query_api.state import ApiState
from seiche.registry import artifact_queries, project_queries, unresolved
from seiche.registry.artifact_tables import UnresolvedFile
from seiche.registry.engine import read
from seiche.registry.tables import Organization


def listed(api: ApiState, caller: Caller, slug: str, query: str, limit: int) -> UnresolvedFiles:
    """Newest first."""
    with read(api.engine) as session:
        project = project_queries.find(session, caller.scope.project_ids, slug)
        organization = session.get_one(Organization, project.organization_id)
        found = unresolved.listed(session, project.id, query=query, limit=limit + 1)
        uploads = unresolved.uploads(session, project.id, [row for row, _ in found])
        any_uploads = bool(artifact_queries.bundles(session, project.id, limit=1))
    items = [
        unresolved_view(row, issue, organization=organization.slug, project=project.slug, uploaded_us=_since(row, uploads))
        for row, issue in found[:limit]
    ]
    return UnresolvedFiles(items=items, more=len(found) > limit, uploads=any_uploads)


def _since(row: UnresolvedFile, uploads: Mapping[str, int]) -> int | None:
    newest = max(uploads.get(row.debug_id, 0), uploads.get(row.release, 0))
    return newest if newest > row.last_seen_us else None
