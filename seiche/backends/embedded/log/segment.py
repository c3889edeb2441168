"""One segment: `FIRST_OFFSET.sqlite`, WAL, synchronous=FULL. The highest name is open, all others are sealed.

The WAL is not checkpointed while a segment is open (it is as large as the segment at most, 64 MB): a checkpoint between two
commits would make every writer wait for it. Sealing does it once, in a thread of its own.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from seiche.errors import ConfigurationError
from seiche.model.record import LogRecord

FORMAT = 1
SUFFIX = ".sqlite"
BUSY_SECONDS = 5.0

encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(LogRecord).decode


def path_of(log_dir: Path, first_offset: int) -> Path:
    """Names sort as offsets do."""
    return log_dir / f"{first_offset:020d}{SUFFIX}"


def first_offsets(log_dir: Path) -> list[int]:
    """Of every segment, ascending; none where the folder does not exist yet."""
    try:
        names = os.listdir(log_dir)  # noqa: PTH208 - asked many times a second, and no Path is needed
    except FileNotFoundError:
        return []
    return sorted(int(name[:20]) for name in names if len(name) == 20 + len(SUFFIX) and name.endswith(SUFFIX) and name[:20].isdigit())


def create(log_dir: Path, first_offset: int) -> sqlite3.Connection:
    """A new open segment, or the last one that is there, ready for appending; its name survives a power loss."""
    path = path_of(log_dir, first_offset)
    connection = _connect(path, "rwc")
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        if version_of(connection, path) == 0:
            with transaction(connection):
                connection.execute("CREATE TABLE records (offset INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT")
                connection.execute(f"PRAGMA user_version = {FORMAT}")
        sync_folder(log_dir)
    except BaseException:
        connection.close()
        raise
    return connection


def open_for_reading(log_dir: Path, first_offset: int) -> sqlite3.Connection | None:
    """None where its writer has made the file and not yet the table. Raises `FileNotFoundError` where it is gone."""
    path = path_of(log_dir, first_offset)
    if not path.exists():
        raise FileNotFoundError(path)
    connection = _connect(path, "rw")  # WAL's shared memory has to be writable for readers, too
    try:
        connection.execute("PRAGMA query_only = ON")
        if version_of(connection, path) == FORMAT:
            return connection
    except BaseException:
        connection.close()
        raise
    connection.close()
    return None


def version_of(connection: sqlite3.Connection, path: Path) -> int:
    """0 for a file that its writer had no time to fill. Raises `ConfigurationError` for one that another version has written."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version not in {0, FORMAT}:
        raise ConfigurationError(
            f"{path} has format {version}, this version of Seiche reads format {FORMAT}: start the version that wrote it, or a newer one"
        )
    return version


def end_of(connection: sqlite3.Connection, first_offset: int) -> int:
    """The offset after its last record."""
    last = connection.execute("SELECT max(offset) FROM records").fetchone()[0]
    return first_offset if last is None else int(last) + 1


def last_record(connection: sqlite3.Connection) -> LogRecord | None:
    """The newest one."""
    row = connection.execute("SELECT record FROM records ORDER BY offset DESC LIMIT 1").fetchone()
    return None if row is None else decode(row[0])


def size_of(connection: sqlite3.Connection) -> int:
    """Bytes of its records."""
    return int(connection.execute("SELECT coalesce(sum(length(record)), 0) FROM records").fetchone()[0])


def seal(connection: sqlite3.Connection) -> None:
    """Move the WAL into the file, and close. A crash in between loses nothing: the WAL is still there."""
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()


def unlink(log_dir: Path, first_offset: int) -> None:
    """Remove a segment. Those who have it open read on."""
    path = path_of(log_dir, first_offset)
    for name in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        name.unlink(missing_ok=True)
    sync_folder(log_dir)


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def sync_folder(folder: Path) -> None:
    """Make names in it survive a power loss."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    # Autocommit: transactions are begun by hand. Connections move between threads, one at a time.
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=BUSY_SECONDS, check_same_thread=False)
    connection.execute("PRAGMA mmap_size = 0")
    return connection
