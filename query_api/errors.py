"""Every error leaves as one shape, `Problem`, with a short stable code and the request's id."""

import math

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from query_api.schemas import Problem
from seiche.errors import Forbidden, InvalidInput, NotFound, SeicheError, Transient

CODES = {401: "unauthenticated", 403: "forbidden", 404: "not_found", 405: "method_not_allowed", 413: "too_large", 429: "too_many_requests"}

PROBLEMS = {
    400: "the query, cursor or body is not usable; `code` and `detail` say why",
    401: "sign in, or send a token",
    403: "the caller may not do this",
    404: "there is no such thing, or the caller may not see it",
    413: "the body is too large",
    422: "the request does not have the documented shape",
    429: "too many attempts; see Retry-After",
    503: "a store behind the API does not answer; see Retry-After",
}


def responses(*statuses: int) -> dict[int | str, dict[str, object]]:
    """The documented problems of a route; 401 and 422 are everywhere. 413 belongs to routes with a body."""
    return {status: {"model": Problem, "description": PROBLEMS[status]} for status in sorted({*statuses, 401, 422})}


class Unauthenticated(HTTPException):
    """Nobody is signed in: no cookie or token, or one that is unknown or expired."""

    def __init__(self, detail: str) -> None:
        super().__init__(401, detail, headers={"WWW-Authenticate": "Bearer"})


class TooManyAttempts(HTTPException):
    """Too many failed logins."""

    def __init__(self, retry_after_seconds: float) -> None:
        seconds = max(1, math.ceil(retry_after_seconds))
        super().__init__(429, f"too many failed attempts: try again in {seconds} s", headers={"Retry-After": str(seconds)})


def problem(request: Request, status: int, code: str, detail: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """The one error body; sentry-cli, under /api/0, shows `detail` only where it stands alone."""
    if request.scope["path"].startswith("/api/0/"):
        return JSONResponse({"detail": detail}, status_code=status, headers=headers)
    body = Problem(detail=detail, code=code, request_id=request.scope.get("seiche_request_id", ""))
    return JSONResponse(body.model_dump(), status_code=status, headers=headers)


def install(app: FastAPI) -> None:
    """Translate every expected exception; unexpected ones are caught, logged and answered by `middleware.Envelope`."""

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> JSONResponse:
        if error.status_code == 400:  # the framework's only one: a body that is not even text
            return problem(request, 422, "invalid_request", str(error.detail))
        return problem(request, error.status_code, CODES.get(error.status_code, "error"), str(error.detail), dict(error.headers or {}))

    @app.exception_handler(RequestValidationError)
    async def shape(request: Request, error: RequestValidationError) -> JSONResponse:
        lines = [f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in error.errors()]
        return problem(request, 422, "invalid_request", "; ".join(lines[:10]))

    @app.exception_handler(SeicheError)
    async def known(request: Request, error: SeicheError) -> JSONResponse:
        match error:
            case InvalidInput():
                return problem(request, 400, error.reason, str(error))
            case NotFound():
                return problem(request, 404, "not_found", str(error))
            case Forbidden():
                return problem(request, 403, "forbidden", str(error))
            case Transient():
                retry = {"Retry-After": str(max(1, math.ceil(error.retry_after_seconds)))}
                return problem(request, 503, "unavailable", str(error), retry)
            case _:
                return problem(request, 500, "configuration", str(error))
