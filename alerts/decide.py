"""One batch into the registry: issues, counts, facets, activity, outbox, duplicates, outcomes and the offset, in one transaction."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from alerts import assign, fold, frequency, life, payload, rules
from alerts.identity import identify
from alerts.indexes import Indexes
from alerts.items import handle
from alerts.prepare import EVENTS, MINUTE_US, ConfigOf, Prepared, Sighting, with_details
from alerts.rules import Happening
from alerts.unresolved import unresolved
from seiche.model.alert import Trigger
from seiche.model.outcome import Outcome, Tally
from seiche.registry import sightings as registry
from seiche.registry import unresolved as unresolved_files
from seiche.registry.artifact_queries import record_epoch
from seiche.registry.issues import SYSTEM, record, refresh_priority
from seiche.registry.tables import Issue, Project

KINDS = {
    Trigger.NEW_ISSUE: "issue_new",
    Trigger.REGRESSION: "issue_regressed",
    Trigger.UNIGNORED: "issue_unignored",
    Trigger.ESCALATING: "issue_escalating",
}


class Decided(msgspec.Struct, frozen=True):
    """What a batch did."""

    events: int
    duplicates: int
    new_issues: int
    regressions: int
    notifications: int
    homeless: int
    """Events of projects that do not exist (any more): there is no issue they could belong to."""


def decide(  # a batch and all that deciding it needs
    session: Session, batch: Prepared, repeats: Collection[int], *, indexes: Indexes, config_of: ConfigOf, base_url: str, now_us: int
) -> Decided:
    """Everything a batch means, and the position moved past it. `repeats`: offsets whose event came before."""
    repeated = [one for one in batch.sightings if one.offset in repeats]
    fresh = [one for one in batch.sightings if one.offset not in repeats]
    projects = registry.projects(session, sorted({one.record.project_id for one in fresh}))
    homed = [one for one in fresh if one.record.project_id in projects]

    registry.add_releases(session, fold.releases(homed))
    issues, made = identify(session, projects, homed, indexes, now_us=now_us)
    by_issue: dict[int, list[Sighting]] = defaultdict(list)
    for one in homed:
        by_issue[issues[one.key].id].append(one)
    rows = {issue.id: issue for issue in issues.values()}

    happenings = [Happening(issue.id, Trigger.NEW_ISSUE, first, first.error or "first event") for issue, first in made]
    happenings += life.changes(session, rows, by_issue, now_us)
    for issue_id, seen in by_issue.items():
        fold.add(rows[issue_id], seen)
        refresh_priority(rows[issue_id])
    for project_id, first in _first_of_project(homed).items():
        if projects[project_id].first_event_at_us is None:
            projects[project_id].first_event_at_us = first.record.received_at_us
    _record(session, happenings, rows, now_us)
    happenings += assign.assigned(session, projects, made, config_of=config_of, now_us=now_us)
    outbox = outbox_rows(
        session, happenings, by_issue, rows, projects, config_of=config_of, base_url=base_url, now_us=now_us, digest=batch.refilled
    )
    session.flush()

    registry.add_outbox(session, outbox)
    registry.add_facets(session, fold.facets((issues[one.key].id, one) for one in homed))
    registry.add_totals(session, fold.totals(homed), fold.fingerprint_facets(homed))
    unresolved_files.add(session, unresolved(homed))
    registry.add_duplicates(session, [_duplicate(one) for one in repeated])
    became = [*_tallies(fresh, Outcome.STORED), *_tallies(repeated, Outcome.DUPLICATE)]
    registry.add_outcomes(session, [*batch.tallies, *became, *handle(session, batch, now_us=now_us)])
    record_epoch(session, batch.partition, batch.start, batch.artifact_sequence)
    registry.move(session, batch.partition, batch.start, batch.end, now_us=now_us)
    return Decided(
        events=len(homed),
        duplicates=len(repeated),
        new_issues=len(made),
        regressions=sum(one.trigger == Trigger.REGRESSION for one in happenings),
        notifications=len(outbox),
        homeless=len(fresh) - len(homed),
    )


def _record(session: Session, happenings: Iterable[Happening], rows: Mapping[int, Issue], now_us: int) -> None:
    for one in happenings:
        issue, event = rows[one.issue_id], one.seen.event
        data = {"title": issue.title, "level": event.level, "event_id": event.event_id, "release": event.release}
        data |= {"environment": event.environment}
        record(session, issue, KINDS[one.trigger], actor=SYSTEM, reason=one.reason, data=data, now_us=now_us)


def outbox_rows(
    session: Session,
    happenings: Sequence[Happening],
    by_issue: Mapping[int, Sequence[Sighting]],
    rows: Mapping[int, Issue],
    projects: Mapping[int, Project],
    *,
    config_of: ConfigOf,
    base_url: str,
    now_us: int,
    digest: bool = False,
) -> list[dict[str, Any]]:
    """A row for each rule that speaks, each issue it speaks about and each of its actions; as a `digest` one for all issues."""
    happened: dict[int, list[Happening]] = defaultdict(list)
    for one in happenings:
        happened[one.issue_id].append(one)
    found: list[dict[str, Any]] = []
    project_of = {issue_id: issue.project_id for issue_id, issue in rows.items()}
    rules_of = registry.rules_of(session, projects)
    counted = frequency.counted(session, [rule for some in rules_of.values() for rule in some if rule.actions], by_issue, project_of)
    for project_id, speaking in rules_of.items():
        project = projects[project_id]
        for rule in (rule for rule in speaking if rule.actions):
            every_event = Trigger.EVENT in rule.triggers
            causes: list[Happening] = []
            candidates = by_issue if every_event else {*happened, *(one.issue_id for one in counted.get(rule.id, ()))}
            for issue_id in sorted(issue_id for issue_id in candidates if project_of[issue_id] == project_id):
                more = [one for one in counted.get(rule.id, ()) if one.issue_id == issue_id]
                more += [Happening(issue_id, Trigger.EVENT, one) for one in by_issue[issue_id]] if every_event else []
                cause = rules.matching(rule, [*happened.get(issue_id, ()), *more])
                if cause is None or (
                    rule.cooldown_seconds and not rules.due(rule, registry.last_sent_us(session, rule.id, issue_id), now_us)
                ):
                    continue
                causes.append(cause)
            for cause in rules.digest(causes) if digest else causes:
                event = with_details(cause.seen, config_of)
                said = payload.payload(rule, cause, rows[cause.issue_id], project, event, base_url=base_url, now_us=now_us)
                found += [
                    {
                        "delivery_id": payload.delivery_id(rule, cause, number),
                        "project_id": project_id,
                        "rule_id": rule.id,
                        "issue_id": cause.issue_id,
                        "channel": action.channel.value,
                        "target": action.target,
                        "secret": action.secret,
                        "payload": said,
                        "next_attempt_at_us": now_us,
                        "created_at_us": now_us,
                    }
                    for number, action in enumerate(rule.actions)
                ]
    return found


def _first_of_project(homed: Iterable[Sighting]) -> dict[int, Sighting]:
    found: dict[int, Sighting] = {}
    for one in homed:
        found.setdefault(one.record.project_id, one)
    return found


def _tallies(seen: Iterable[Sighting], outcome: Outcome) -> list[Tally]:
    """What became of events, by key and minute: the other side of their receipts, in the same transaction."""
    places = Counter((one.record.project_id, one.record.public_key, one.record.received_at_us // MINUTE_US) for one in seen)
    return [Tally(project, key, EVENTS, outcome, "", minute, quantity) for (project, key, minute), quantity in places.items()]


def _duplicate(one: Sighting) -> dict[str, Any]:
    return {
        "partition": one.partition,
        "offset": one.offset,
        "project_id": one.record.project_id,
        "event_id": one.record.event_id,
        "received_at_us": one.record.received_at_us,
    }
