"""Around every answer: a request id, security headers, and a Problem where something unexpected was raised."""

import logging
import re
import secrets

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from query_api.errors import problem

log = logging.getLogger(__name__)

_USABLE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

MAX_BODY_BYTES = 256 << 10
"""500 ids of a bulk change take 12 kB."""

SECURITY_HEADERS = {
    # Mantine sets styles on elements; scripts come from our own files only.
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
        "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Envelope:
    """Pure ASGI, so that streams pass through untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _USABLE_ID.fullmatch(given) else secrets.token_hex(8)
        scope["seiche_request_id"] = request_id
        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith("/api/"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        length = Headers(scope=scope).get("content-length", "")
        if scope["path"].startswith("/api/v1/") and length.isdigit() and int(length) > MAX_BODY_BYTES:
            # The router's own limit answers in plain text; it stays for bodies of unknown length.
            detail = f"the body has {length} bytes, at most {MAX_BODY_BYTES} are taken"
            await problem(Request(scope), 413, "too_large", detail)(scope, receive, send_with_headers)
            return
        try:
            await self._app(scope, receive, send_with_headers)
        except Exception:
            log.exception("request %s failed: %s %s", request_id, scope["method"], scope["path"])
            if started:
                raise
            detail = f"something unexpected failed; the log of the web process has it under {request_id}"
            answer = problem(Request(scope), 500, "internal", detail)
            await answer(scope, receive, send_with_headers)
