"""Uploads as the dashboard shows them, and the explanation of an event's frames."""

from query_api.artifacts.views import bundle_view, file_view
from query_api.auth.sessions import Caller
from query_api.events import source
from query_api.events.detail import usable_id
from query_api.events.views import frame_view
from query_api.release_schemas import ArtifactBundleDetail, ArtifactBundles, DebugImageView, EventSymbolication, FrameSymbolication
from query_api.state import ApiState
from seiche.errors import NotFound
from seiche.model.event import Event
from seiche.normalize import normalise
from seiche.protocol.codec import decode_body
from seiche.registry import artifact_queries, project_queries
from seiche.registry.artifact_tables import ArtifactBundle
from seiche.registry.engine import read
from seiche.registry.projects import project_config
from seiche.symbolicate import symbolicate

FILES = 500


def listed(api: ApiState, caller: Caller, slug: str, release: str, limit: int) -> ArtifactBundles:
    """Newest first."""
    with read(api.engine) as session:
        project = project_queries.find(session, caller.scope.project_ids, slug)
        found = artifact_queries.bundles(session, project.id, release=release, limit=limit + 1)
    return ArtifactBundles(items=[bundle_view(bundle) for bundle in found[:limit]], more=len(found) > limit)


def detail(api: ApiState, caller: Caller, slug: str, bundle_id: int) -> ArtifactBundleDetail:
    """Raises `NotFound` for an upload that has nothing for this project."""
    with read(api.engine) as session:
        project = project_queries.find(session, caller.scope.project_ids, slug)
        files = artifact_queries.bundle_files(session, project.id, bundle_id, limit=FILES)
        bundle = session.get(ArtifactBundle, bundle_id) if files else None
    if bundle is None:
        raise NotFound(f"there is no upload {bundle_id}")
    return ArtifactBundleDetail(**bundle_view(bundle).model_dump(), file_list=[file_view(file) for file in files])


def explained(api: ApiState, caller: Caller, slug: str, event_id: str) -> EventSymbolication:
    """Raises `NotFound`, `StoreUnavailable`; `InvalidInput` for an event that cannot be read."""
    with read(api.engine) as session:
        project = project_queries.find(session, caller.scope.project_ids, slug)
    wanted = usable_id(event_id)
    place = source.find(api, caller.scope, project.id, wanted)
    record = source.load(api, project.id, wanted, place)
    config = project_config(api.engine, project.id, record.config_version)
    sent = normalise(decode_body(record), record, config)
    sequence = api.artifacts.sequence_at(place.partition, place.offset)
    then = symbolicate(sent, config, api.artifacts.at(project.id, sequence))
    now = symbolicate(sent, config, api.artifacts.at(project.id, api.artifacts.newest()))
    return EventSymbolication(
        event_id=wanted,
        release=sent.release,
        dist=sent.dist,
        debug_images=[DebugImageView(type=image.type, debug_id=image.debug_id, code_file=image.code_file) for image in sent.debug_images],
        frames=_frames(then, now),
        uploaded_since=_resolved(now) > _resolved(then),
    )


def _frames(then: Event, now: Event) -> list[FrameSymbolication]:
    """The frames of both; an inlined method makes more of one, so that those of now may be others: they come by themselves."""
    found = []
    for number, (before, after) in enumerate(zip(then.exceptions, now.exceptions, strict=True)):
        same = len(before.frames) == len(after.frames)
        for at, frame in enumerate(before.frames):
            newest = frame_view(after.frames[at]) if same else None
            found.append(FrameSymbolication(exception=number, frame=at, recorded=frame_view(frame), newest=newest))
    return found


def _resolved(event: Event) -> int:
    stacks = [value.frames for value in event.exceptions] + [event.thread_frames]
    return sum(frame.symbolication is not None and frame.symbolication.resolved for stack in stacks for frame in stack)
