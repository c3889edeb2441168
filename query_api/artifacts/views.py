"""Bundles and their files in the API's shape."""

from query_api.release_schemas import ArtifactBundleView, ArtifactFileView
from query_api.times import moment
from seiche.registry.artifact_tables import ArtifactBundle, ArtifactFile


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
