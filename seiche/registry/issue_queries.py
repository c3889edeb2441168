"""Reading issues: the list with the search language's filters and keyset pages, one issue, its facets, why it is one."""

import operator
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from seiche.grouping.identity import COMPANION
from seiche.ports.search_index import TextTerm
from seiche.query.language import Filter, Key, Query, compared
from seiche.query.text import matches
from seiche.registry.engine import WITH_MERGED
from seiche.registry.lifecycle_tables import Team
from seiche.registry.tables import Activity, FingerprintRow, Issue, IssueFacet, Project, UserAccount

CHUNK = 5000
"""Values bound in one statement: SQLite takes 32,766."""

COUNTED = 10_000
"""How far the number beside the list is counted."""
REDIRECTS = 100
"""How many merges an old id may have gone through: far more than anybody makes, and an end."""
OF_EVENTS = frozenset({Key.HAS, Key.TAGS, Key.EVENT_ID})
"""Filters that ask events, not issues: the hot tier answers."""
COMPARE: dict[str, Any] = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le, "=": operator.eq}
ORDERS: dict[str, Any] = {"last_seen": Issue.last_seen_us, "first_seen": Issue.first_seen_us, "count": Issue.count}


@dataclass(frozen=True)
class After:
    """The last row of the page before: pages stay right while issues move."""

    value: int
    issue_id: int


def matching(
    session: Session,
    project_id: int,
    query: Query,
    only: Collection[int] | None = None,
    without: Collection[int] = (),
    *,
    me: str = "",
    now_us: int = 0,
) -> list[sa.ColumnElement[bool]]:
    """The conditions of a query's filters on `Issue`; `only`, `without`: the ids that its words, and filters on events, have found."""
    dialect = session.get_bind().dialect.name
    conditions: list[sa.ColumnElement[bool]] = [Issue.project_id == project_id]
    for item in query.filters:
        if item.key not in OF_EVENTS:
            condition = _condition(item, dialect, me, now_us)
            conditions.append(sa.not_(condition) if item.negated else condition)
    if only is not None:
        # Rendered as literals: they are our own integers, and may be more than a statement may bind.
        conditions.append(Issue.id.in_(sa.bindparam("only", sorted(only), expanding=True, literal_execute=True)))
    if without:
        conditions.append(Issue.id.not_in(sa.bindparam("without", sorted(without), expanding=True, literal_execute=True)))
    return conditions


def page(session: Session, conditions: Sequence[sa.ColumnElement[bool]], *, sort: str, after: After | None, limit: int) -> list[Issue]:
    """The next `limit` issues, largest first."""
    order = ORDERS[sort]
    chosen = sa.select(Issue).where(*conditions).order_by(order.desc(), Issue.id.desc()).limit(limit)
    if after is not None:
        chosen = chosen.where(sa.tuple_(order, Issue.id) < sa.tuple_(sa.literal(after.value), sa.literal(after.issue_id)))
    return list(session.scalars(chosen))


def total(session: Session, conditions: Sequence[sa.ColumnElement[bool]]) -> tuple[int, bool]:
    """(how many issues match, at most `COUNTED`; whether there are more): nobody reads on, and counting a million takes a second."""
    some = sa.select(Issue.id).where(*conditions).limit(COUNTED + 1).subquery()
    found = session.scalar(sa.select(sa.func.count()).select_from(some)) or 0
    return min(found, COUNTED), found > COUNTED


def ids(session: Session, conditions: Sequence[sa.ColumnElement[bool]]) -> list[int]:
    """Every matching id."""
    return list(session.scalars(sa.select(Issue.id).where(*conditions)))


def by_ids(session: Session, project_id: int, issue_ids: Sequence[int]) -> list[Issue]:
    """Issues of one project, in the order of `issue_ids`; ids that are not the project's are left out."""
    found = {issue.id: issue for issue in session.scalars(sa.select(Issue).where(Issue.project_id == project_id, Issue.id.in_(issue_ids)))}
    return [found[issue_id] for issue_id in issue_ids if issue_id in found]


def ids_by_text(session: Session, project_id: int, terms: Sequence[TextTerm]) -> set[int]:
    """Issues whose own type, value, title or culprit hold every term: right before any batch has run."""
    columns = (Issue.type, Issue.value, Issue.title, Issue.culprit)
    chosen = sa.select(Issue.id, *columns).where(Issue.project_id == project_id)
    for token in {token for term in terms for token in term.tokens if token.isascii()}:
        # A coarse sieve in SQL (SQLite folds case in ASCII only); the words themselves are matched below.
        chosen = chosen.where(sa.or_(*(column.icontains(token, autoescape=True) for column in columns)))
    return {row.id for row in session.execute(chosen) if matches(terms, row.type, row.value, row.title, row.culprit)}


def ids_by_fingerprints(session: Session, project_id: int, fingerprints: Sequence[str]) -> set[int]:
    """The issues that these fingerprints belong to now."""
    found: set[int] = set()
    for start in range(0, len(fingerprints), CHUNK):
        some = fingerprints[start : start + CHUNK]
        chosen = sa.select(FingerprintRow.issue_id).where(FingerprintRow.project_id == project_id, FingerprintRow.fingerprint.in_(some))
        found.update(session.scalars(chosen))
    return found


def find(session: Session, allowed: Collection[int], issue_id: int) -> tuple[Issue, Project] | None:
    """An issue and its project, if it is in one of the `allowed` projects; of an issue that was merged: the one that it is now."""
    for _ in range(REDIRECTS):
        chosen = (
            sa.select(Issue, Project).join(Project, Project.id == Issue.project_id).where(Issue.id == issue_id, Project.id.in_(allowed))
        )
        found = session.execute(chosen, execution_options=WITH_MERGED).first()
        if found is None:
            return None
        if found[0].merged_into is None:
            return found[0], found[1]
        issue_id = found[0].merged_into
    return None


def place_of_event(session: Session, project_id: int, event_id: str) -> tuple[int, int] | None:
    """(partition, offset) of an event that is the first or newest of an issue: known before any batch has run."""
    for identity, partition, offset in (
        (Issue.last_event_id, Issue.last_partition, Issue.last_offset),
        (Issue.first_event_id, Issue.first_partition, Issue.first_offset),
    ):
        found = session.execute(sa.select(partition, offset).where(Issue.project_id == project_id, identity == event_id)).first()
        if found:
            return found[0], found[1]
    return None


def facets(session: Session, issue_id: int, facet: str, limit: int = 50) -> list[str]:
    """The issue's releases or environments, newest first."""
    chosen = sa.select(IssueFacet.value).where(IssueFacet.issue_id == issue_id, IssueFacet.facet == facet, IssueFacet.value != "")
    return list(session.scalars(chosen.order_by(IssueFacet.last_seen_us.desc(), IssueFacet.value).limit(limit)))


def fingerprints(session: Session, project_id: int, issue_id: int, limit: int = 100) -> list[FingerprintRow]:
    """Why the issue's events are one issue: oldest decision first, those that only came with another last."""
    chosen = sa.select(FingerprintRow).where(FingerprintRow.project_id == project_id, FingerprintRow.issue_id == issue_id)
    return list(
        session.scalars(
            chosen.order_by(FingerprintRow.rule == COMPANION, FingerprintRow.created_at_us, FingerprintRow.fingerprint).limit(limit)
        )
    )


def issue_of_fingerprints(session: Session, project_id: int, found: Sequence[str]) -> int | None:
    """The issue of an event that has these fingerprints, most telling first; None where none is decided yet."""
    chosen = sa.select(FingerprintRow.fingerprint, FingerprintRow.issue_id)
    rows = session.execute(chosen.where(FingerprintRow.project_id == project_id, FingerprintRow.fingerprint.in_(found)))
    decided = {row.fingerprint: row.issue_id for row in rows}
    return next((decided[fingerprint] for fingerprint in found if fingerprint in decided), None)


def activity(session: Session, issue_id: int, limit: int = 200) -> list[Activity]:
    """What happened to an issue and to those merged into it, newest first."""
    merged = sa.select(Issue.id).where(Issue.merged_into == issue_id)
    chosen = sa.select(Activity).where(sa.or_(Activity.issue_id == issue_id, Activity.issue_id.in_(merged)))
    return list(session.scalars(chosen.order_by(Activity.id.desc()).limit(limit), execution_options=WITH_MERGED))


def activity_after(session: Session, project_id: int, after_id: int, limit: int = 500) -> list[Activity]:
    """What happened in a project since, oldest first: the live feed."""
    chosen = sa.select(Activity).where(Activity.project_id == project_id, Activity.id > after_id)
    return list(session.scalars(chosen.order_by(Activity.id).limit(limit)))


def last_activity_id(session: Session) -> int:
    """The newest entry's id, or 0."""
    return session.scalar(sa.select(sa.func.max(Activity.id))) or 0


def scoped(session: Session, project_id: int, item: Filter) -> dict[int, tuple[int, int, int]]:
    """Issue -> (times seen, first, last seen) within one filter: right before any batch has run."""
    seen = IssueFacet
    chosen = sa.select(seen.issue_id, sa.func.sum(seen.count), sa.func.min(seen.first_seen_us), sa.func.max(seen.last_seen_us))
    chosen = chosen.join(Issue, Issue.id == seen.issue_id).where(Issue.project_id == project_id, seen.facet == item.key.value)
    rows = session.execute(chosen.where(like(seen.value, item.value, session.get_bind().dialect.name)).group_by(seen.issue_id))
    return {row[0]: (int(row[1]), int(row[2]), int(row[3])) for row in rows}


def issues_of_event(session: Session, project_id: int, event_id: str) -> set[int]:
    """Issues whose first or newest event it is: known before any batch has run."""
    chosen = sa.select(Issue.id).where(
        Issue.project_id == project_id, sa.or_(Issue.last_event_id == event_id, Issue.first_event_id == event_id)
    )
    return set(session.scalars(chosen))


def _condition(item: Filter, dialect: str, me: str, now_us: int) -> sa.ColumnElement[bool]:
    condition: sa.ColumnElement[bool]
    match item.key:
        case Key.IS:
            column = Issue.status if item.value in {"unresolved", "resolved", "ignored"} else Issue.substatus
            condition = column == item.value
        case Key.LEVEL:
            condition = like(Issue.level, item.value, dialect)
        case Key.RELEASE | Key.ENVIRONMENT:
            seen = sa.select(IssueFacet.issue_id).where(IssueFacet.facet == item.key.value, like(IssueFacet.value, item.value, dialect))
            condition = Issue.id.in_(seen)
        case Key.ASSIGNED:
            condition = _assigned(me if item.value == "me" else item.value)
        case Key.PRIORITY:
            condition = Issue.priority == item.value
        case Key.FIRST_RELEASE:
            condition = like(Issue.first_release, item.value, dialect)
        case Key.TIMES_SEEN:
            sign, number = compared(item)
            condition = COMPARE[sign](Issue.count, number)
        case Key.AGE:
            sign, length_us = compared(item)
            # A greater age is an earlier first sight.
            condition = COMPARE[">" if sign == "<" else "<"](Issue.first_seen_us, now_us - length_us)
        case _:
            raise AssertionError(f"{item.key} is asked of events")
    return condition


def _assigned(to: str) -> sa.ColumnElement[bool]:
    if to == "none":
        return sa.and_(Issue.assignee_user_id.is_(None), Issue.assignee_team_id.is_(None))
    if to.startswith("#"):
        # Only teams of the project's own organization are ever assigned, so the slug alone would do; this says so again.
        same = sa.select(Team.id).join(Project, Project.organization_id == Team.organization_id)
        return _in(Issue.assignee_team_id, same.where(Team.slug == to[1:], Project.id == Issue.project_id).correlate(Issue))
    return _in(Issue.assignee_user_id, sa.select(UserAccount.id).where(sa.func.lower(UserAccount.email) == to.lower()))


def _in(column: Any, chosen: sa.Select[Any]) -> sa.ColumnElement[bool]:
    """Never NULL, so that its negation holds where the column is NULL."""
    return sa.and_(column.is_not(None), column.in_(chosen))


def like(column: Any, pattern: str, dialect: str) -> sa.ColumnElement[bool]:
    """`column` matches `pattern`, where `*` stands for any characters; case counts, also on SQLite, whose LIKE ignores it."""
    found: sa.ColumnElement[bool]
    if "*" not in pattern:
        found = column == pattern
    elif dialect == "sqlite":
        found = column.op("GLOB")(pattern.replace("[", "[[]").replace("?", "[?]"))
    else:
        escaped = pattern.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
        found = column.like(escaped.replace("*", "%"), escape="\\")
    return found
