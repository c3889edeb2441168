"""Attachments, feedback and what frames lacked, older than their project keeps: rows first, so that nothing names a file that is gone."""

import logging
from datetime import UTC, datetime, time, timedelta

import sqlalchemy as sa

from seiche.backends.raw_store import RawStore
from seiche.errors import Transient
from seiche.registry.engine import write
from seiche.registry.item_queries import forget_before
from seiche.registry.projects import retention_days
from seiche.registry.unresolved import forget_before as forget_unresolved

log = logging.getLogger(__name__)


def forget(engine: sa.Engine, raw: RawStore, *, now_us: int) -> tuple[int, int]:
    """(rows, files) removed, by whole days like the lake's. What fails is tried again the next time."""
    rows = files = 0
    today = datetime.fromtimestamp(now_us // 1_000_000, UTC).date()
    for project_id, days in retention_days(engine).items():
        cutoff = today - timedelta(days=days)
        cutoff_us = int(datetime.combine(cutoff, time(), UTC).timestamp()) * 1_000_000
        with write(engine) as session:
            rows += forget_before(session, project_id, cutoff_us)
            forget_unresolved(session, project_id, cutoff_us)
        try:
            files += raw.drop_before(project_id, cutoff)
        except Transient as error:
            log.warning("files of project %d are removed later: %s", project_id, error)
    return rows, files
