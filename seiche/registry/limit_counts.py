"""Counts of long limits, for `ingest_api.ledger`."""

import time
from collections.abc import Mapping

import sqlalchemy as sa

from seiche.registry.engine import read, write
from seiche.registry.protection_tables import LimitCount
from seiche.registry.upsert import LARGER, add_up


class LimitCounts:
    """One table; rows of windows that have ended are deleted as others are saved."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def load(self) -> dict[str, tuple[int, int]]:
        """Counter -> (used, end of its window)."""
        chosen = sa.select(LimitCount.counter, LimitCount.used, LimitCount.ends_at_us).where(LimitCount.ends_at_us > _now_us())
        with read(self._engine) as session:
            return {row.counter: (row.used, row.ends_at_us) for row in session.execute(chosen)}

    def save(self, counts: Mapping[str, tuple[int, int]]) -> None:
        """Set them."""
        rows = [{"counter": name, "used": max(0, used), "ends_at_us": end_us} for name, (used, end_us) in counts.items()]
        with write(self._engine) as session:
            session.execute(sa.delete(LimitCount).where(LimitCount.ends_at_us <= _now_us()))
            add_up(session, LimitCount, rows, used=LARGER, ends_at_us=LARGER)


def _now_us() -> int:
    return time.time_ns() // 1000
