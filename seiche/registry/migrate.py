"""Bring a registry to the newest schema, whoever comes first, and set SQLite's journal mode once."""

import logging
import re
import threading
import time
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from sqlite3 import DatabaseError as SqliteDatabaseError
from typing import TYPE_CHECKING

import sqlalchemy as sa

from seiche.errors import ConfigurationError, StoreUnavailable, Transient
from seiche.registry.engine import make_engine, parse, translated

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
WAL_PATIENCE_SECONDS = 15.0

log = logging.getLogger(__name__)


def upgrade(url: str) -> None:
    """Alembic to head, in one transaction; cheap where the schema is there already. Several processes may call it at once.

    Raises `ConfigurationError` where a newer Seiche wrote the registry, `StoreUnavailable` where it does not answer.
    """
    database = parse(url).database
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
            return _current(connection), newest()
    finally:
        engine.dispose()


def newest() -> str:
    """The last migration that there is. Asked without Alembic, whose import would be a tenth of the start of every process and command."""
    last = max((MIGRATIONS / "versions").glob("r[0-9]*.py"))
    found: str = re.findall(r'^revision = "(\w+)"$', last.read_text(), re.MULTILINE)[0]
    return found


def _current(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return found


def config(connection: sa.Connection) -> "Config":
    """Alembic's configuration for one connection; no alembic.ini is needed."""
    from alembic.config import Config

    found = Config()
    found.set_main_option("script_location", str(MIGRATIONS))
    found.attributes["connection"] = connection
    return found


def _run(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        current = _current(connection)
        if current == newest():
            return
        from alembic import command
        from alembic.script import ScriptDirectory
        from alembic.util.exc import CommandError

        settings = config(connection)
        try:
            if current is not None:
                ScriptDirectory.from_config(settings).get_revision(current)
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
