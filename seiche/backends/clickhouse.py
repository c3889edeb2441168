"""ClickHouse by clickhouse-connect: chDB behind its HTTP process and a real server alike."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from clickhouse_connect.driver.exceptions import ClickHouseError, OperationalError

from seiche.errors import ConfigurationError, InvalidInput, SeicheError, StoreUnavailable
from seiche.settings import OlapSettings

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

# Both warn of each failed attempt, before this module raises (or tries again): once is enough.
logging.getLogger("clickhouse_connect.driver").setLevel(logging.ERROR)
logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)

AUTHENTICATION_FAILED = 516
UNKNOWN_DATABASE = 81
UNKNOWN_TABLE = 60
PATIENCE_SECONDS = 5.5
TRY_AGAIN_CODES = frozenset({159, 160, 202, 203, 209, 210, 241, 242, 252, 319, 425, 439, 999})
"""Timeouts, too many queries, memory, read-only, keeper and network: true now, maybe not in a second."""


class NoTables(StoreUnavailable):
    """Nobody has made the tables yet, or somebody has dropped them: the pipeline makes them whenever it connects."""


def connect(olap: OlapSettings, *, host: str, port: int, password: str, patience_seconds: float = PATIENCE_SECONDS) -> "Client":
    """A client without a session, so that it may be shared by threads that each run one query at a time.

    Tries for `patience_seconds`: the embedded engine is back within five after any death; pages that can do without it pass 0.
    Raises `StoreUnavailable` or, where the password is refused, `ConfigurationError`.
    """
    import clickhouse_connect

    last: SeicheError | None = None
    deadline, pause_seconds = time.monotonic() + patience_seconds, 0.1
    while last is None or time.monotonic() + pause_seconds <= deadline:
        if last is not None:
            time.sleep(pause_seconds)
            pause_seconds = min(2 * pause_seconds, 1.0)
        try:
            with translated(f"ClickHouse at {host}:{port}"):
                return clickhouse_connect.get_client(
                    host=host,
                    port=port,
                    username=olap.user,
                    password=password,
                    database=olap.database,
                    secure=olap.secure,
                    autogenerate_session_id=False,
                    connect_timeout=3,
                    # Above every server-side time limit, so that no query outlives the client that would repeat it.
                    send_receive_timeout=max(60, 3 * olap.max_execution_seconds),
                    query_limit=0,
                    tz_mode="aware",
                )
        except StoreUnavailable as error:
            last = error
    raise last or StoreUnavailable(f"ClickHouse at {host}:{port} does not answer")


@contextmanager
def translated(what: str = "ClickHouse") -> Iterator[None]:
    """Raise this project's errors in place of clickhouse-connect's."""
    try:
        yield
    except ClickHouseError as error:
        raise to_seiche_error(error, what) from error
    except OSError as error:
        raise StoreUnavailable(f"{what} does not answer: {error}") from error


def to_seiche_error(error: ClickHouseError, what: str = "ClickHouse") -> SeicheError:
    """Which of ours it is: wrong password -> configuration, busy, away, no tables -> transient, a bad query -> invalid input."""
    code = getattr(error, "code", None)
    if code == AUTHENTICATION_FAILED:
        return ConfigurationError(f"{what} refuses the password: it differs from the one in secrets.json")
    if code == UNKNOWN_DATABASE:
        return ConfigurationError(f"{what} has no such database: {error}")
    if code == UNKNOWN_TABLE:
        return NoTables(f"{what} does not have its tables yet, which the pipeline process makes when it connects: {error}")
    if code in TRY_AGAIN_CODES or isinstance(error, OperationalError) or code is None:
        return StoreUnavailable(f"{what} does not answer: {error}")
    return InvalidInput(f"{what} refuses a query: {error}", reason=f"clickhouse_{code}")
