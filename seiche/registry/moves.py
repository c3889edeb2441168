"""Moving single events to another issue, and back: they count under fingerprints made for the move. In the caller's transaction.

The map leads a made fingerprint to the issue that people chose; what grouping says of other events does not change. `moved_events` holds
it against rebuilds and regroups: whoever makes silver asks it, so that no tier counts an event where it was.
"""

import uuid
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from seiche.errors import InvalidInput, NotFound
from seiche.registry import counters, groups, regroups, totals
from seiche.registry.groups import Step, Who
from seiche.registry.issue_queries import issue_of_fingerprints
from seiche.registry.item_tables import FeedbackRow
from seiche.registry.regroup_tables import MOVED, FingerprintFacet, FingerprintHour, FingerprintTotal, GroupingChange, MovedEvent
from seiche.registry.tables import FingerprintRow, Issue, Project

MOST_EVENTS = 500
"""Of one move: they are written into its row, to be undone."""
HOUR_US = 3_600_000_000
FACET_CHARACTERS = 250
_OF_FIRST = ("first_partition", "first_offset", "first_event_id", "type", "value", "title", "culprit", "platform")
_OF_LAST = ("last_partition", "last_offset", "last_event_id", "level")
Facets = dict[tuple[str, str], list[int]]
"""(facet, value) -> [count, first seen, last seen]."""


class Seen(msgspec.Struct, frozen=True):
    """What events of one release, environment and level add up to: `FingerprintTotal`, and the environment. Of one event: itself."""

    environment: str
    type: str
    value: str
    title: str
    culprit: str
    platform: str
    level: str
    count: int
    first_seen_us: int
    last_seen_us: int
    first_partition: int
    first_offset: int
    first_event_id: str
    last_partition: int
    last_offset: int
    last_event_id: str
    first_release: str
    last_release: str


class Moving(msgspec.Struct, frozen=True):
    """An event that shall be moved."""

    event_id: str
    fingerprint: str
    """What it counts under now."""
    received_at_us: int
    seen: Seen


def counted_under(session: Session, project_id: int, event_ids: Collection[str]) -> dict[str, str]:
    """Event id -> the fingerprint made for it, of those that were moved."""
    return {row.event_id: row.fingerprint for row in _rows(session, project_id, event_ids).values()}


def issue_of_event(session: Session, project_id: int, event_id: str, fingerprints: Sequence[str]) -> int | None:
    """The issue of an event that grouping gives these fingerprints, wherever people moved it; None where none is decided yet."""
    made = counted_under(session, project_id, [event_id])
    return issue_of_fingerprints(session, project_id, [*made.values(), *fingerprints])


def move(  # noqa: PLR0917 - what a move consists of
    session: Session, issue_id: int, moving: Sequence[Moving], remains: Mapping[str, Sequence[Seen]], target_id: int | None, who: Who
) -> GroupingChange:
    """Move events out of an issue: into another one, or (None) a new one.

    `remains`: of each of their fingerprints, what its other events add up to, as far as the hot tier has them. Raises `NotFound`, and
    `InvalidInput` where nothing would be left, or what was read of the events does not hold any more.
    """
    issue = session.get(Issue, issue_id)
    if issue is None:
        raise NotFound(f"there is no issue {issue_id}")
    project = groups.locked(session, issue.project_id)
    held = _rows(session, project.id, [one.event_id for one in moving])
    changed = [one.event_id for one in moving if one.event_id in held and held[one.event_id].fingerprint != one.fingerprint]
    by_name: defaultdict[str, list[Moving]] = defaultdict(list)
    for one in moving:
        by_name[one.fingerprint].append(one)
    rows = {name: session.get(FingerprintRow, (project.id, name)) for name in by_name}
    strangers = [one.event_id for name, row in rows.items() if row is None or row.issue_id != issue.id for one in by_name[name]]
    if strangers or changed or not moving:
        named = ", ".join((strangers or changed)[:10])
        raise NotFound(f"issue {issue_id} has no event {named}" if named else "no event is named")
    if sum(one.seen.count for one in moving) >= issue.count:
        raise InvalidInput("an issue keeps at least one event: leave one out, or merge the issues", reason="nothing_left")
    made: dict[str, str] = {}
    for name, some in sorted(by_name.items()):
        made[name] = _make(session, project, rows[name], some)
        _take(session, project.id, name, some, remains.get(name, ()))
    session.flush()
    target = session.get(Issue, target_id) if target_id else totals.new_issue(session, project, [*made.values()], now_us=who.now_us)
    if target is None or target.project_id != project.id or target.id == issue.id:
        raise InvalidInput(f"issue {target_id} cannot take them: it takes another issue of the same project", reason="wrong_target")
    steps = [Step(name, issue.id, target.id) for name in sorted(made.values())]
    events = [_noted(one, held.get(one.event_id)) for one in moving]
    change = groups.record(
        session, project, "move", target.id, steps, who, made=made, events=events, floor=project.grouping_floor
    )  # fmt: skip
    for one in moving:
        kept = {"received_at_us": one.received_at_us, "change_id": change.id, "fingerprint": made[one.fingerprint]}
        session.merge(MovedEvent(project_id=project.id, event_id=one.event_id, **kept))
    groups.carry_out(session, project, steps)
    _follow(session, project.id, {one.event_id: made[one.fingerprint] for one in moving}, [one.received_at_us for one in moving], who)
    slug = project.slug.upper()
    said = {"change": change.id, "events": len(moving)}
    groups.tell(session, issue, "events_moved", who, {**said, "to": f"{slug}-{target.number}"})
    groups.tell(session, target, "events_moved_here", who, {**said, "from": f"{slug}-{issue.number}"})
    return change


def undo(session: Session, project_id: int, change_id: int, who: Who) -> GroupingChange:
    """Take a merge, an unmerge or a move back: `groups.undo`."""

    def give_back(project: Project, change: GroupingChange) -> None:
        _give_back(session, project, change, who)

    return groups.undo(session, project_id, change_id, who, {"move": give_back})


def _noted(one: Moving, before: MovedEvent | None) -> list[Any]:
    """[event, the fingerprint it had, when it was received, the move it was in before or 0]."""
    return [one.event_id, one.fingerprint, one.received_at_us, before.change_id if before is not None else 0]


def _make(session: Session, project: Project, of: FingerprintRow | None, some: Sequence[Moving]) -> str:
    """A fingerprint of its own for these events, still of the issue that they are of, with what they add up to."""
    assert of is not None  # noqa: S101 - the caller has looked
    name = uuid.uuid4().hex
    why = {"rule": MOVED, "score": 1.0, "version": of.version, "components": [], "evidence": {"matched": of.fingerprint}}
    why |= {"map_version": project.map_version, "created_at_us": max(one.received_at_us for one in some)}
    session.add(FingerprintRow(project_id=project.id, fingerprint=name, issue_id=of.issue_id, pinned=False, **why))
    session.add(FingerprintTotal(project_id=project.id, fingerprint=name, **totals.summed([one.seen for one in some])))
    _write_facets(session, project.id, name, _facets(one.seen for one in some))
    hours = Counter(one.received_at_us // HOUR_US for one in some)
    kept = sa.select(FingerprintHour).where(FingerprintHour.project_id == project.id, FingerprintHour.fingerprint == of.fingerprint)
    for row in session.scalars(kept.where(FingerprintHour.hour.in_(hours))):
        gone = min(row.count, hours[row.hour])
        row.count -= gone
        session.add(FingerprintHour(project_id=project.id, fingerprint=name, hour=row.hour, count=gone))
    return name


def _take(session: Session, project_id: int, name: str, some: Sequence[Moving], remains: Sequence[Seen]) -> None:
    """Count events out of their fingerprint. What remains is known exactly where the hot tier holds all of it."""
    row = session.get(FingerprintTotal, (project_id, name))
    left = (row.count if row is not None else 0) - sum(one.seen.count for one in some)
    if row is None or left < 0:
        raise InvalidInput("these events were counted elsewhere meanwhile: look at them again", reason="changed_since")
    if left == 0:
        session.delete(row)
        _write_facets(session, project_id, name, {})
        return
    rest = totals.summed(remains) if remains else {}
    complete = rest.get("count") == left
    gone = _facets(one.seen for one in some)
    facets = _facets(remains) if complete else _without(_read_facets(session, project_id, name), gone, _facets(remains))
    for column, value in (rest if complete else _conservative(row, rest, some, facets)).items():
        setattr(row, column, value)
    row.count = left
    _write_facets(session, project_id, name, facets)


def _conservative(row: FingerprintTotal, rest: Mapping[str, Any], some: Sequence[Moving], facets: Facets) -> dict[str, Any]:
    """Columns that the events gave their fingerprint, from the rest as far as it is known; others stay what they are."""
    if not rest:
        return {}
    names: list[str] = []
    names += _OF_FIRST if row.first_event_id in {one.event_id for one in some} else ()
    names += _OF_LAST if row.last_event_id in {one.event_id for one in some} else ()
    names += ["first_seen_us"] if row.first_seen_us == min(one.seen.first_seen_us for one in some) else []
    names += ["last_seen_us"] if row.last_seen_us == max(one.seen.last_seen_us for one in some) else []
    names += [column for column in ("first_release", "last_release") if ("release", getattr(row, column)) not in facets]
    return {column: rest[column] for column in names}


def _give_back(session: Session, project: Project, change: GroupingChange, who: Who) -> None:
    """Events count again where they did before."""
    if change.data["floor"] != project.grouping_floor:
        raise InvalidInput("history was regrouped since: move the events back yourself", reason="changed_since")
    made: dict[str, str] = change.data["made"]
    events = {event_id: (name, at_us, before) for event_id, name, at_us, before in change.data["events"]}
    held = _rows(session, project.id, events)
    if any(event_id not in held or held[event_id].fingerprint != made[name] for event_id, (name, _, _) in events.items()):
        raise InvalidInput("some of its events were moved again since: undo the later move first", reason="changed_since")
    for name, new in made.items():
        rows = [row for one in (name, new) if (row := session.get(FingerprintTotal, (project.id, one))) is not None]
        added = totals.summed(rows)
        facets = _both(_read_facets(session, project.id, name), _read_facets(session, project.id, new))
        for row in rows:
            session.delete(row)
        session.flush()
        session.add(FingerprintTotal(project_id=project.id, fingerprint=name, **added))
        _write_facets(session, project.id, name, facets)
        _write_facets(session, project.id, new, {})
        theirs = sa.select(FingerprintHour).where(FingerprintHour.project_id == project.id, FingerprintHour.fingerprint == new)
        for held_hour in session.scalars(theirs):
            counters.add_hours(session, {(project.id, name, held_hour.hour): held_hour.count})
            session.delete(held_hour)
    for event_id, (name, _, before) in events.items():
        if before:
            held[event_id].fingerprint, held[event_id].change_id = name, before
        else:
            session.delete(held[event_id])
    session.flush()
    named = {event_id: name for event_id, (name, _, _) in events.items()}
    _follow(session, project.id, named, [at_us for _, at_us, _ in events.values()], who)
    owners = sa.select(FingerprintRow.issue_id).where(FingerprintRow.project_id == project.id, FingerprintRow.fingerprint.in_(made))
    totals.add_up(session, sorted(set(session.scalars(owners))), {})  # they may have been merged elsewhere since


def _follow(session: Session, project_id: int, events: Mapping[str, str], received_us: Collection[int], who: Who) -> None:
    """What was said about the events goes with them; and the lake's tables, as soon as the pipeline gets to it."""
    spoken = sa.select(FeedbackRow).where(
        FeedbackRow.project_id == project_id, FeedbackRow.event_id.in_(list(events)), FeedbackRow.fingerprint != ""
    )
    for said in session.scalars(spoken):
        said.fingerprint = events[said.event_id]
    hours = {at_us // HOUR_US for at_us in received_us}
    regroups.moved(session, project_id, events, hours, actor=who.actor, now_us=who.now_us)


def _rows(session: Session, project_id: int, event_ids: Collection[str]) -> dict[str, MovedEvent]:
    chosen = sa.select(MovedEvent).where(MovedEvent.project_id == project_id, MovedEvent.event_id.in_(list(event_ids)))
    return {row.event_id: row for row in session.scalars(chosen)}


def _facets(seen: Any) -> Facets:
    found: Facets = {}
    for one in seen:
        for facet, value in (("release", one.first_release), ("environment", one.environment), ("level", one.level)):
            if value:
                at = found.setdefault((facet, value[:FACET_CHARACTERS]), [0, one.first_seen_us, one.last_seen_us])
                at[:] = [at[0] + one.count, min(at[1], one.first_seen_us), max(at[2], one.last_seen_us)]
    return found


def _without(held: Facets, gone: Facets, rest: Facets) -> Facets:
    """Facets less those of events; where these were the first or last of one, what the rest says of it."""
    left: Facets = {}
    for key, (count, first, last) in held.items():
        out, out_first, out_last = gone.get(key, (0, 0, 0))
        if count > out:
            _, rest_first, rest_last = rest.get(key, (0, first, last))
            left[key] = [count - out, rest_first if out_first == first else first, rest_last if out_last == last else last]
    return left


def _both(one: Facets, other: Facets) -> Facets:
    counts = Counter({key: at[0] for key, at in one.items()}) + Counter({key: at[0] for key, at in other.items()})
    spans = {key: [at[key] for at in (one, other) if key in at] for key in counts}
    return {key: [counts[key], min(at[1] for at in some), max(at[2] for at in some)] for key, some in spans.items()}


def _read_facets(session: Session, project_id: int, name: str) -> Facets:
    chosen = sa.select(FingerprintFacet).where(FingerprintFacet.project_id == project_id, FingerprintFacet.fingerprint == name)
    return {(row.facet, row.value): [row.count, row.first_seen_us, row.last_seen_us] for row in session.scalars(chosen)}


def _write_facets(session: Session, project_id: int, name: str, facets: Facets) -> None:
    mine = (FingerprintFacet.project_id == project_id, FingerprintFacet.fingerprint == name)
    session.execute(sa.delete(FingerprintFacet).where(*mine), execution_options={"synchronize_session": "evaluate"})
    names = ("count", "first_seen_us", "last_seen_us")
    rows = [
        {"project_id": project_id, "fingerprint": name, "facet": facet, "value": value, **dict(zip(names, at, strict=True))}
        for (facet, value), at in sorted(facets.items())
    ]
    if rows:
        session.execute(sa.insert(FingerprintFacet), rows)
