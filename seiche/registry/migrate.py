"""Bring a registry to the newest schema, whoever comes first, and set SQLite's journal mode once."""

import logging
import threading
import time
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from sqlite3 import DatabaseError as SqliteDatabaseError

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError

from seiche.errors import ConfigurationError, StoreUnavailable, Transient
from seiche.registry.engine import make_engine, translated

MIGRATIONS = Path(__file__).parent / "migrations"
WAL_PATIENCE_SECONDS = 15.0

log = logging.getLogger(__name__)


def upgrade(url: str) -> None:
    """Alembic to head, in one transaction; cheap where the schema is there already. Several processes may call it at once.

    Raises `ConfigurationError` where a newer Seiche wrote the registry, `StoreUnavailable` where it does not answer.
    """
    database = sa.make_url(url).database
    if url.startswith("sqlite") and database and database != ":memory:":
        Path(database).parent.mkdir(parents=True, exist_ok=True)
    engine = make_engine(url)
    try:
        if engine.dialect.name == "sqlite":
            _set_wal(engine)
        with translated():
            _run(engine)
    except SqliteDatabaseError as error:
        # Raised on connecting, before SQLAlchemy can wrap it.
        raise ConfigurationError(f"{database} is not usable as a registry ({error}): move it away, or restore a backup") from error
    finally:
        engine.dispose()


def upgrade_when_there(url: str, stop: threading.Event) -> None:
    """`upgrade`, tried again while the database does not answer: who starts during an outage waits. Until `stop` is set."""
    while not stop.is_set():
        try:
            upgrade(url)
        except Transient as error:
            log.warning("waiting for the registry: %s", error)
            stop.wait(max(1.0, error.retry_after_seconds))
        else:
            return


def versions(url: str) -> tuple[str | None, str | None]:
    """(the schema version that the registry has, the newest that this Seiche knows); changes nothing."""
    engine = make_engine(url)
    try:
        with translated(), engine.connect().execution_options(seiche_read_only=True) as connection:
            current = MigrationContext.configure(connection).get_current_revision()
            return current, ScriptDirectory.from_config(config(connection)).get_current_head()
    finally:
        engine.dispose()


def config(connection: sa.Connection) -> Config:
    """Alembic's configuration for one connection; no alembic.ini is needed."""
    found = Config()
    found.set_main_option("script_location", str(MIGRATIONS))
    found.attributes["connection"] = connection
    return found


def _run(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        settings = config(connection)
        current = MigrationContext.configure(connection).get_current_revision()
        script = ScriptDirectory.from_config(settings)
        if current == script.get_current_head():
            return
        try:
            if current is not None:
                script.get_revision(current)
        except CommandError as error:
            raise ConfigurationError(
                f"the registry was written by a newer Seiche (revision {current!r}): install that version, or restore a backup"
            ) from error
        command.upgrade(settings, "head")


def _set_wal(engine: sa.Engine) -> None:
    """Switching waits for nobody, whatever the busy timeout says: hence the retries."""
    give_up = time.monotonic() + WAL_PATIENCE_SECONDS
    raw = engine.raw_connection()
    try:
        connection = raw.driver_connection
        assert isinstance(connection, SqliteConnection)  # noqa: S101 - tells mypy what the dialect already says
        while True:
            try:
                if connection.execute("PRAGMA journal_mode=WAL").fetchone()[0] == "wal":
                    return
            except connection.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > give_up:
                    raise StoreUnavailable(f"the registry does not answer: {error}") from error
            if time.monotonic() > give_up:
                raise StoreUnavailable("the registry could not be switched to write-ahead logging: its file system may lack shared memory")
            time.sleep(0.05)
    finally:
        raw.close()
