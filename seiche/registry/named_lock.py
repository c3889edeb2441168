"""Named locks between processes and machines, for stores that have no transactions of their own (ClickHouse, the search index).

On Postgres advisory locks of a connection of its own: they end with the connection, whatever becomes of the process. Beside SQLite
locked files: all processes are on one machine then.
"""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from zlib import crc32

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, OperationalError

from seiche.errors import StoreUnavailable
from seiche.registry.engine import LOCK_MILLISECONDS, translated

CLASS = 0x5E1C
"""Half of an advisory lock's number; the name gives the other half. Write transactions use numbers of another kind."""
NOT_IN_TIME = "55P03"


@contextmanager
def held(engine: sa.Engine, alone: Sequence[str], beside: Sequence[str] = ()) -> Iterator[None]:
    """Hold locks for the block: `beside` others that ask so, then those of `alone` to oneself.

    Raises `StoreUnavailable` where another process keeps one for longer than `LOCK_MILLISECONDS`, or where they were lost meanwhile:
    another may have worked beside this one then, and positions must be read again.
    """
    if engine.dialect.name != "postgresql":
        with ExitStack() as stack:
            for name in beside:
                stack.enter_context(file_lock(f"{engine.url.database}.{name}.lock", alone=False))
            for name in alone:
                stack.enter_context(file_lock(f"{engine.url.database}.{name}.lock"))
            yield
        return
    wanted = [("_shared", name) for name in beside] + [("", name) for name in alone]
    what = ", ".join((*beside, *alone))
    options = engine.execution_options(seiche_read_only=True, isolation_level="AUTOCOMMIT")
    with translated(), options.connect() as connection:
        try:
            connection.exec_driver_sql(_calls("pg_advisory_lock", wanted))
        except OperationalError as error:
            connection.invalidate()  # it may have got some of them
            if getattr(error.orig, "sqlstate", "") == NOT_IN_TIME:
                raise StoreUnavailable(f"another process has been busy with {what} for {LOCK_MILLISECONDS / 1000:g} s") from error
            raise
        try:
            yield
        except BaseException:
            connection.invalidate()  # the locks end with their connection, whatever has gone wrong
            raise
        try:
            still = connection.exec_driver_sql(_calls("pg_advisory_unlock", wanted)).one()
        except DBAPIError as error:
            raise StoreUnavailable(f"the registry went away while {what} was being written: positions are read again") from error
        if not all(still):
            raise StoreUnavailable(f"the lock of {what} was lost while it was being written: positions are read again")


class Duty:
    """What one process at a time does, for as long as it lives: whoever asks when nobody has it gets it. One thread."""

    def __init__(self, engine: sa.Engine, name: str) -> None:
        self._engine, self._name = engine, name
        self._connection: sa.Connection | None = None
        self._file: int | None = None

    def is_ours(self) -> bool:
        """Takes it where it is free. Raises `StoreUnavailable`: somebody else may have it then."""
        if self._engine.dialect.name != "postgresql":
            return self._file is not None or self._take_file()
        try:
            with translated():
                if self._connection is None:
                    self._connection = self._engine.execution_options(seiche_read_only=True, isolation_level="AUTOCOMMIT").connect()
                # Whose connection has it already gets it again; whose connection was lost has lost it, and learns it here.
                found = self._connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({CLASS}, {_number(self._name)})").scalar()
        except BaseException:
            self.leave()
            raise
        return bool(found)

    def leave(self) -> None:
        """Another may have it from now on."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _take_file(self) -> bool:
        descriptor = os.open(f"{self._engine.url.database}.{self._name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._file = descriptor
        return True


@contextmanager
def file_lock(path: str | os.PathLike[str], *, alone: bool = True) -> Iterator[None]:
    """Between processes of one machine; waits for as long as it takes."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


def _calls(function: str, wanted: Sequence[tuple[str, str]]) -> str:
    return "SELECT " + ", ".join(f"{function}{kind}({CLASS}, {_number(name)})" for kind, name in wanted)


def _number(name: str) -> int:
    return crc32(name.encode()) - (1 << 31)
