"""Registry -> gold: the issue list and the fingerprint map as Delta tables, written only when they changed."""

import time

import pyarrow as pa
import sqlalchemy as sa

from lake.gold_tables import FINGERPRINT_MAP, ISSUES
from lake.store import Lake, StageReport
from seiche.model.canary import OWN_PROJECT
from seiche.registry.engine import read
from seiche.registry.tables import FingerprintRow, Issue, Project

ISSUES_EVERY_SECONDS = 10.0
"""Counts change with every event; a snapshot of all issues every second would be mostly the same bytes."""

DEAR_SECONDS, SHARE = 0.25, 20
"""A snapshot that took longer rests for twenty times as long: a twentieth of a core at most, however many issues there are."""


def map_mark(engine: sa.Engine) -> tuple[int, int]:
    """Changes with every version of a project's map."""
    with read(engine) as session:
        found = session.execute(sa.select(sa.func.count(), sa.func.sum(Project.map_version)).select_from(Project)).one()
        return found[0], found[1] or 0


def publish(lake: Lake, engine: sa.Engine) -> StageReport:
    """Publish what changed since the last call of this process; the first call always writes."""
    issues, fingerprints = _publish_issues(lake, engine), _publish_map(lake, engine)
    return StageReport(stage="gold", rows=issues + fingerprints, detail={"issues": issues, "fingerprint_map": fingerprints})


def _publish_issues(lake: Lake, engine: sa.Engine) -> int:
    elapsed_seconds = time.monotonic() - lake.memory.get("gold.issues_at", float("-inf"))
    if elapsed_seconds < ISSUES_EVERY_SECONDS or _rests(lake, "gold.issues"):
        return 0
    began = time.process_time()
    with read(engine) as session:
        mark = session.execute(
            sa.select(
                sa.func.count(), sa.func.sum(Issue.count), sa.func.max(Issue.last_seen_us), sa.func.max(Issue.status_changed_at_us)
            ).where(Issue.project_id != OWN_PROJECT)
        ).one()
        if tuple(mark) == lake.memory.get("gold.issues") and lake.memory.get("gold.issues_id") == _identity(lake, "issues"):
            return 0
        chosen = sa.select(Issue, Project.slug).join(Project, Project.id == Issue.project_id).where(Issue.project_id != OWN_PROJECT)
        rows = session.execute(chosen.order_by(Issue.project_id, Issue.id)).all()
    copied = ("project_id", "type", "value", "title", "culprit", "level", "platform", "status", "substatus", "count")
    columns = {name: [getattr(issue, name) for issue, _ in rows] for name in (*copied, "first_release", "last_release")}
    columns |= {
        "project": [slug for _, slug in rows],
        "issue_id": [issue.id for issue, _ in rows],
        "short_id": [f"{slug}-{issue.number}".upper() for issue, slug in rows],
        "first_seen": [issue.first_seen_us for issue, _ in rows],
        "last_seen": [issue.last_seen_us for issue, _ in rows],
        "published_at": [time.time_ns() // 1000] * len(rows),
    }
    _replace(lake, "issues", columns, ISSUES)
    lake.memory |= {
        "gold.issues": tuple(mark),
        "gold.issues_at": time.monotonic(),
        "gold.issues_cost": time.process_time() - began,
        "gold.issues_id": _identity(lake, "issues"),
    }
    return len(rows)


def _publish_map(lake: Lake, engine: sa.Engine) -> int:
    mark = map_mark(engine)
    if mark == lake.memory.get("gold.map") and lake.memory.get("gold.map_id") == _identity(lake, "fingerprint_map"):
        return 0
    if _rests(lake, "gold.map"):
        return 0
    began = time.process_time()
    with read(engine) as session:
        rows = session.scalars(sa.select(FingerprintRow).order_by(FingerprintRow.project_id, FingerprintRow.fingerprint)).all()
    names = ("project_id", "fingerprint", "issue_id", "rule", "score", "version", "map_version")
    columns = {name: [getattr(row, name) for row in rows] for name in names}
    columns["created_at"] = [row.created_at_us for row in rows]
    _replace(lake, "fingerprint_map", columns, FINGERPRINT_MAP)
    lake.memory |= {"gold.map": mark, "gold.map_id": _identity(lake, "fingerprint_map")}
    lake.memory |= {"gold.map_at": time.monotonic(), "gold.map_cost": time.process_time() - began}
    return len(rows)


def _rests(lake: Lake, name: str) -> bool:
    cost = lake.memory.get(f"{name}_cost", 0.0)
    return bool(cost > DEAR_SECONDS and time.monotonic() - lake.memory[f"{name}_at"] < SHARE * cost)


def _identity(lake: Lake, name: str) -> str:
    return str(lake.table(name).metadata().id)


def _replace(lake: Lake, name: str, columns: dict[str, list[object]], schema: pa.Schema) -> None:
    table = pa.table([pa.array(columns[field.name], field.type) for field in schema], schema=schema)

    def attempt() -> int:
        lake.table(name)
        return lake.replace(name, table, predicate=None, kind="snapshot")

    lake.retrying(name, attempt)
