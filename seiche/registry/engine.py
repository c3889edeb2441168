"""Engines and short transactions (decision 19 of docs/architecture.md)."""

from collections.abc import Iterator
from contextlib import contextmanager
from sqlite3 import Connection as SqliteConnection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from seiche.errors import StoreUnavailable


def make_engine(url: str) -> sa.Engine:
    """An engine whose SQLite connections begin IMMEDIATE where they write, and wait up to 10 s for each other.

    WAL is set once, by `seiche.registry.migrate.upgrade`, not on every connect: two processes switching it at once fail with
    "database is locked" whatever their timeout.
    """
    engine = sa.create_engine(url, pool_pre_ping=False)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _sqlite_connect)
        sa.event.listen(engine, "begin", _sqlite_begin)
    return engine


def _sqlite_connect(connection: SqliteConnection, _record: Any) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA busy_timeout=10000")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA synchronous=FULL")


def _sqlite_begin(connection: sa.Connection) -> None:
    read_only = connection.get_execution_options().get("seiche_read_only", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


@contextmanager
def write(engine: sa.Engine) -> Iterator[Session]:
    """One short write transaction: commits at the end, rolls back on an error. Raises `StoreUnavailable` where it cannot get in."""
    try:
        with Session(engine, expire_on_commit=False) as session, session.begin():
            yield session
    except OperationalError as error:
        raise StoreUnavailable(f"the registry does not answer: {error.orig}") from error


@contextmanager
def read(engine: sa.Engine) -> Iterator[Session]:
    """One consistent snapshot; writes are refused by habit, not by the database."""
    try:
        with Session(engine.execution_options(seiche_read_only=True), expire_on_commit=False) as session, session.begin():
            yield session
    except OperationalError as error:
        raise StoreUnavailable(f"the registry does not answer: {error.orig}") from error
