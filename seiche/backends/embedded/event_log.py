"""The embedded event log, as `seiche.wiring` builds it."""

from seiche.backends.embedded.log.reader import SqliteEventLogReader
from seiche.backends.embedded.log.writer import SqliteEventLogWriter

__all__ = ["SqliteEventLogReader", "SqliteEventLogWriter"]
