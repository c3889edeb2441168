"""What the alerts consumer reads and writes for a batch of events, inside its one transaction."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from seiche.errors import StoreUnavailable
from seiche.model.alert import AlertRule
from seiche.model.outcome import Tally
from seiche.registry import upsert
from seiche.registry.projects import read_rule
from seiche.registry.regroup_tables import FingerprintFacet, FingerprintTotal
from seiche.registry.rule_queries import TEST_PREFIX
from seiche.registry.tables import (
    AlertRuleRow,
    ConsumerOffset,
    DuplicateRow,
    FingerprintRow,
    Issue,
    IssueFacet,
    OutboxRow,
    OutcomeCount,
    Project,
    ReleaseRow,
)

CONSUMER = "alerts"
KEYS_AT_ONCE = 2_000
Key = tuple[int, str]
"""(project id, fingerprint)."""


def position(session: Session, partition: int) -> int:
    """The next offset to process; 0 at the very first."""
    return (
        session.scalar(sa.select(ConsumerOffset.offset).where(ConsumerOffset.consumer == CONSUMER, ConsumerOffset.partition == partition))
        or 0
    )


def move(session: Session, partition: int, start: int, end: int, *, now_us: int) -> None:
    """From `start` to `end`, in the transaction of the work in between.

    Raises `StoreUnavailable` where the position is not `start` any more: another consumer runs, and this batch must be given up.
    """
    if start == 0:
        row = {"consumer": CONSUMER, "partition": partition, "offset": 0, "updated_at_us": now_us}
        upsert.add_once(session, ConsumerOffset, [row])
    moved = session.execute(
        sa.update(ConsumerOffset)
        .where(ConsumerOffset.consumer == CONSUMER, ConsumerOffset.partition == partition, ConsumerOffset.offset == start)
        .values(offset=end, updated_at_us=now_us)
    )
    if moved.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE's result has it; the annotation says Result
        raise StoreUnavailable(f"another alerts consumer has moved partition {partition} past offset {start}")


def projects(session: Session, ids: Collection[int]) -> dict[int, Project]:
    """The projects that exist, locked: their issue numbers and map versions are about to grow."""
    found = session.scalars(sa.select(Project).where(Project.id.in_(ids)).with_for_update())
    return {project.id: project for project in found}


def issues_of(session: Session, keys: Collection[Key]) -> dict[Key, Issue]:
    """The issue of each fingerprint that has been decided, locked."""
    found: dict[Key, Issue] = {}
    asked = sorted(keys)
    for start in range(0, len(asked), KEYS_AT_ONCE):
        chosen = (
            sa.select(FingerprintRow.project_id, FingerprintRow.fingerprint, Issue)
            .join(Issue, Issue.id == FingerprintRow.issue_id)
            .where(sa.tuple_(FingerprintRow.project_id, FingerprintRow.fingerprint).in_(asked[start : start + KEYS_AT_ONCE]))
            .with_for_update(of=Issue)
        )
        found |= {(project_id, fingerprint): issue for project_id, fingerprint, issue in session.execute(chosen)}
    return found


def add_issue(session: Session, project: Project, issue: Issue) -> None:
    """Number and store a new issue."""
    issue.number, project.next_issue_number = project.next_issue_number, project.next_issue_number + 1
    session.add(issue)
    session.flush()


def add_fingerprints(session: Session, project: Project, rows: Sequence[Mapping[str, Any]], *, now_us: int) -> None:
    """Record whose fingerprints these are, and why: a new version of the project's map."""
    if rows:
        project.map_version += 1
        common = {"project_id": project.id, "map_version": project.map_version, "created_at_us": now_us}
        session.execute(sa.insert(FingerprintRow), [{**row, **common} for row in rows])


def add_facets(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Fold what was seen into `issue_facets`."""
    upsert.add_up(session, IssueFacet, rows, count=upsert.SUM, first_seen_us=upsert.SMALLER, last_seen_us=upsert.LARGER)


def add_totals(session: Session, rows: Sequence[Mapping[str, Any]], facets: Sequence[Mapping[str, Any]]) -> None:
    """Fold what was seen into `fingerprint_totals` and `fingerprint_facets`: later offsets come later."""
    last = dict.fromkeys(("last_partition", "last_offset", "last_event_id", "level"), upsert.NEWEST)
    names = {"first_release": upsert.FIRST_SAID, "last_release": upsert.LAST_SAID}
    sums = {"count": upsert.SUM, "first_seen_us": upsert.SMALLER, "last_seen_us": upsert.LARGER}
    upsert.add_up(session, FingerprintTotal, rows, **sums, **last, **names)
    upsert.add_up(session, FingerprintFacet, facets, **sums)


def add_releases(session: Session, seen: Mapping[tuple[int, str], int]) -> None:
    """When a project first named a release; known ones keep their time."""
    rows = [{"project_id": project_id, "version": version, "first_seen_us": at_us} for (project_id, version), at_us in seen.items()]
    upsert.add_once(session, ReleaseRow, rows)


def add_duplicates(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Offsets that repeat an earlier event."""
    upsert.add_once(session, DuplicateRow, rows)


def add_outcomes(session: Session, tallies: Iterable[Tally]) -> None:
    """Fold receipts and refusals into the counts per minute."""
    folded: dict[tuple[Any, ...], int] = {}
    for tally in tallies:
        key = (tally.project_id, tally.minute, tally.public_key[:32], tally.category[:32], tally.outcome.value, tally.reason[:64])
        folded[key] = folded.get(key, 0) + tally.quantity
    names = ("project_id", "minute", "public_key", "category", "outcome", "reason")
    rows = [dict(zip(names, key, strict=True), quantity=quantity) for key, quantity in folded.items()]
    upsert.add_up(session, OutcomeCount, rows, quantity=upsert.SUM)


def rules_of(session: Session, project_ids: Collection[int]) -> dict[int, list[AlertRule]]:
    """The enabled rules of each project, in the order they were made."""
    found: dict[int, list[AlertRule]] = {}
    chosen = sa.select(AlertRuleRow).where(AlertRuleRow.project_id.in_(project_ids), AlertRuleRow.enabled).order_by(AlertRuleRow.id)
    for row in session.scalars(chosen):
        found.setdefault(row.project_id, []).append(read_rule(row))
    return found


def last_sent_us(session: Session, rule_id: int, issue_id: int) -> int | None:
    """When a rule last wrote a notification about an issue; a test that somebody sent starts no cooldown."""
    chosen = sa.select(sa.func.max(OutboxRow.created_at_us)).where(OutboxRow.rule_id == rule_id, OutboxRow.issue_id == issue_id)
    return session.scalar(chosen.where(OutboxRow.delivery_id.not_like(f"{TEST_PREFIX}%")))


def add_outbox(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Notifications to send; one with the same delivery id is the same notification."""
    upsert.add_once(session, OutboxRow, rows)
