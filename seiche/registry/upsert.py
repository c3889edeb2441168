"""`INSERT ... ON CONFLICT` for both databases: counters that add up, rows that are made once."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session

SMALLER, LARGER, SUM, NEWEST = "smaller", "larger", "sum", "newest"
FIRST_SAID, LAST_SAID = "first said", "last said"
"""Of texts, where an empty one says nothing."""


def add_once(session: Session, table: type[DeclarativeBase], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows; one whose key is there already is left as it is."""
    if rows:
        session.execute(_insert(session, table).on_conflict_do_nothing(), list(rows))


def add_up(session: Session, table: type[DeclarativeBase], rows: Sequence[Mapping[str, Any]], **how: str) -> None:
    """Insert rows, or fold them into those with the same key; `how` names what becomes of each column."""
    if not rows:
        return
    target, insert = _table(table), _insert(session, table)
    least, most = (sa.func.min, sa.func.max) if session.get_bind().dialect.name == "sqlite" else (sa.func.least, sa.func.greatest)
    ways = {
        SUM: lambda old, new: old + new,
        SMALLER: least,
        LARGER: most,
        NEWEST: lambda _, new: new,
        FIRST_SAID: lambda old, new: sa.func.coalesce(sa.func.nullif(old, ""), new),
        LAST_SAID: lambda old, new: sa.func.coalesce(sa.func.nullif(new, ""), old),
    }
    changed = {column: ways[way](target.c[column], insert.excluded[column]) for column, way in how.items()}
    session.execute(insert.on_conflict_do_update(index_elements=list(target.primary_key.columns), set_=changed), list(rows))


def _insert(session: Session, table: type[DeclarativeBase]) -> "sqlite.Insert | postgresql.Insert":
    return (sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert)(_table(table))


def _table(table: type[DeclarativeBase]) -> sa.Table:
    found = table.__table__
    assert isinstance(found, sa.Table)  # noqa: S101 - every table of ours is one
    return found
