"""Which uploaded file answers for a frame, as of a point in the sequence of uploads: `seiche.symbolicate.Artifacts` over the registry.

The answer for one point never changes, so everything is kept; bundles that come later have a higher sequence.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urljoin

import sqlalchemy as sa

from seiche.artifacts.bundle import INLINE, inline_map
from seiche.artifacts.contents import get_content
from seiche.artifacts.mapping import ProguardMapping
from seiche.artifacts.maps import MapCache, parsed_source_map
from seiche.backends.raw_store import RawStore
from seiche.errors import InvalidInput, NotFound
from seiche.registry import artifact_queries
from seiche.registry.artifact_tables import ArtifactFile
from seiche.registry.engine import read
from seiche.settings import ArtifactSettings
from seiche.symbolicate.artifacts import NO_ARTIFACTS, Artifacts, ClassMapping, Missing, SourceMap
from seiche.symbolicate.javascript import names

T = TypeVar("T")
ANSWERS = 20_000


class ArtifactFinder:
    """One for a process."""

    def __init__(self, engine: sa.Engine, store: RawStore, limits: ArtifactSettings) -> None:
        self._engine, self._store, self._limits = engine, store, limits
        self._maps = MapCache(limits.cache_bytes)
        self._lock = threading.Lock()
        self._answers: OrderedDict[Any, Any] = OrderedDict()

    def newest(self) -> int:
        """The sequence of the newest bundle: what a batch is resolved with, and records."""
        with read(self._engine) as session:
            return artifact_queries.newest_sequence(session)

    def at(self, project_id: int, sequence: int) -> Artifacts:
        """What the project had uploaded then."""
        if sequence == 0:
            return NO_ARTIFACTS
        own = self.remembered((project_id, sequence), lambda: self._own_sequence(project_id, sequence))
        return ProjectArtifacts(self, project_id, own) if own else NO_ARTIFACTS

    def sequences(self, partition: int, low: int, high: int) -> list[tuple[int, int]]:
        """(from offset, sequence) of what each stretch of [low, high] was resolved with."""
        with read(self._engine) as session:
            return artifact_queries.epochs(session, partition, low, high)

    def sequence_at(self, partition: int, offset: int) -> int:
        """What the event at this offset was resolved with."""
        found = self.sequences(partition, offset, offset)
        return found[-1][1] if found else 0

    def remembered(self, key: Any, ask: Callable[[], T]) -> T:
        """The kept answer, or a fresh one."""
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
                kept: T = self._answers[key]
                return kept
        answer = ask()
        with self._lock:
            self._answers[key] = answer
            while len(self._answers) > ANSWERS:
                self._answers.popitem(last=False)
        return answer

    def ask(self, question: Callable[[Any], T]) -> T:
        """One look into the registry."""
        with read(self._engine) as session:
            return question(session)

    def source_map(self, minified: ArtifactFile | None, source: ArtifactFile | None) -> SourceMap | Missing:
        """The parsed map; `source` is None where the map is in the minified file itself."""
        paths = (minified.content if minified else "", source.content if source else "")

        def make() -> tuple[SourceMap | Missing, int]:
            try:
                code = self._content(minified) if minified else b""
                text = self._content(source) if source else inline_map(code)
            except NotFound as error:
                return Missing("content_lost", f"the uploaded file is gone from the raw store ({error}): upload it again"), 0
            name = source.url if source else f"the map inside {minified.url if minified else ''}"
            if text is None:
                return Missing("map_unreadable", f"{name} cannot be read: it is no base64 data URL"), 0
            return parsed_source_map(code, text, name), len(code) + len(text)

        found: SourceMap | Missing = self._maps.get(paths, make)
        return found

    def mapping(self, file: ArtifactFile) -> ClassMapping | Missing:
        """The parsed mapping."""

        def make() -> tuple[ClassMapping | Missing, int]:
            try:
                data = self._content(file)
                return ProguardMapping(data, file.url or file.debug_id), len(data)
            except NotFound as error:
                return Missing("content_lost", f"the uploaded mapping is gone from the raw store ({error}): upload it again"), 0
            except InvalidInput as error:
                return Missing("map_unreadable", str(error)), 0

        found: ClassMapping | Missing = self._maps.get(file.content, make)
        return found

    def _content(self, file: ArtifactFile) -> bytes:
        return get_content(self._store, file.content, most_bytes=self._limits.file_bytes)

    def _own_sequence(self, project_id: int, sequence: int) -> int:
        with read(self._engine) as session:
            return artifact_queries.project_sequence(session, project_id, sequence)


class ProjectArtifacts:
    """One project's, up to its own newest bundle at that time."""

    empty = False

    def __init__(self, finder: ArtifactFinder, project_id: int, sequence: int) -> None:
        self._finder, self._project_id, self._sequence = finder, project_id, sequence

    def source_map_by_debug_id(self, debug_id: str) -> SourceMap | Missing:
        """The newest upload that has this id."""
        minified, source, missing = self._remembered(("id", debug_id), lambda: self._by_debug_id(debug_id))
        return missing or self._finder.source_map(minified, source)

    def source_map_by_url(self, release: str, dist: str, urls: Sequence[str]) -> SourceMap | Missing:
        """The newest upload of the file for this release and dist; one without dist serves every dist."""
        urls = tuple(urls)
        minified, source, missing = self._remembered(("url", release, dist, urls), lambda: self._by_url(release, dist, urls))
        return missing or self._finder.source_map(minified, source)

    def class_mapping(self, debug_id: str) -> ClassMapping | Missing:
        """The newest upload of this id."""
        found = self._remembered(("mapping", debug_id), lambda: self._files_by_debug_id(debug_id, "proguard"))
        if not found:
            text = f"no ProGuard mapping was uploaded for {debug_id}: upload it with `sentry-cli upload-proguard`"
            return Missing("no_mapping_for_uuid", text)
        return self._finder.mapping(found[0])

    def _by_debug_id(self, debug_id: str) -> tuple[ArtifactFile | None, ArtifactFile | None, Missing | None]:
        files = self._files_by_debug_id(debug_id, "minified", "source_map")
        minified = next((file for file in files if file.kind == "minified"), None)
        source = next((file for file in files if file.kind == "source_map"), None)
        if source is not None or (minified is not None and minified.source_map == INLINE):
            return minified, source, None
        if minified is not None:
            text = f"{minified.url} was uploaded for debug id {debug_id}, its source map was not: upload both"
            return None, None, Missing("map_not_uploaded", text)
        text = f"no source map was uploaded for debug id {debug_id}: the deployed file and the uploaded ones are of different builds"
        return None, None, Missing("no_artifact_for_debug_id", text)

    def _by_url(self, release: str, dist: str, urls: Sequence[str]) -> tuple[ArtifactFile | None, ArtifactFile | None, Missing | None]:
        shown = urls[1] if len(urls) > 1 else urls[0]
        files = self._files_by_url(release, urls)
        minified = _of_dist([file for file in files if file.kind == "minified"], dist)
        if minified is None:
            return None, None, self._no_file(release, dist, shown, files)
        if minified.source_map == INLINE:
            return minified, None, None
        if not minified.source_map and not minified.debug_id:
            text = f"{minified.url} of release {release} names no source map: it has neither a sourceMappingURL nor a Sourcemap header"
            return None, None, Missing("no_map_reference", text)
        named = _joined(minified.url, minified.source_map) if minified.source_map else ""
        found = self._files_by_url(release, names(named)) if named else ()
        source = _of_dist([file for file in found if file.kind == "source_map"], minified.dist)
        if source is None and minified.debug_id:
            source = next(iter(self._files_by_debug_id(minified.debug_id, "source_map")), None)
        if source is None:
            text = f"{minified.url} names the map {named or minified.debug_id}, which was not uploaded for release {release}"
            return None, None, Missing("map_not_in_release", text)
        return minified, source, None

    def _no_file(self, release: str, dist: str, shown: str, files: Sequence[ArtifactFile]) -> Missing:
        others = sorted({file.dist or "none" for file in files})
        if others:
            text = f"release {release} has {shown} for dist {', '.join(others)}, but not for the event's dist {dist or 'none'}"
            return Missing("file_of_other_dist", text)
        if self._finder.ask(lambda session: artifact_queries.has_release(session, self._project_id, release, self._sequence)):
            return Missing("file_not_in_release", f"release {release} has no file {shown}: upload it with the right --url-prefix")
        return Missing("release_without_artifacts", f"nothing was uploaded for release {release}")

    def _files_by_debug_id(self, debug_id: str, *kinds: str) -> Sequence[ArtifactFile]:
        project_id, sequence = self._project_id, self._sequence
        found = self._finder.ask(lambda session: artifact_queries.files_by_debug_id(session, project_id, debug_id, sequence))
        return [file for file in found if file.kind in kinds]

    def _files_by_url(self, release: str, urls: Sequence[str]) -> Sequence[ArtifactFile]:
        project_id, sequence = self._project_id, self._sequence
        return self._finder.ask(lambda session: artifact_queries.files_by_url(session, project_id, release, urls, sequence))

    def _remembered(self, key: tuple[Any, ...], ask: Callable[[], T]) -> T:
        return self._finder.remembered((self._project_id, self._sequence, *key), ask)


def _of_dist(files: Sequence[ArtifactFile], dist: str) -> ArtifactFile | None:
    """Of this dist, else one for every dist; each the newest."""
    return next((file for file in files if file.dist == dist), None) or next((file for file in files if not file.dist), None)


def _joined(url: str, reference: str) -> str:
    """Where a minified file says that its map is: relative to itself."""
    if url.startswith("~/"):
        joined = urljoin("http://x" + url[1:], reference)
        return "~" + joined.removeprefix("http://x") if joined.startswith("http://x/") else joined
    return urljoin(url, reference)
