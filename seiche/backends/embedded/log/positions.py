"""How far each consumer of the log is, in a small SQLite file of its own that every process writes: for retention and lag only."""

import sqlite3
import threading
import time
from pathlib import Path

from seiche.errors import StoreUnavailable

RETRY_SECONDS = 5.0


class Positions:
    """`consumers.sqlite`. Thread-safe; a lost last write only delays retention, so it is not synced to disk each time."""

    def __init__(self, log_dir: Path) -> None:
        self._path = log_dir / "consumers.sqlite"
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def set(self, consumer: str, partition: int, offset: int) -> None:
        """Raises `StoreUnavailable`."""
        with self._lock:
            self._run(
                "INSERT INTO positions (consumer, partition, offset) VALUES (?, ?, ?)"
                " ON CONFLICT (consumer, partition) DO UPDATE SET offset = excluded.offset",
                (consumer, partition, offset),
            )

    def get(self, partition: int) -> dict[str, int]:
        """Consumer -> offset. Raises `StoreUnavailable`."""
        with self._lock:
            if self._connection is None and not self._path.exists():
                return {}
            return {
                str(name): int(offset)
                for name, offset in self._run("SELECT consumer, offset FROM positions WHERE partition = ?", (partition,))
            }

    def close(self) -> None:
        """Nothing is lost by not calling it."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _run(self, sql: str, values: tuple[object, ...]) -> list[tuple[object, int]]:
        give_up = time.monotonic() + RETRY_SECONDS
        while True:
            try:
                if self._connection is None:
                    self._connection = self._open()
                return self._connection.execute(sql, values).fetchall()
            except sqlite3.Error as error:
                # Two processes that switch on WAL at once get "database is locked" whatever the timeout: only repeating helps.
                if "locked" not in str(error) or time.monotonic() > give_up:
                    raise StoreUnavailable(f"{self._path} cannot be used: {error}") from error
                time.sleep(0.02)

    def _open(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._path, isolation_level=None, timeout=RETRY_SECONDS, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS positions"
                " (consumer TEXT, partition INTEGER, offset INTEGER NOT NULL, PRIMARY KEY (consumer, partition))"
            )
        except BaseException:
            connection.close()
            raise
        return connection
