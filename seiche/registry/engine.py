"""Engines and short transactions (decision 19 of docs/architecture.md), on SQLite and on Postgres.

On both, write transactions stand in one line: SQLite's `BEGIN IMMEDIATE`, on Postgres an advisory lock that ends with the
transaction. What is read in a transaction therefore still holds when it writes, without a lock per row (docs/adr/0020).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from sqlite3 import Connection as SqliteConnection
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria

from seiche.errors import StoreUnavailable
from seiche.registry.tables import Issue

WITH_MERGED = {"seiche_with_merged": True}
"""Execution options of a query that wants redirects as well: issues whose fingerprints all belong to another one now."""


class _Session(Session):
    """A session whose queries see no redirect, whoever writes them."""


@sa.event.listens_for(_Session, "do_orm_execute")
def _without_redirects(state: ORMExecuteState) -> None:
    if state.is_select and not state.is_column_load and not state.execution_options.get("seiche_with_merged", False):
        state.statement = state.statement.options(_VISIBLE)


_VISIBLE = with_loader_criteria(Issue, Issue.merged_into.is_(None), include_aliases=True)

WRITERS_LOCK = 0x5E1C4F
"""Any number: the line in which Postgres's write transactions stand."""
LOCK_MILLISECONDS = 10_000
"""How long one waits for its turn, on both."""
IDLE_MILLISECONDS = 60_000
"""A transaction whose process hangs is ended by Postgres: others wait for it."""
POOL_WAIT_SECONDS = 5.0
READ_ONLY_STATE = "25006"
"""What a standby answers that was the primary a moment ago."""


def make_engine(url: str) -> sa.Engine:
    """An engine whose write transactions queue, and wait up to 10 s for each other. `url` is for `parse`; `postgresql://` means psycopg 3.

    WAL is set once, by `seiche.registry.migrate.upgrade`, not on every connect: two processes switching it at once fail with
    "database is locked" whatever their timeout.
    """
    parsed = parse(url)
    if parsed.get_backend_name() == "postgresql":
        return _postgres_engine(parsed)
    engine = sa.create_engine(url, pool_pre_ping=False)
    sa.event.listen(engine, "connect", _sqlite_connect)
    sa.event.listen(engine, "begin", _sqlite_begin)
    return engine


def parse(url: str) -> sa.URL:
    """SQLAlchemy's URL, or libpq's with several hosts: `postgresql://USER@HOST:PORT,HOST:PORT/DATABASE`. Of several the one that takes
    writes is asked for, unless `target_session_attrs` says otherwise: connections follow a failover by themselves.
    """
    parts = urlsplit(url)
    user, at, hosts = parts.netloc.rpartition("@")
    several = [host for host in hosts.split(",") if host]
    found = sa.make_url(urlunsplit(parts._replace(netloc=user + at)) if len(several) > 1 else url)
    if len(several) > 1:
        found = found.update_query_dict({"host": several})
    if (
        found.get_backend_name() == "postgresql"
        and isinstance(found.query.get("host"), tuple)
        and "target_session_attrs" not in found.query
    ):
        found = found.update_query_dict({"target_session_attrs": "read-write"})
    return found


def _sqlite_connect(connection: SqliteConnection, _record: Any) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA busy_timeout=10000")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA synchronous=FULL")


def _sqlite_begin(connection: sa.Connection) -> None:
    read_only = connection.get_execution_options().get("seiche_read_only", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def _postgres_engine(url: sa.URL) -> sa.Engine:
    options = f"-c lock_timeout={LOCK_MILLISECONDS} -c idle_in_transaction_session_timeout={IDLE_MILLISECONDS} -c timezone=UTC"
    engine = sa.create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=5,
        max_overflow=10,
        pool_timeout=POOL_WAIT_SECONDS,
        # A server that was started again, or failed over, is noticed before a transaction begins and not by its death.
        pool_pre_ping=True,
        connect_args={"options": options, "connect_timeout": 5, "application_name": "seiche"},
    )
    sa.event.listen(engine, "begin", _postgres_begin)
    sa.event.listen(engine, "handle_error", _postgres_error)
    return engine


def _postgres_error(context: sa.ExceptionContext) -> None:
    """A primary that became a standby answers still: the next transaction connects anew, and so to the one that takes writes."""
    if getattr(context.original_exception, "sqlstate", "") == READ_ONLY_STATE:
        context.is_disconnect = True


def _postgres_begin(connection: sa.Connection) -> None:
    options = connection.get_execution_options()
    if not options.get("seiche_read_only", False):
        shared = "_shared" if options.get("seiche_shared", False) else ""
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock{shared}({WRITERS_LOCK})")


@contextmanager
def write(engine: sa.Engine, *, beside_others: bool = False) -> Iterator[Session]:
    """One short write transaction: commits at the end, rolls back on an error. Raises `StoreUnavailable` where it cannot get in.

    `beside_others`: run at the same time as others that say so, as Postgres allows it. For work that locks every row that it
    changes by what it read; the database ends one of two that wait for each other, which is a `StoreUnavailable` as well.
    """
    if beside_others:
        engine = engine.execution_options(seiche_shared=True)
    with translated(), _Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def read(engine: sa.Engine) -> Iterator[Session]:
    """One consistent snapshot. Writing in it is refused by Postgres, on SQLite by habit."""
    options: dict[str, Any] = {"seiche_read_only": True}
    if engine.dialect.name == "postgresql":
        options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with translated(), _Session(engine.execution_options(**options), expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def translated() -> Iterator[None]:
    """Raise `StoreUnavailable` where the database is gone, busy, or chose this transaction to give way; other errors pass."""
    try:
        yield
    except OperationalError as error:
        raise StoreUnavailable(f"the registry does not answer: {error.orig}") from error
    except PoolTimeoutError as error:
        raise StoreUnavailable(f"the registry does not answer: all its connections have been in use for {POOL_WAIT_SECONDS:g} s") from error
    except DBAPIError as error:
        if error.connection_invalidated or getattr(error.orig, "sqlstate", "") == READ_ONLY_STATE:
            raise StoreUnavailable(f"the registry does not answer: {error.orig}") from error
        raise
