"""`seiche issues`: the issue list, by the dashboard's own code; what changes groups is in `groups`."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, cast, get_args

import typer

from seiche.cli import options
from seiche.cli.commands import groups
from seiche.cli.output import emit_json, emit_lines, say, table
from seiche.errors import InvalidInput

if TYPE_CHECKING:
    from query_api.issues.listing import Asked
    from query_api.schemas import Sort
    from query_api.state import ApiState
    from seiche.query.scope import Scope

app = typer.Typer(help="Issues: groups of events.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Issues: groups of events."""


@app.command("list")
def listed(  # noqa: PLR0917 - Typer's parameters are options
    project: options.ProjectSlug,
    query: Annotated[str, typer.Option(help="Words and filters, such as `is:unresolved level:error timeout`.")] = "",
    sort: Annotated[str, typer.Option(help="last_seen, first_seen, count or users.")] = "last_seen",
    limit: Annotated[int, typer.Option(help="How many issues at most.", min=1)] = 100,
    data: options.Data = None,
    as_json: options.AsJson = False,
) -> None:
    """The issue list as the dashboard shows it, newest first."""
    settings = options.installation(data)
    from query_api.issues.listing import Asked
    from query_api.schemas import Sort
    from seiche.cli.caller import whole_installation

    if sort not in get_args(Sort):
        raise InvalidInput(f"--sort {sort}: it takes {', '.join(get_args(Sort))}", reason="invalid_sort")
    api, scope = whole_installation(settings)
    asked = Asked(query=query, sort=cast("Sort", sort), cursor="", limit=limit)
    rows, as_of = _pages(api, scope, project, asked)
    if as_json:
        emit_json(rows)
        return
    emit_lines(
        table(
            ("id", "count", "users", "level", "status", "last seen", "title"),
            [
                (row["short_id"], row["count"], row["users"], row["level"], row["status"], row["last_seen"][:19], row["title"][:100])
                for row in rows
            ],
        )
    )
    if as_of is None and rows:
        say("users and sparklines are missing: no batch has run yet, or olap does not answer")


groups.add_to(app)


def _pages(api: "ApiState", scope: "Scope", slug: str, asked: "Asked") -> tuple[list[dict[str, Any]], Any]:
    from query_api.issues.listing import page

    rows: list[dict[str, Any]] = []
    cursor: str | None = ""
    as_of = None
    while cursor is not None and len(rows) < asked.limit:
        found = page(api, scope, slug, replace(asked, cursor=cursor, limit=min(100, asked.limit - len(rows))))
        rows += [item.model_dump(mode="json") for item in found.items]
        cursor, as_of = found.next_cursor, found.as_of
    return rows, as_of
