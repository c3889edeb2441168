"""Files of an event: the list, and each one's bytes."""

from collections.abc import Iterator
from urllib.parse import quote

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from query_api.auth.sessions import SignedIn
from query_api.deps import Api, numeric_id
from query_api.errors import responses
from query_api.events.detail import usable_id
from query_api.schemas import AttachmentView
from query_api.state import ApiState
from query_api.times import moment
from seiche.errors import NotFound
from seiche.query.scope import Scope
from seiche.registry import item_queries, project_queries
from seiche.registry.engine import read
from seiche.registry.item_tables import AttachmentRow

router = APIRouter(tags=["attachments"])

SAFE_HEADERS = {
    # Whatever the file is: it is saved, never shown or run in our origin.
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Download(StreamingResponse):
    """Described as bytes in the OpenAPI document."""

    media_type = "application/octet-stream"


@router.get("/projects/{slug}/events/{event_id}/attachments", responses=responses(404))
async def list_attachments(api: Api, caller: SignedIn, slug: str, event_id: str) -> list[AttachmentView]:
    """In the order they came; they may come after the event."""
    return await api.run(_listed, api, caller.scope, slug, event_id)


@router.get(
    "/projects/{slug}/events/{event_id}/attachments/{attachment_id}",
    responses={**responses(404, 503), 200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}},
    response_class=StreamingResponse,
)
async def download_attachment(api: Api, caller: SignedIn, slug: str, event_id: str, attachment_id: str) -> Download:
    """The bytes, to be saved: always as an attachment of no type that a browser would show."""
    row, chunks = await api.run(_opened, api, caller.scope, slug, event_id, numeric_id(attachment_id))
    headers = {
        **SAFE_HEADERS,
        "Content-Disposition": f"attachment; filename=\"{_ascii(row.name)}\"; filename*=UTF-8''{quote(row.name, safe='')}",
        "Content-Length": str(row.size),
    }
    return Download(chunks, headers=headers)


def _listed(api: ApiState, scope: Scope, slug: str, event_id: str) -> list[AttachmentView]:
    wanted = usable_id(event_id)
    with read(api.engine) as session:
        project = project_queries.find(session, scope.project_ids, slug)
        return [_view(row) for row in item_queries.attachments(session, project.id, wanted)]


def _opened(api: ApiState, scope: Scope, slug: str, event_id: str, attachment_id: int) -> tuple[AttachmentRow, Iterator[bytes]]:
    wanted = usable_id(event_id)
    with read(api.engine) as session:
        project = project_queries.find(session, scope.project_ids, slug)
        row = item_queries.attachment(session, project.id, wanted, attachment_id)
    if row is None:
        raise NotFound(f"the event has no attachment {attachment_id}")
    return row, api.raw.read(project.id, row.key)


def _view(row: AttachmentRow) -> AttachmentView:
    return AttachmentView(
        id=str(row.id),
        name=row.name,
        content_type=row.content_type,
        attachment_type=row.attachment_type,
        size=row.size,
        sha256=row.sha256,
        received_at=moment(row.received_at_us),
    )


def _ascii(name: str) -> str:
    return "".join(letter if " " <= letter <= "~" and letter not in '"\\%' else "_" for letter in name)
