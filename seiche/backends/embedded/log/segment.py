"""One segment: `FIRST_OFFSET.sqlite`, WAL, synchronous=FULL. The highest name is open, all others are sealed.

The WAL is not checkpointed while a segment is open (both together are as large as a segment may be): a checkpoint between two
commits would make every writer wait for it. Sealing does it once, in a thread of its own.
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import chain
from pathlib import Path

import msgspec

from seiche.backends.embedded.log.folder import path_of, sync_folder
from seiche.errors import ConfigurationError, SeicheError, StoreUnavailable
from seiche.model.record import LogRecord

FORMAT = 1
BUSY_SECONDS = 5.0
DAMAGED = frozenset({"SQLITE_CORRUPT", "SQLITE_NOTADB"})
CACHE_KIB = 8192
LARGEST_STATEMENT = 256
"""Rows. A statement per row would give up the interpreter, and wait for it again, at each of them."""

encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(LogRecord).decode


def create(log_dir: Path, first_offset: int, received_at_us: int) -> None:
    """An empty segment, complete as soon as its name is there, also after a power loss.

    `received_at_us` is the newest time in the log: the next records are not older, even if all others are unlinked by then.
    """
    path = path_of(log_dir, first_offset)
    if path.exists():  # the attempt before this one came as far as here
        return
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    connection = _connect(fresh, "mode=rwc")
    try:
        connection.execute("PRAGMA journal_mode = MEMORY")  # whatever is cut off before the rename is thrown away
        connection.execute("PRAGMA synchronous = FULL")
        with transaction(connection):
            connection.execute("CREATE TABLE records (offset INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT")
            connection.execute("CREATE TABLE starts (received_at_us INTEGER NOT NULL) STRICT")
            connection.execute("INSERT INTO starts VALUES (?)", (received_at_us,))
            connection.execute(f"PRAGMA user_version = {FORMAT}")
        connection.execute("PRAGMA journal_mode = WAL")
    finally:
        connection.close()
    fresh.rename(path)
    sync_folder(log_dir)


def open_for_appending(log_dir: Path, first_offset: int) -> sqlite3.Connection:
    """Raises `ConfigurationError` for a segment of another version."""
    path = path_of(log_dir, first_offset)
    connection = _connect(path, "mode=rw")
    try:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        _check_version(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def open_for_reading(log_dir: Path, first_offset: int, *, is_sealed: bool) -> sqlite3.Connection:
    """Raises `FileNotFoundError` where it is gone, `ConfigurationError` for a segment of another version.

    A sealed segment whose WAL is in it changes no more: it is read without locks and without making files beside it.
    """
    path = path_of(log_dir, first_offset)
    if not path.exists():
        raise FileNotFoundError(path)
    connection = _connect(path, "mode=ro&immutable=1" if is_sealed and wal_bytes(path) == 0 else "mode=ro")
    try:
        _check_version(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def insert(connection: sqlite3.Connection, first_offset: int, rows: Sequence[bytes]) -> None:
    """Encoded records, one offset each."""
    done = 0
    while done < len(rows):
        # Powers of two: few statements to prepare, whatever the number of rows.
        count = 1 << (min(len(rows) - done, LARGEST_STATEMENT).bit_length() - 1)
        numbers = range(first_offset + done, first_offset + done + count)
        connection.execute(_insertion(count), tuple(chain.from_iterable(zip(numbers, rows[done : done + count], strict=True))))
        done += count


@cache
def _insertion(count: int) -> str:
    return "INSERT INTO records (offset, record) VALUES " + ", ".join(["(?, ?)"] * count)


def end_of(connection: sqlite3.Connection, first_offset: int) -> int:
    """The offset after its last record."""
    last = connection.execute("SELECT max(offset) FROM records").fetchone()[0]
    return first_offset if last is None else int(last) + 1


def newest_received_at_us(connection: sqlite3.Connection) -> int:
    """Of its last record, or what the log held before it."""
    row = connection.execute("SELECT record FROM records ORDER BY offset DESC LIMIT 1").fetchone()
    if row is not None:
        return decode(row[0]).received_at_us
    return int(connection.execute("SELECT received_at_us FROM starts").fetchone()[0])


def wal_bytes(path: Path) -> int:
    """Size of what is not in the segment's own file yet; 0 where there is nothing."""
    try:
        return os.stat(f"{path}-wal").st_size  # noqa: PTH116 - asked at every commit
    except FileNotFoundError:
        return 0


def seal(connection: sqlite3.Connection) -> None:
    """Move the WAL into the file, and close. A crash in between loses nothing: the WAL is still there."""
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()


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


def translated(error: sqlite3.Error | msgspec.MsgspecError, path: Path) -> SeicheError:
    """`ConfigurationError` for damage, which does not mend itself; else `StoreUnavailable`."""
    if isinstance(error, msgspec.MsgspecError) or getattr(error, "sqlite_errorname", "") in DAMAGED:
        return ConfigurationError(
            f"{path} is damaged ({error}): stop Seiche and put it back from a backup; or move it and its -wal away,"
            " if it is not the newest: what was in it then counts as lost"
        )
    return StoreUnavailable(f"{path} cannot be used: {error}")


def _check_version(connection: sqlite3.Connection, path: Path) -> None:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version != FORMAT:
        raise ConfigurationError(
            f"{path} has format {version}, this version of Seiche reads format {FORMAT}:"
            " start the version that wrote it and let `seiche drain` finish, or install a newer one"
        )


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    # Autocommit: transactions are begun by hand. Connections move between threads, one at a time.
    uri = f"{path.absolute().as_uri()}?{mode}"
    return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=BUSY_SECONDS, check_same_thread=False)
