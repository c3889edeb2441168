"""Uploads: chunks are kept until their upload names them, then put together, checked, unpacked and stored. Blocks."""

import hashlib
import io
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from seiche.artifacts.bundle import entries, open_bundle
from seiche.artifacts.contents import checked_sha1, chunk_path, put_content
from seiche.artifacts.mapping import mapping_id
from seiche.backends.raw_store import RawStore
from seiche.errors import InvalidInput, NotFound
from seiche.normalize.event import debug_id as usable_debug_id
from seiche.registry import artifact_queries
from seiche.registry.artifact_tables import ArtifactBundle, ArtifactChunk
from seiche.registry.engine import read, write
from seiche.settings import ArtifactSettings

CHUNK_BYTES = 8 << 20
TIDY_SECONDS = 600.0
TIDY_CHUNKS = 500
CHUNKS_LIMIT = 4096


class State(msgspec.Struct, frozen=True):
    """What became of an upload, in the words of sentry-cli's protocol."""

    state: str
    """not_found, assembling, ok, error."""
    missing: tuple[str, ...] = ()
    detail: str = ""
    debug_id: str = ""


class Upload(msgspec.Struct, frozen=True):
    """What a client wants put together."""

    organization_id: int
    project_ids: tuple[int, ...]
    checksum: str
    chunks: tuple[str, ...]
    release: str = ""
    dist: str = ""
    name: str = ""
    debug_id: str = ""

    @property
    def identity(self) -> str:
        """The same upload twice is one bundle."""
        parts = (self.checksum, *map(str, sorted(self.project_ids)), self.release, self.dist, self.debug_id)
        return hashlib.sha1("\0".join(parts).encode(), usedforsecurity=False).hexdigest()


class Assembler:
    """One for a web process: one upload is put together at a time, because ingest shares the processor."""

    def __init__(self, engine: sa.Engine, store: RawStore, limits: ArtifactSettings) -> None:
        self._engine, self._store, self._limits = engine, store, limits
        self._busy = threading.Lock()
        self._tidied_at = float("-inf")

    def keep_chunks(self, organization_id: int, chunks: Iterable[tuple[str, bytes]], *, now_us: int) -> None:
        """Store chunks under the checksums that their senders gave, if these are right. Raises `InvalidInput`."""
        self._tidy(now_us)
        for given, data in chunks:
            sha1 = checked_sha1(given)
            if len(data) > CHUNK_BYTES:
                raise InvalidInput(f"chunk {sha1} has {len(data)} bytes, at most {CHUNK_BYTES} are taken", reason="too_large")
            if hashlib.sha1(data, usedforsecurity=False).hexdigest() != sha1:
                raise InvalidInput(f"chunk {sha1} arrived damaged: its content has another checksum", reason="invalid_checksum")
            self._store.put(chunk_path(organization_id, sha1), data)
            with write(self._engine) as session:
                artifact_queries.add_chunks(session, organization_id, {sha1: len(data)}, now_us=now_us)

    def bundle(self, upload: Upload, *, now_us: int) -> State:
        """An artifact bundle: what is missing, or what became of it. Asking again costs a query."""
        return self._assembled(upload, "sourcemaps", self._source_maps, now_us)

    def mapping(self, upload: Upload, *, now_us: int) -> State:
        """A ProGuard mapping."""
        state = self._assembled(upload, "proguard", self._proguard, now_us)
        if state.state != "ok":
            return state
        with read(self._engine) as session:
            return msgspec.structs.replace(state, debug_id=artifact_queries.debug_id_of(session, upload.organization_id, upload.identity))

    def whole_mapping(self, upload: Upload, data: bytes, *, now_us: int) -> State:
        """A mapping that came in one piece, as sentry-cli 2.x sends it. Raises `InvalidInput`."""
        with read(self._engine) as session:
            known = artifact_queries.bundle_of(session, upload.organization_id, upload.identity) is not None
        files = self._proguard(upload, io.BytesIO(data))
        if not known:
            self._store_bundle(upload, "proguard", files, now_us)
        return State("ok", debug_id=files[0]["debug_id"])

    def _assembled(self, upload: Upload, kind: str, unpack: Any, now_us: int) -> State:
        with read(self._engine) as session:
            if artifact_queries.bundle_of(session, upload.organization_id, upload.identity) is not None:
                return State("ok")
            known = artifact_queries.stored_chunks(session, upload.organization_id, set(upload.chunks))
        missing = tuple(dict.fromkeys(chunk for chunk in upload.chunks if chunk not in known))
        if missing or not upload.chunks:
            return State("not_found", missing)
        if not self._busy.acquire(blocking=False):
            return State("assembling", detail="another upload is being put together")
        try:
            with tempfile.TemporaryFile() as file:
                gone = self._join(upload, file)
                if gone:
                    return State("not_found", gone)
                self._store_bundle(upload, kind, unpack(upload, file), now_us)
        except InvalidInput as error:
            return State("error", detail=str(error))
        finally:
            self._busy.release()
        return State("ok")

    def _join(self, upload: Upload, file: IO[bytes]) -> tuple[str, ...]:
        """The upload as one file; or which chunks the raw store has lost."""
        digest, size = hashlib.sha1(usedforsecurity=False), 0
        for sha1 in upload.chunks:
            try:
                data = self._store.get(chunk_path(upload.organization_id, sha1), most_bytes=CHUNK_BYTES)
            except NotFound:
                with write(self._engine) as session:
                    session.execute(
                        sa.delete(ArtifactChunk).where(ArtifactChunk.organization_id == upload.organization_id, ArtifactChunk.sha1 == sha1)
                    )
                return (sha1,)
            size += len(data)
            if size > self._limits.bundle_bytes:
                raise InvalidInput(f"the upload has more than {self._limits.bundle_bytes} bytes", reason="too_large")
            digest.update(data)
            file.write(data)
        if digest.hexdigest() != upload.checksum:
            raise InvalidInput("the chunks do not add up to the upload's checksum: send it again", reason="invalid_checksum")
        file.seek(0)
        return ()

    def _source_maps(self, upload: Upload, file: IO[bytes]) -> list[dict[str, Any]]:
        archive, manifest = open_bundle(file, self._limits)
        with archive:
            return self._unpacked(upload, archive, manifest)

    def _unpacked(self, upload: Upload, archive: zipfile.ZipFile, manifest: Any) -> list[dict[str, Any]]:
        release, dist = upload.release or manifest.release or "", upload.dist or manifest.dist or ""
        rows = [
            {
                "kind": entry.kind,
                "debug_id": entry.debug_id,
                "release": release[:250],
                "dist": dist[:64],
                "url": entry.url,
                "source_map": entry.source_map,
                "content": put_content(self._store, upload.organization_id, entry.data),
                "size": len(entry.data),
            }
            for entry in entries(archive, manifest, self._limits)
        ]
        if not rows:
            raise InvalidInput("the bundle holds no minified file and no source map", reason="empty_bundle")
        return rows

    def _proguard(self, upload: Upload, file: IO[bytes]) -> list[dict[str, Any]]:
        data = file.read(self._limits.file_bytes + 1)
        if len(data) > self._limits.file_bytes:
            raise InvalidInput(f"the mapping has more than {self._limits.file_bytes} bytes", reason="too_large")
        found = usable_debug_id(upload.debug_id) or mapping_id(data)
        return [
            {
                "kind": "proguard",
                "debug_id": found,
                "release": "",
                "dist": "",
                "url": upload.name,
                "source_map": "",
                "content": put_content(self._store, upload.organization_id, data),
                "size": len(data),
            }
        ]

    def _store_bundle(self, upload: Upload, kind: str, files: Sequence[Mapping[str, Any]], now_us: int) -> None:
        bundle = ArtifactBundle(
            organization_id=upload.organization_id,
            identity=upload.identity,
            checksum=upload.checksum,
            kind=kind,
            name=upload.name,
            release=files[0]["release"],
            dist=files[0]["dist"],
            files=len(files),
            size=sum(file["size"] for file in files),
            created_at_us=now_us,
        )
        try:
            with write(self._engine) as session:
                artifact_queries.add_bundle(session, bundle, files, upload.project_ids)
        except IntegrityError:
            return  # another web process has stored the same one meanwhile

    def _tidy(self, now_us: int) -> None:
        """Chunks of uploads that were completed, or never will be."""
        if time.monotonic() - self._tidied_at < TIDY_SECONDS:
            return
        self._tidied_at = time.monotonic()
        before_us = now_us - self._limits.chunk_seconds * 1_000_000
        with write(self._engine) as session:
            old = artifact_queries.old_chunks(session, before_us, limit=TIDY_CHUNKS)
            paths = [chunk_path(chunk.organization_id, chunk.sha1) for chunk in old]
            for chunk in old:
                session.delete(chunk)
        # After the rows: a row without its file is found out and asked for again, a file without a row only takes space.
        self._store.delete(paths)
