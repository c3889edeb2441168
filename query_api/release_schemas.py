"""What the query API answers of releases, uploads and the resolution of frames."""

from datetime import datetime
from typing import Literal

from query_api.schemas import FrameView, IssueRow, Schema


class DeployView(Schema):
    id: str
    environment: str
    name: str
    url: str
    started_at: datetime | None
    finished_at: datetime


class ReleaseSummary(Schema):
    version: str
    status: Literal["open", "archived"]
    url: str
    ref: str
    created_at: datetime
    """When it was created, or when an event first named it."""
    released_at: datetime | None
    first_event: datetime | None
    last_event: datetime | None
    events: int
    new_issues: int
    """Issues whose first event is of this release."""
    commits: int
    deploys: int
    last_deploy: DeployView | None


class ReleaseList(Schema):
    items: list[ReleaseSummary]
    more: bool
    """Some are left out: search for their names."""


class PatchView(Schema):
    path: str
    type: str
    """A added, M modified, D deleted."""


class CommitView(Schema):
    id: str
    repository: str
    message: str
    author_name: str
    author_email: str
    at: datetime | None
    files: list[PatchView]


class ArtifactBundleView(Schema):
    id: str
    kind: str
    """sourcemaps, proguard."""
    name: str
    release: str
    dist: str
    files: int
    size: int
    """Bytes, unpacked."""
    created_at: datetime


class ArtifactBundles(Schema):
    items: list[ArtifactBundleView]
    more: bool


class ArtifactFileView(Schema):
    url: str
    kind: str
    """minified, source_map, proguard."""
    debug_id: str
    source_map: str
    """How a minified file names its map; `data:` where the map is inside it."""
    size: int


class ArtifactBundleDetail(ArtifactBundleView):
    file_list: list[ArtifactFileView]


class ReleaseDetail(ReleaseSummary):
    previous: str
    """The release before this one; empty where nobody can tell."""
    commit_list: list[CommitView]
    """Newest first, 200 at most."""
    deploy_list: list[DeployView]
    bundles: list[ArtifactBundleView]
    new_issue_list: list[IssueRow]
    """The most frequent 25."""


class DebugImageView(Schema):
    type: str
    debug_id: str
    code_file: str


class FrameSymbolication(Schema):
    exception: int
    """Index into the event's exceptions."""
    frame: int
    recorded: FrameView
    """With what was uploaded when the event came: what its issue was decided by."""
    newest: FrameView | None
    """With what is uploaded now; null where that makes another number of frames."""


class EventSymbolication(Schema):
    event_id: str
    release: str
    dist: str
    debug_images: list[DebugImageView]
    frames: list[FrameSymbolication]
    uploaded_since: bool
    """Uploads that came after the event resolve more of it."""


class UnresolvedFileView(Schema):
    """Frames that lacked the same thing."""

    release: str
    dist: str
    file: str
    """URL or path of the minified file; "" for a mapping, and where a batch named too many files to keep apart."""
    debug_id: str
    reason: str
    """As `frames[].symbolication.code`."""
    text: str
    """What the newest such frame says."""
    what_to_do: str
    command: str
    """Of sentry-cli, quoted for a shell; "" where none mends it."""
    frames: int
    events: int
    first_seen: datetime
    """When the first and the last such event were received."""
    last_seen: datetime
    event_id: str
    """The newest such event."""
    issue_id: str | None
    """Its issue."""
    issue_short_id: str
    issue_title: str
    uploaded_since: datetime | None
    """An upload for this debug id, or release, after the last such event: the next one tells whether it was the right one."""


class UnresolvedFiles(Schema):
    items: list[UnresolvedFileView]
    more: bool
    uploads: bool
    """Whether anything was ever uploaded for the project."""
