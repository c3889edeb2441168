"""`seiche issues merge`, `unmerge`, `move`, `undo` and what there is to undo: by the dashboard's own code."""

from typing import TYPE_CHECKING, Annotated

import typer

from seiche.cli import options
from seiche.cli.caller import whole_caller
from seiche.cli.output import emit_json, emit_lines, table
from seiche.errors import NotFound

if TYPE_CHECKING:
    from query_api.auth.sessions import Caller
    from query_api.grouping.schemas import ChangeView
    from query_api.state import ApiState
    from seiche.registry.tables import Issue, Project

OneIssue = Annotated[str, typer.Argument(help="SHOP-12, or the number in the issue's address.")]
Issues = Annotated[list[str], typer.Argument(help="SHOP-12 SHOP-15 ..., or the numbers in the issues' addresses.")]
Reason = Annotated[str, typer.Option(help="Why, for the issues' activity.")]


def merge(issues: Issues, reason: Reason = "", data: options.Data = None, as_json: options.AsJson = False) -> None:
    """Make them one issue, the oldest; the others' ids lead to it."""
    api, caller = whole_caller(options.installation(data))
    from query_api.grouping import service
    from query_api.grouping.schemas import MergeBody

    found = [_issue(api, caller, text) for text in issues]
    body = MergeBody(ids=[str(issue.id) for issue, _ in found], reason=reason)
    _say(api, service.merge(api, caller, found[0][1].slug, body), as_json)


def unmerge(
    issue: OneIssue,
    fingerprints: Annotated[list[str], typer.Argument(help="As `seiche issues grouping` shows them.")],
    reason: Reason = "",
    data: options.Data = None,
    as_json: options.AsJson = False,
) -> None:
    """Split an issue: take fingerprints out, for good; back into the issue they were merged from, else into a new one."""
    api, caller = whole_caller(options.installation(data))
    from query_api.grouping import service
    from query_api.grouping.schemas import UnmergeBody

    found, _ = _issue(api, caller, issue)
    _say(api, service.unmerge(api, caller, found.id, UnmergeBody(fingerprints=fingerprints, reason=reason)), as_json)


def move(  # noqa: PLR0917 - Typer's parameters are options
    issue: OneIssue,
    events: Annotated[list[str], typer.Argument(help="Ids of events of the issue.")],
    to: Annotated[str, typer.Option(help="The issue that takes them; without it a new one.", show_default=False)] = "",
    reason: Reason = "",
    data: options.Data = None,
    as_json: options.AsJson = False,
) -> None:
    """Move single events out of an issue; lists of events follow within seconds, while `seiche up` runs."""
    api, caller = whole_caller(options.installation(data))
    from query_api.grouping import moving
    from query_api.grouping.schemas import MoveBody

    found, _ = _issue(api, caller, issue)
    target = str(_issue(api, caller, to)[0].id) if to else None
    _say(api, moving.move(api, caller, found.id, MoveBody(event_ids=events, to=target, reason=reason)), as_json)


def undo(
    change: Annotated[int, typer.Argument(help="As `seiche issues changes` shows it.")],
    project: options.ProjectSlug,
    reason: Reason = "",
    data: options.Data = None,
    as_json: options.AsJson = False,
) -> None:
    """Take a merge, an unmerge or a move back; refused while a later change stands on it."""
    api, caller = whole_caller(options.installation(data))
    from query_api.grouping import service

    _say(api, service.undo(api, caller, project, change, reason), as_json)


def changes(project: options.ProjectSlug, data: options.Data = None, as_json: options.AsJson = False) -> None:
    """What people did to the project's issues, newest first, and whether it can be undone."""
    api, caller = whole_caller(options.installation(data))
    from query_api.grouping import service

    rows = service.changes(api, caller.scope, project)
    if as_json:
        emit_json([row.model_dump(mode="json") for row in rows])
        return
    short = _short_ids(api, [issue for row in rows for issue in row.issues])
    shown = [
        (int(row.id), row.kind, " ".join(short[issue] for issue in row.issues)[:60], row.events or row.fingerprints, row.actor,
         f"{row.at:%Y-%m-%d %H:%M}", "undone" if row.undone_at else "yes" if row.can_undo else "no", row.reason[:60])
        for row in rows
    ]  # fmt: skip
    emit_lines(table(("id", "kind", "issues", "how many", "by", "when", "undo", "reason"), shown))


def grouping(issue: OneIssue, data: options.Data = None, as_json: options.AsJson = False) -> None:
    """The fingerprints that an issue is made of, most events first."""
    api, caller = whole_caller(options.installation(data))
    from query_api.grouping import service

    found, _ = _issue(api, caller, issue)
    made_of = service.of_issue(api, caller.scope, found.id)
    if as_json:
        emit_json(made_of.model_dump(mode="json"))
        return
    shown = [
        (part.fingerprint, part.count, part.rule, f"{part.last_seen:%Y-%m-%d %H:%M}", part.title[:80]) for part in made_of.fingerprints
    ]
    emit_lines(table(("fingerprint", "events", "rule", "last seen", "title"), shown))


def add_to(app: typer.Typer) -> None:
    """Into the commands of `seiche issues`."""
    for command in (merge, unmerge, move, undo, changes, grouping):
        app.command(command.__name__)(command)


def _issue(api: "ApiState", caller: "Caller", text: str) -> tuple["Issue", "Project"]:
    """By `SHOP-12` or by its id; of an issue that was merged: the one that it is now."""
    import sqlalchemy as sa

    from query_api.deps import numeric_id
    from query_api.issues.detail import find
    from seiche.registry.engine import WITH_MERGED, read
    from seiche.registry.tables import Issue, Project

    slug, _, number = text.rpartition("-")
    if not slug:
        return find(api, caller.scope, numeric_id(text))
    chosen = sa.select(Issue.id).join(Project, Project.id == Issue.project_id)
    with read(api.engine) as session:
        same = chosen.where(Project.slug == slug.lower(), Issue.number == numeric_id(number))
        issue_id = session.scalar(same, execution_options=WITH_MERGED)
    if issue_id is None:
        raise NotFound(f"there is no issue {text}")
    return find(api, caller.scope, issue_id)


def _short_ids(api: "ApiState", ids: list[str]) -> dict[str, str]:
    import sqlalchemy as sa

    from seiche.registry.engine import WITH_MERGED, read
    from seiche.registry.tables import Issue, Project

    chosen = sa.select(Issue.id, Issue.number, Project.slug).join(Project, Project.id == Issue.project_id)
    with read(api.engine) as session:
        rows = session.execute(chosen.where(Issue.id.in_({int(one) for one in ids})), execution_options=WITH_MERGED)
        known = {str(row.id): f"{row.slug.upper()}-{row.number}" for row in rows}
    return {one: known.get(one, one) for one in ids}


def _say(api: "ApiState", change: "ChangeView", as_json: bool) -> None:
    if as_json:
        emit_json(change.model_dump(mode="json"))
        return
    issue = _short_ids(api, [change.issue_id])[change.issue_id]
    many = f"{change.events} events" if change.events else f"{change.fingerprints} fingerprints"
    emit_lines([f"change {change.id}: {change.kind} of {many}, now in {issue}"])
