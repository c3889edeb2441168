"""What a preview says: which issues would merge, which would split, with counts, users and samples."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from lake.history import SAMPLES, Cell, History
from seiche.grouping.regroup import Known, Plan

SHOWN = 100
"""Merges and splits listed, those with most events first; the counts are of all."""
Titles = Mapping[int, tuple[str, str]]


def report(history: History, plan: Plan, known: Mapping[str, Known], titles: Titles) -> dict[str, Any]:
    """JSON for API, CLI and notebook."""
    shared: Counter[tuple[int, int]] = Counter()
    samples: defaultdict[int, list[str]] = defaultdict(list)
    for cell in sorted(history.cells, key=lambda cell: cell.last, reverse=True):
        group = plan.placed[cell.new].group
        shared[known[cell.old].issue_id if cell.old in known else 0, group] += cell.count
        new = [event_id for event_id in (cell.last_event_id, cell.first_event_id) if event_id not in samples[group]]
        samples[group] += dict.fromkeys(new[: SAMPLES - len(samples[group])])
    users = _users(history, plan)
    called = _called(history, plan)
    into: defaultdict[int, Counter[int]] = defaultdict(Counter)
    out_of: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for (issue, group), count in shared.items():
        into[group][issue] += count
        out_of[issue][group] += count

    def shown(group: int) -> dict[str, Any]:
        issue = plan.issue_of.get(group)
        name = called.get(group, "") or titles.get(issue or 0, ("", ""))[1]
        events = sum(into[group].values())
        found = {"issue_id": str(issue) if issue is not None else None, "short_id": titles.get(issue or 0, ("", ""))[0], "title": name}
        return found | {"events": events, "users": users.get(group, 0), "sample_events": samples[group]}

    def named(issue: int, count: int) -> dict[str, Any]:
        short_id, title = titles.get(issue, ("", ""))
        return {"issue_id": str(issue), "short_id": short_id, "title": title, "events": count}

    merges = [
        shown(group) | {"from": [named(issue, count) for issue, count in issues.most_common()]}
        for group, issues in into.items()
        if len(issues) > 1
    ]
    splits = [
        named(issue, sum(groups.values())) | {"into": [shown(group) | {"events": count} for group, count in groups.most_common()]}
        for issue, groups in out_of.items()
        if len(groups) > 1
    ]
    merges.sort(key=lambda one: (-one["events"], one["title"]))
    splits.sort(key=lambda one: (-one["events"], one["title"]))
    return {
        "events": history.events,
        "events_changing": sum(cell.count for cell in history.cells if cell.old != cell.new),
        "issues_before": len(out_of),
        "issues_after": len(into),
        "issues_new": sum(group not in plan.issue_of for group in into),
        "issues_gone": len(plan.heirs),
        "merges_total": len(merges),
        "splits_total": len(splits),
        "decisions_overridden": plan.overridden,
        "merges": merges[:SHOWN],
        "splits": splits[:SHOWN],
    }


def _users(history: History, plan: Plan) -> dict[int, int]:
    import polars as pl

    groups = pl.DataFrame(
        {"cell": list(range(len(history.cells))), "group": [plan.placed[cell.new].group for cell in history.cells]},
        schema={"cell": pl.UInt32, "group": pl.Int64},
    )
    found = history.settle_users().join(groups, on="cell").group_by("group").agg(pl.col("user").n_unique())
    return dict(found.iter_rows())


def _called(history: History, plan: Plan) -> dict[int, str]:
    """Group -> the title of its earliest event."""
    earliest: dict[int, Cell] = {}
    for cell in history.cells:
        known = earliest.setdefault(plan.placed[cell.new].group, cell)
        if cell.first < known.first:
            earliest[plan.placed[cell.new].group] = cell
    return {group: found[1].title for group, cell in earliest.items() if (found := history.groupings.get(cell.new)) is not None}
