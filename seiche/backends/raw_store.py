"""Files as bytes, in a local folder or an object store (S3): attachments, minidumps. One library speaks to both.

A key is `PROJECT/YYYY-MM-DD/NAME`: the project scopes every access, the date is what retention removes whole. `put` returns when the
bytes are on stable storage, so that a record may name them. Uploaded source maps have keys of their organization, by their hash
(`seiche.artifacts.contents`); the registry says which project may see them.
"""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seiche.backends.object_store import open_store
from seiche.errors import ConfigurationError, NotFound, StoreUnavailable

if TYPE_CHECKING:
    from obstore.store import ObjectStore

KEY = re.compile(
    r"[0-9]{1,18}/[0-9]{4}-[0-9]{2}-[0-9]{2}/[0-9a-z][0-9a-z._-]{0,199}"
    r"|artifacts/[0-9]{1,18}/(?:chunks|files)/[0-9a-f]{2}/[0-9a-f]{40,64}"
)
CHUNK_BYTES = 1 << 20


def key_of(project_id: int, day: date, name: str) -> str:
    """Where a file of a project lies. Raises `ValueError` for a name that could lead elsewhere."""
    return _checked(f"{project_id}/{day.isoformat()}/{name}")


class RawStore:
    """Any number of threads may use one."""

    def __init__(self, url: str, options: dict[str, str] | None = None, *, minimum_free_bytes: int = 0) -> None:
        self._url, self._options = url, dict(options or {})
        self._folder = None if "://" in url else Path(url)
        self._minimum_free_bytes = minimum_free_bytes
        self._made: ObjectStore | None = None

    def put(self, key: str, data: bytes | memoryview) -> None:
        """Store it durably; a repeat replaces it by the same. Raises `StoreUnavailable`."""
        import obstore

        with self._translated("written"):
            store = self._store
            self._need_room(len(data))
            obstore.put(store, _checked(key), data)
            if self._folder is not None:
                sync(self._folder / key, self._folder)

    def read(self, project_id: int, key: str) -> Iterator[bytes]:
        """The bytes, in chunks. Raises `NotFound`, also for a key of another project; `StoreUnavailable`."""
        import obstore

        if not key.startswith(f"{project_id}/"):
            raise NotFound("there is no such file")
        with self._translated("read"):
            found = obstore.get(self._store, _checked(key))
        return self._chunks(found)

    def get(self, key: str, *, most_bytes: int) -> bytes:
        """A whole file. Raises `NotFound`, also where it is larger than `most_bytes`: nothing of ours is; `StoreUnavailable`."""
        import obstore

        with self._translated("read"):
            found = obstore.get(self._store, _checked(key))
            if found.meta["size"] > most_bytes:
                raise NotFound(f"{key} has {found.meta['size']} bytes, more than the {most_bytes} that are read")
            return bytes(found.bytes())

    def delete(self, keys: Sequence[str]) -> None:
        """Remove files; those that are gone already are fine. Raises `StoreUnavailable`."""
        import obstore

        for key in keys:
            try:
                with self._translated("cleaned up"):
                    obstore.delete(self._store, _checked(key))
            except NotFound:
                continue

    def _chunks(self, found: Any) -> Iterator[bytes]:
        with self._translated("read"):
            for chunk in found.stream(min_chunk_size=CHUNK_BYTES):
                yield bytes(chunk)

    def drop_before(self, project_id: int, day: date) -> int:
        """Delete a project's files of the days before `day`; returns how many. Raises `StoreUnavailable`."""
        import obstore

        dropped = 0
        with self._translated("cleaned up"):
            folders = obstore.list_with_delimiter(self._store, prefix=str(int(project_id)))["common_prefixes"]
            for folder in folders:
                if folder.rpartition("/")[2] < day.isoformat():
                    for batch in obstore.list(self._store, prefix=folder):
                        paths = [entry["path"] for entry in batch]
                        obstore.delete(self._store, paths)
                        dropped += len(paths)
                    if self._folder is not None:
                        (self._folder / folder).rmdir()
        return dropped

    @property
    def _store(self) -> "ObjectStore":
        if self._made is None:
            from obstore.exceptions import BaseError
            from obstore.store import LocalStore

            try:
                if self._folder is not None:
                    self._folder.mkdir(parents=True, exist_ok=True)
                    self._made = LocalStore(self._folder)
                else:
                    self._made = open_store(self._url, self._options)
            except (BaseError, ValueError) as error:
                raise ConfigurationError(f"raw.url {self._url!r} cannot be used: {error}") from error
        return self._made

    def _need_room(self, size: int) -> None:
        if self._folder is not None:
            disk = os.statvfs(self._folder)
            if disk.f_bavail * disk.f_frsize - size < self._minimum_free_bytes:
                raise StoreUnavailable(
                    "the disk of the raw store is almost full: files are refused, nothing is deleted", retry_after_seconds=30
                )

    @contextmanager
    def _translated(self, doing: str) -> Iterator[None]:
        from obstore.exceptions import BaseError, NotFoundError

        try:
            yield
        except (NotFoundError, FileNotFoundError) as error:
            raise NotFound("there is no such file: the project's retention has removed it") from error
        except (BaseError, OSError) as error:
            raise StoreUnavailable(f"the raw store cannot be {doing}: {error}", retry_after_seconds=5) from error


def sync(path: Path, top: Path) -> None:
    """A file, and every folder up to `top`: each of them may be new."""
    for one in (path, *path.parents):
        descriptor = os.open(one, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if one == top:
            break


def _checked(key: str) -> str:
    if not KEY.fullmatch(key):
        raise ValueError(f"{key!r} is no key of the raw store")
    return key
