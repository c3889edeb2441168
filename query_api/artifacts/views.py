"""Bundles and their files in the API's shape."""

from query_api.release_schemas import ArtifactBundleView, ArtifactFileView, UnresolvedFileView
from query_api.times import moment
from seiche.registry.artifact_tables import ArtifactBundle, ArtifactFile, UnresolvedFile
from seiche.registry.tables import Issue
from seiche.symbolicate.advice import what_to_do
from seiche.symbolicate.unresolved import Lacking


def bundle_view(bundle: ArtifactBundle) -> ArtifactBundleView:
    """One upload."""
    return ArtifactBundleView(
        id=str(bundle.id),
        kind=bundle.kind,
        name=bundle.name,
        release=bundle.release,
        dist=bundle.dist,
        files=bundle.files,
        size=bundle.size,
        created_at=moment(bundle.created_at_us),
    )


def file_view(file: ArtifactFile) -> ArtifactFileView:
    """One file of it."""
    return ArtifactFileView(url=file.url, kind=file.kind, debug_id=file.debug_id, source_map=file.source_map, size=file.size)


def unresolved_view(
    row: UnresolvedFile, issue: Issue | None, *, organization: str, project: str, uploaded_us: int | None
) -> UnresolvedFileView:
    """What some frames lacked; `uploaded_us`: an upload that came since."""
    lacks = Lacking(row.release, row.dist, row.file, row.debug_id, row.reason)
    says, command = what_to_do(lacks, organization, project)
    return UnresolvedFileView(
        release=row.release,
        dist=row.dist,
        file=row.file,
        debug_id=row.debug_id,
        reason=row.reason,
        text=row.text,
        what_to_do=says,
        command=command,
        frames=row.frames,
        events=row.events,
        first_seen=moment(row.first_seen_us),
        last_seen=moment(row.last_seen_us),
        event_id=row.last_event_id,
        issue_id=str(issue.id) if issue else None,
        issue_short_id=f"{project.upper()}-{issue.number}" if issue else "",
        issue_title=issue.title if issue else "",
        uploaded_since=moment(uploaded_us) if uploaded_us else None,
    )
