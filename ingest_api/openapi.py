"""The OpenAPI document of ingest. FastAPI writes it from these declarations; requests never pass its router (`ingest_api.app`)."""

from functools import cache
from typing import Annotated, Any, Literal

from fastapi import FastAPI, Header, Path, Query
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, Field

OPENAPI_PATH = "/api/ingest/openapi.json"
MAX_BODY = "Compressed bodies (gzip, deflate, br, zstd) are taken; see docs/ingest.md for sizes."


class EventId(BaseModel):
    """The event's id; absent where the envelope holds no event."""

    id: str | None = Field(default=None, pattern="^[0-9a-f]{32}$")


class Problem(BaseModel):
    """Sentry's error body; the header X-Sentry-Error has the same text."""

    detail: str
    reason: str
    """As it is counted: `invalid_json`, `too_large`, `unknown_key`, `unavailable`."""
    causes: list[str]


class EventResult(BaseModel):
    """What became of one event of a batch."""

    id: str
    status: Literal["stored", "invalid"]
    reason: str | None = None
    detail: str | None = None


class BatchResult(BaseModel):
    """A result an event, in the order sent."""

    received: int
    results: list[EventResult]


class Health(BaseModel):
    """Whether the process answers."""

    status: Literal["live"]


class Readiness(BaseModel):
    """What is wrong, by check."""

    status: Literal["ready", "not ready"]
    problems: dict[str, str]


WORDS = {
    400: "not readable as what this endpoint takes",
    401: "no key",
    403: "the key is unknown, inactive, or another project's",
    404: "the project's id is not a number",
    405: "not a method of this path",
    408: "the body did not arrive in time",
    413: "the body, or its one event, is too large",
    415: "the content type or encoding is not supported",
    422: "the Idempotency-Key came with another body before",
    500: "the server failed on this request",
    503: "nothing can be made durable now: see Retry-After",
}
Key = Annotated[str | None, Query(description="The DSN's public key, where no X-Sentry-Auth header has it.")]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        max_length=255,
        description="The same key and body within an hour get the same answer, and nothing is stored twice; see docs/ingest.md.",
    ),
]
ProjectId = Annotated[int, Path(ge=0, lt=10**18, description="The number at the end of the DSN.")]


EventIdPath = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="The event's id.")]


def _problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": Problem, "description": WORDS[status]} for status in statuses}


def _in_json(problems: dict[int | str, dict[str, Any]]) -> dict[int | str, dict[str, Any]]:
    """Of an endpoint whose success is text: FastAPI would say the same of its errors."""
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": problem["description"], "content": content} for status, problem in problems.items()}


def _body(media_type: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {media_type: {"schema": schema}}}}


_ENVELOPE = _body("application/x-sentry-envelope", {"type": "string", "format": "binary"})
_EVENT = _body("application/json", {"type": "object"})
_FORM = _body("multipart/form-data", {"type": "object", "additionalProperties": {"type": "string", "format": "binary"}})
_DUMP = {
    "type": "object",
    "required": ["upload_file_minidump"],
    "properties": {"upload_file_minidump": {"type": "string", "format": "binary"}},
}
_REPORT = _body("application/json", {"type": "object"})
_REPORTS = _body("application/json", {"type": "array", "items": {"type": "object"}})
_EVENTS = {"type": "array", "minItems": 1, "maxItems": 1000, "items": {"type": "object"}}
_BATCH = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"type": "object", "required": ["events"], "properties": {"events": _EVENTS}}},
            "application/x-ndjson": {"schema": {"type": "string", "description": "An event a line, up to 1000."}},
        },
    }
}


def describe() -> FastAPI:
    """The declarations; its handlers are never called."""
    app = FastAPI(title="Seiche ingest", version="1", description=f"What SDKs send events to. {MAX_BODY}", openapi_url=None)
    usual = _problems(400, 401, 403, 404, 408, 413, 415, 500, 503)

    @app.post("/api/{project_id}/envelope/", response_model=EventId, responses=usual, openapi_extra=_ENVELOPE)
    async def envelope(project_id: ProjectId, sentry_key: Key = None) -> None:
        """A Sentry envelope: events are stored, other items are counted. Any content type is taken."""

    @app.post("/api/{project_id}/store/", response_model=EventId, responses=usual, openapi_extra=_EVENT)
    async def store(project_id: ProjectId, sentry_key: Key = None) -> None:
        """One event's JSON (or base64 of its compressed JSON), as older SDKs send it."""

    refused: dict[int | str, dict[str, Any]] = {
        400: {"model": BatchResult | Problem, "description": "no event was stored, or it is no batch"}
    }
    some: dict[int | str, dict[str, Any]] = {207: {"model": BatchResult, "description": "some events were stored"}}
    batch: dict[int | str, dict[str, Any]] = {**_problems(401, 403, 408, 413, 415, 422, 500, 503), **refused, **some}

    @app.post("/api/v1/events", response_model=BatchResult, responses=batch, openapi_extra=_BATCH)
    async def events(sentry_key: Key = None, idempotency_key: IdempotencyKey = None) -> None:
        """Up to 1000 events, as a list or a line each; the project is the key's. A result an event, in the order sent."""

    @app.post("/api/{project_id}/security/", response_model=EventId, responses=usual, openapi_extra=_REPORT)
    async def security(project_id: ProjectId, sentry_key: Key = None) -> None:
        """A browser's own report (CSP, Expect-CT, HPKP), whatever its content type: becomes an event. `/csp-report/` is the same."""

    @app.post("/api/{project_id}/nel/", response_model=EventId, responses=usual, openapi_extra=_REPORTS)
    async def nel(project_id: ProjectId, sentry_key: Key = None) -> None:
        """Reports of the Reporting API (network errors, CSP): each becomes an event."""

    text: dict[int | str, dict[str, Any]] = {
        200: {"content": {"text/plain": {"schema": {"type": "string", "format": "uuid"}}}, "description": "the event's id, hyphenated"}
    }

    @app.post(
        "/api/{project_id}/minidump/",
        response_class=PlainTextResponse,
        responses={**_in_json(usual), **text},
        openapi_extra=_body("multipart/form-data", _DUMP),
    )
    async def minidump(project_id: ProjectId, sentry_key: Key = None) -> None:
        """A crash file: becomes an event with the file attached, not symbolicated."""

    @app.post(
        "/api/{project_id}/events/{event_id}/attachments/", status_code=201, response_model=EventId, responses=usual, openapi_extra=_FORM
    )
    async def attachments(project_id: ProjectId, event_id: EventIdPath, sentry_key: Key = None) -> None:
        """Files of an event, which may come before or after."""

    @app.get("/health/live", response_model=Health)
    async def live() -> None:
        """Whether the process answers."""

    @app.get("/health/ready", response_model=Readiness, responses={503: {"model": Readiness, "description": "events cannot be taken"}})
    async def ready() -> None:
        """Whether events can be taken."""

    return app


@cache
def document() -> dict[str, Any]:
    """The document, made once."""
    return describe().openapi()
