"""Which of several like processes this one is: each holds a lock that ends with its connection, and counts who else holds one."""

import secrets
from zlib import crc32

import sqlalchemy as sa

from seiche.registry.engine import translated

OTHERS = sa.text("""
    SELECT objid::bigint, pid = pg_backend_pid() FROM pg_locks
    WHERE locktype = 'advisory' AND classid = :kind AND objsubid = 2 AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY objid
""")


class Membership:
    """One process's, among all that say the same `name`. One thread. On SQLite there is one process, and it is the first."""

    def __init__(self, engine: sa.Engine, name: str) -> None:
        self._engine, self._kind = engine, crc32(name.encode()) & 0x7FFFFFFF
        self._held: sa.Connection | None = None

    def standing(self) -> tuple[int, int]:
        """(which, of how many), counted from 1, as it is now. Raises `StoreUnavailable`: others may count without this one then."""
        if self._engine.dialect.name != "postgresql":
            return 1, 1
        try:
            with translated():
                if self._held is None:
                    self._join()
                rows = self._held.execute(OTHERS, {"kind": self._kind}).all() if self._held is not None else []
        except BaseException:
            self.leave()
            raise
        own = next(place for place, (_, is_own) in enumerate(rows, start=1) if is_own)
        return own, len(rows)

    def leave(self) -> None:
        """Others count without this one from now on."""
        held, self._held = self._held, None
        if held is not None:
            held.invalidate()
            held.close()

    def _join(self) -> None:
        self._held = self._engine.execution_options(seiche_read_only=True, isolation_level="AUTOCOMMIT").connect()
        self._held.execute(sa.text("SELECT pg_advisory_lock(:kind, :number)"), {"kind": self._kind, "number": secrets.randbits(30)})
