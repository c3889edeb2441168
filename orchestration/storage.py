"""Dagster's event log and runs in two SQLite files, over pooled connections: a quarter of the default's CPU, and prunable.

`dagster.yaml` names these classes; docs/adr/0004 has the figures and what they rely on. Only methods that Dagster's own
documented storages define in public are overridden.
"""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import Any, Self

import sqlalchemy as sa
from dagster._core.storage.event_log import ConsolidatedSqliteEventLogStorage  # the path that Dagster's documentation gives
from dagster._core.storage.runs import SqliteRunStorage  # the path that Dagster's documentation gives
from dagster._core.storage.schedules import SqliteScheduleStorage  # the path that Dagster's documentation gives
from dagster._serdes import ConfigurableClassData
from sqlalchemy.pool import QueuePool

BUSY_SECONDS = 30


class PooledEventLog(ConsolidatedSqliteEventLogStorage):
    """All events in one file."""

    _pool: sa.Engine | None = None

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]) -> Self:
        with _first_one_creates(config_value["base_dir"]):
            return cls(inst_data=inst_data, **config_value)

    def run_connection(self, run_id: str | None) -> AbstractContextManager[sa.Connection]:  # noqa: ARG002 - runs share the file
        return self.index_connection()

    @contextmanager
    def index_connection(self) -> Iterator[sa.Connection]:
        if self._pool is None:
            self._pool = _engine(self.get_db_path())  # type: ignore[no-untyped-call] # theirs
        with self._pool.connect() as connection, connection.begin():
            yield connection

    def dispose(self) -> None:
        super().dispose()  # type: ignore[no-untyped-call] # theirs
        if self._pool is not None:
            self._pool.dispose()


class PooledRuns(SqliteRunStorage):
    """All runs in one file."""

    _pool: sa.Engine | None = None
    _path = ""

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]) -> Self:
        base = config_value["base_dir"]
        with _first_one_creates(base):
            SqliteRunStorage.from_local(base)
        path = os.path.join(base, "runs.db")  # noqa: PTH118 - Dagster's own way of naming it
        made = cls(f"sqlite:///{path}", inst_data)
        made._path = path
        return made

    @contextmanager
    def connect(self) -> Iterator[sa.Connection]:
        if self._pool is None:
            self._pool = _engine(self._path)
        with self._pool.connect() as connection, connection.begin():
            yield connection

    def dispose(self) -> None:
        super().dispose()
        if self._pool is not None:
            self._pool.dispose()


class Schedules(SqliteScheduleStorage):
    """Dagster's own, made by one process at a time."""

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]) -> SqliteScheduleStorage:  # type: ignore[override] # what theirs returns
        with _first_one_creates(config_value["base_dir"]):
            return super().from_config_value(inst_data, config_value)


def _engine(path: str) -> sa.Engine:
    engine = sa.create_engine(
        f"sqlite:///{path}",
        poolclass=QueuePool,
        pool_size=4,
        max_overflow=8,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )
    sa.event.listen(engine, "connect", _on_connect)
    return engine


def _on_connect(connection: SqliteConnection, _record: Any) -> None:
    connection.execute("PRAGMA synchronous=NORMAL")  # a power cut may take the last reports, never the data they are about


@contextmanager
def _first_one_creates(base: str) -> Iterator[None]:
    """Four processes start at once: without this two of them create the same tables."""
    folder = Path(base)
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / ".create.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
