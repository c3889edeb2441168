"""Regrouping history: a preview that touches nothing, and an application that builds the next map beside the current one.

Silver is read as of one snapshot, then what came meanwhile, then, inside the switch's one transaction, the last records from the log
that `alerts` has decided and silver does not have yet. Until then nothing is written but the regroup's own progress.
"""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.orm import Session

from lake.bronze import to_table
from lake.history import History, Progress, compute
from lake.history_rows import scan, whole
from lake.regroup_switch import Switched, switch
from lake.silver import artifacts_of, committed_offsets, config_source, duplicate_offsets
from lake.silver_rows import to_silver
from lake.store import Lake, from_us
from seiche.artifacts.finder import ArtifactFinder
from seiche.errors import SeicheError, StoreUnavailable
from seiche.grouping.regroup import Known, Plan, plan
from seiche.model.project import ProjectConfig, grouping_settings
from seiche.model.record import RecordKind
from seiche.ports.event_log import EventLogReader
from seiche.registry import regroups
from seiche.registry.engine import read, write
from seiche.registry.groups import locked
from seiche.registry.regroup_tables import GroupingChange, MovedEvent, RegroupRow
from seiche.registry.tables import FingerprintRow, Issue, Project, ProjectConfigRow

CATCH_UP_ROUNDS = 20
SHORT_GAP = 2000
"""Records that may be read while the registry waits."""
log = logging.getLogger(__name__)


def preview(
    lake: Lake,
    engine: sa.Engine,
    project_id: int,
    config: ProjectConfig,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    progress: Progress = lambda *_: None,
) -> dict[str, Any]:
    """What these settings would merge and split among the events of a time range."""
    from lake.regroup_report import report

    with read(engine) as session:
        moved, known, before = _moved(session, project_id), _known(session, project_id), _current(session, project_id)
        titles = _issues(session, project_id)
    snapshot = scan(lake, project_id, since, until)
    history = compute(snapshot.batches, History(project_id, config, moved), snapshot.total, progress)
    return report(history, _plan(history, known, before, config), known, titles)


def work(
    lake: Lake, engine: sa.Engine, event_log: EventLogReader, regroup_id: int, *, artifacts: ArtifactFinder | None = None
) -> RegroupRow | None:
    """Do what was asked for, up to the switch; None where there was nothing to do. What fails is written down and raised."""
    row = regroups.claim(engine, regroup_id)
    if row is None:
        return None
    try:
        if row.kind == regroups.PREVIEW:
            _, project, config = regroups.load(engine, regroup_id)
            since, until = (from_us(at) if at is not None else None for at in (row.since_us, row.until_us))
            found = preview(lake, engine, project.id, config, since=since, until=until, progress=_told(engine, regroup_id))
            regroups.finish(engine, regroup_id, regroups.DONE, result=found)
        elif row.state != regroups.SWITCHED:
            _apply(lake, engine, event_log, artifacts, regroup_id)
    except regroups.CancelledError:
        log.info("regroup %d was cancelled", regroup_id)
    except Exception as error:
        what = str(error) if isinstance(error, SeicheError) else f"{type(error).__name__}: {error}"
        regroups.finish(engine, regroup_id, regroups.FAILED, error=what)
        raise
    with read(engine) as session:
        return session.get(RegroupRow, regroup_id)


def _apply(lake: Lake, engine: sa.Engine, event_log: EventLogReader, artifacts: ArtifactFinder | None, regroup_id: int) -> None:
    _, project, config = regroups.load(engine, regroup_id)
    if _same_as_history(engine, project.id, config):
        regroups.finish(engine, regroup_id, regroups.DONE, result={"changed": False, "hours": []})
        return
    with read(engine) as session:
        moved, before = _moved(session, project.id), _current(session, project.id)
    tell = _told(engine, regroup_id)
    history = History(project.id, config, moved)
    snapshot = scan(lake, project.id)
    compute(snapshot.batches, history, snapshot.total, tell)
    positions = snapshot.positions
    for _ in range(CATCH_UP_ROUNDS):
        behind = sum(max(0, end - positions.get(partition, 0)) for partition, end in committed_offsets(engine).items())
        if behind <= SHORT_GAP:
            break
        snapshot = scan(lake, project.id, after=positions)
        compute(snapshot.batches, history, history.events + snapshot.total, tell)
        positions = snapshot.positions
    with write(engine) as session:
        # From here on `alerts` waits: what it has committed is all there is.
        locked(session, project.id)
        row = session.get_one(RegroupRow, regroup_id)
        if row.state == regroups.CANCELLED:
            raise regroups.CancelledError(f"regroup {regroup_id} was cancelled")
        if _moved(session, project.id) != moved:
            raise StoreUnavailable("events were moved meanwhile: start the regroup again", retry_after_seconds=1)
        for rows in _tail(engine, event_log, artifacts, positions, project.id):
            history.read(whole(rows))
        history.settle_users()
        known, undone = _known(session, project.id), regroups.undone_by(session, row)
        if undone is not None:
            known = as_before(known, undone)
        done: Switched = switch(session, row, config, history, _plan(history, known, before, config, restore=undone is not None))
        if undone is not None:
            undone.undone_at_us = row.updated_at_us
    log.info("regroup %d of project %s switched: %s", regroup_id, project.slug, done)


def _tail(
    engine: sa.Engine, event_log: EventLogReader, artifacts: ArtifactFinder | None, positions: Mapping[int, int], project_id: int
) -> list[pa.Table]:
    """What `alerts` has decided and silver's snapshot does not have, as silver would have it."""
    found: list[pa.Table] = []
    for partition, end in committed_offsets(engine).items():
        start = positions.get(partition, 0)
        if end - start > 20 * SHORT_GAP:
            raise StoreUnavailable(
                f"silver is {end - start} records behind alerts: let the pipeline catch up, then start the regroup again"
            )
        while start < end:
            records = event_log.read(partition, start, max_records=min(1000, end - start))
            if not records:
                raise StoreUnavailable(f"the log of partition {partition} ends at {start}, before what alerts has decided ({end})")
            start = records[-1].offset + 1
            wanted = [one for one in records if one.record.kind is RecordKind.EVENT and one.record.project_id == project_id]
            if wanted:
                rows = to_table(wanted)
                silver = to_silver(rows, duplicate_offsets(engine, rows), config_source(engine), artifacts_of(engine, rows, artifacts))
                found.append(silver.filter(~pa.compute.field("duplicate")))
    return found


def as_before(known: Mapping[str, Known], change: GroupingChange) -> dict[str, Known]:
    """The map without what a regroup did to it, but for what went elsewhere since."""
    came_from = {name: source for name, source, target, _ in change.data["steps"] if name in known and known[name].issue_id == target}
    return {name: Known(came_from.get(name, one.issue_id), one.pinned) for name, one in known.items()}


def _plan(history: History, known: Mapping[str, Known], before: ProjectConfig, config: ProjectConfig, *, restore: bool = False) -> Plan:
    """Which fingerprints belong together is asked again where what decides that changes, not only what a fingerprint is."""
    redecide = before.grouping_near != config.grouping_near
    return plan(history.sights.values(), history.overlap(), known, redecide=redecide and not restore, restore=restore)


def _known(session: Session, project_id: int) -> dict[str, Known]:
    """The map without whole stacks: the new grouping is asked, not led back by what the old one recorded beside its own."""
    from seiche.grouping.identity import COMPANION

    chosen = sa.select(FingerprintRow.fingerprint, FingerprintRow.issue_id, FingerprintRow.pinned)
    rows = session.execute(chosen.where(FingerprintRow.project_id == project_id, FingerprintRow.rule != COMPANION))
    return {row.fingerprint: Known(row.issue_id, row.pinned) for row in rows}


def _issues(session: Session, project_id: int) -> dict[int, tuple[str, str]]:
    """Id -> (short id, title)."""
    project = session.get_one(Project, project_id)
    rows = session.execute(sa.select(Issue.id, Issue.number, Issue.title).where(Issue.project_id == project_id))
    return {row.id: (f"{project.slug.upper()}-{row.number}", row.title) for row in rows}


def _moved(session: Session, project_id: int) -> dict[str, str]:
    chosen = sa.select(MovedEvent.event_id, MovedEvent.fingerprint).where(MovedEvent.project_id == project_id, MovedEvent.fingerprint != "")
    return {row.event_id: row.fingerprint for row in session.execute(chosen)}


def _current(session: Session, project_id: int) -> ProjectConfig:
    return regroups.current(session, session.get_one(Project, project_id))


def _same_as_history(engine: sa.Engine, project_id: int, config: ProjectConfig) -> bool:
    """Whether all of history is grouped by these settings already: then applying them changes nothing."""
    import msgspec

    with read(engine) as session:
        project = session.get_one(Project, project_id)
        rows = session.scalars(
            sa.select(ProjectConfigRow).where(ProjectConfigRow.project_id == project_id, ProjectConfigRow.version >= project.grouping_floor)
        )
        return all(grouping_settings(msgspec.convert(row.config, ProjectConfig)) == grouping_settings(config) for row in rows)


def _told(engine: sa.Engine, regroup_id: int) -> Progress:
    def tell(done: int, total: int) -> None:
        regroups.progress(engine, regroup_id, done, total)

    return tell
