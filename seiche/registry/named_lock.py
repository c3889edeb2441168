"""Named locks between processes and machines, for stores that have no transactions of their own (ClickHouse, the search index).

On Postgres an advisory lock of a connection of its own: it ends with the connection, whatever becomes of the process. Beside SQLite a
locked file: all processes are on one machine then.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from zlib import crc32

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, OperationalError

from seiche.errors import StoreUnavailable
from seiche.registry.engine import LOCK_MILLISECONDS, translated

CLASS = 0x5E1C
"""Half of an advisory lock's number; the name gives the other half. Write transactions use numbers of another kind."""
NOT_IN_TIME = "55P03"


@contextmanager
def exclusive(engine: sa.Engine, name: str) -> Iterator[None]:
    """Hold the lock for the block. Raises `StoreUnavailable` where another process keeps it for longer than `LOCK_MILLISECONDS`,
    or where it was lost meanwhile: another may have worked beside this one then, and positions must be read again.
    """
    if engine.dialect.name != "postgresql":
        with _file_lock(f"{engine.url.database}.{name}.lock"):
            yield
        return
    number = crc32(name.encode()) - (1 << 31)
    options = engine.execution_options(seiche_read_only=True, isolation_level="AUTOCOMMIT")
    with translated(), options.connect() as connection:
        try:
            connection.exec_driver_sql(f"SELECT pg_advisory_lock({CLASS}, {number})")
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", "") == NOT_IN_TIME:
                raise StoreUnavailable(f"another process has been busy with {name} for {LOCK_MILLISECONDS / 1000:g} s") from error
            raise
        try:
            yield
        except BaseException:
            connection.invalidate()  # the lock ends with its connection, whatever has gone wrong
            raise
        try:
            held = connection.exec_driver_sql(f"SELECT pg_advisory_unlock({CLASS}, {number})").scalar()
        except DBAPIError as error:
            raise StoreUnavailable(f"the registry went away while {name} was being written: positions are read again") from error
        if not held:
            raise StoreUnavailable(f"the lock of {name} was lost while it was being written: positions are read again")


@contextmanager
def _file_lock(path: str) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
