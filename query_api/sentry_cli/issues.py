"""Listing a project's issues, and changing many at once."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query, Request, Response
from pydantic import BaseModel

from query_api.auth.sessions import Caller
from query_api.deps import Api
from query_api.issues import changes, listing
from query_api.schemas import BulkPatch
from query_api.sentry_cli.routes import Manager, Member, Routes, project_of
from query_api.state import ApiState
from seiche.errors import InvalidInput
from seiche.registry.engine import read

PAGE = 100
BULK_LIMIT = 5000
STATUSES = {"resolved": "resolved", "unresolved": "unresolved", "ignored": "ignored", "muted": "ignored"}

routes = Routes()


class Changes(BaseModel):
    status: str | None = None
    snoozeDuration: int | None = None  # noqa: N815 - sentry-cli's name


@routes.on("GET", "/projects/{org}/{slug}/issues")
async def list_issues(  # noqa: PLR0917 - FastAPI calls it by keyword
    api: Api, caller: Member, request: Request, response: Response, slug: str, query: str = "", cursor: str = ""
) -> list[dict[str, Any]]:
    """Newest first; the next page is in the Link header, as sentry-cli wants it."""
    name = await api.run(_slug, api, caller, slug)
    page = await api.run(listing.page, api, caller.scope, name, listing.Asked(query[:1000], "last_seen", cursor[:500], PAGE))
    url = f"{request.url.path}?{urlencode({'query': query, 'cursor': page.next_cursor or ''})}"
    results = "true" if page.next_cursor else "false"
    response.headers["Link"] = (
        f'<{url}>; rel="previous"; results="false"; cursor="", <{url}>; rel="next"; results="{results}"; cursor="{page.next_cursor or ""}"'
    )
    return [
        {
            "id": row.id,
            "shortId": row.short_id,
            "title": row.title,
            "culprit": row.culprit,
            "lastSeen": row.last_seen.isoformat(),
            "firstSeen": row.first_seen.isoformat(),
            "status": row.status,
            "level": row.level,
            "count": str(row.count),
            "userCount": row.users,
        }
        for row in page.items
    ]


@routes.on("PUT", "/projects/{org}/{slug}/issues")
async def change_issues(  # noqa: PLR0917 - FastAPI calls it by keyword
    api: Api,
    caller: Manager,
    slug: str,
    body: Changes,
    ids: Annotated[list[str] | None, Query(alias="id")] = None,
    status: str = "",
) -> dict[str, Any]:
    """By ids, by status, or all of them."""
    wanted = STATUSES.get(body.status or "")
    if wanted is None or body.snoozeDuration is not None:
        raise InvalidInput("only the statuses resolved, unresolved and ignored can be set, without a time", reason="invalid_status")
    if status and status not in STATUSES:
        raise InvalidInput(f"the status {status[:40]!r} does not exist: {', '.join(STATUSES)}", reason="invalid_status")
    return await api.run(_bulk, api, caller, slug, wanted, ids, STATUSES.get(status, ""))


def _slug(api: ApiState, caller: Caller, slug: str) -> str:
    with read(api.engine) as session:
        return project_of(session, caller, slug).slug


def _bulk(api: ApiState, caller: Caller, slug: str, wanted: str, ids: list[str] | None, status: str) -> dict[str, Any]:  # noqa: PLR0917
    name = _slug(api, caller, slug)
    chosen = list(ids or ())[:BULK_LIMIT]
    if ids is None:
        cursor: str | None = ""
        while cursor is not None and len(chosen) < BULK_LIMIT:
            asked = listing.Asked(f"is:{status}" if status else "", "last_seen", cursor, PAGE)
            page = listing.page(api, caller.scope, name, asked)
            chosen += [row.id for row in page.items]
            cursor = page.next_cursor
    for start in range(0, len(chosen), 500):
        patch = BulkPatch(ids=chosen[start : start + 500], status=wanted, reason="sentry-cli")  # type: ignore[arg-type]  # one of STATUSES
        changes.many(api, caller, name, patch)
    return {"status": wanted}
