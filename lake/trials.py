"""Previews for notebooks: what other grouping settings would make of history, as polars frames. Reads lake and registry, writes nothing."""

from datetime import datetime
from typing import Any

import msgspec
import polars as pl
import sqlalchemy as sa

from lake.regroup import preview
from lake.store import Lake
from seiche.errors import NotFound
from seiche.registry import regroups
from seiche.registry.engine import make_engine, read
from seiche.registry.tables import Project

COUNTS = ("events", "events_changing", "issues_before", "issues_after", "issues_new", "issues_gone", "decisions_overridden")
PART_SCHEMA: dict[str, Any] = {
    "kind": pl.String,
    "change": pl.Int64,
    "side": pl.String,
    "issue": pl.String,
    "title": pl.String,
    "events": pl.Int64,
    "users": pl.Int64,
    "sample_events": pl.List(pl.String),
}


class GroupingPreview(msgspec.Struct, frozen=True):
    """What would become of a project's issues. The hundred largest merges and splits are listed; the counts are of all."""

    counts: dict[str, int]
    merges: pl.DataFrame
    """A row an issue: of each `change`, those that it is made of (`before`), and what they would be (`after`)."""
    splits: pl.DataFrame
    """The same: the issue (`before`), and its parts (`after`)."""


def grouping_preview(  # noqa: PLR0917 - what a preview takes
    lake: Lake, registry_url: str, project: str | int, since: datetime | None, until: datetime | None, settings: dict[str, Any]
) -> GroupingPreview:
    """Raises `InvalidInput` where the settings make no sense, `NotFound` where there is no such project."""
    engine = make_engine(registry_url)
    try:
        with read(engine) as session:
            same = Project.id == project if isinstance(project, int) else Project.slug == project
            found = session.scalars(sa.select(Project).where(same)).one_or_none()
            if found is None:
                raise NotFound(f"the registry has no project {project!r}")
            config = regroups.changed(regroups.current(session, found), settings)
        result = preview(lake, engine, found.id, config, since=since, until=until)
    finally:
        engine.dispose()
    counts = {name: result[name] for name in COUNTS} | {name: result[f"{name}_total"] for name in ("merges", "splits")}
    merges = [_part("merge", number, side, one) for number, whole in enumerate(result["merges"], 1) for side, one in _sides(whole, "from")]
    splits = [_part("split", number, side, one) for number, whole in enumerate(result["splits"], 1) for side, one in _sides(whole, "into")]
    return GroupingPreview(counts, pl.DataFrame(merges, schema=PART_SCHEMA), pl.DataFrame(splits, schema=PART_SCHEMA))


def _sides(whole: dict[str, Any], parts: str) -> list[tuple[str, dict[str, Any]]]:
    of_parts, of_whole = ("before", "after") if parts == "from" else ("after", "before")
    return [*((of_parts, one) for one in whole[parts]), (of_whole, whole)]


def _part(kind: str, number: int, side: str, one: dict[str, Any]) -> dict[str, Any]:
    names = ("title", "events", "users", "sample_events")
    return {"kind": kind, "change": number, "side": side, "issue": one["short_id"] or "new", **{name: one.get(name) for name in names}}
