"""Between ASGI and the pipeline: bounded bodies, answers, CORS, and connections that end cleanly."""

import asyncio
import math
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import msgspec

from seiche.errors import InvalidInput, SeicheError, Transient

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
RawHeaders = tuple[tuple[bytes, bytes], ...]

BODY_SECONDS = 60.0
"""For a whole body; a mobile client sends its 100 kB in far less."""
BUFFERED_BYTES = 256 << 20
"""Of all bodies that are being received; more are told to come again."""
LINGER_SECONDS, LINGER_BYTES = 2.0, 64 << 20
"""How long, and how much, an answer waits for the rest of a body that nobody wants: closing at once would destroy the answer on its way."""

SMALL_BYTES = 256 << 10
"""A refused body up to here is read and thrown away first, so that the connection can be used again."""

JSON = (b"content-type", b"application/json")
CORS: RawHeaders = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"x-sentry-error, x-sentry-rate-limits, retry-after"),
)
PREFLIGHT: RawHeaders = (
    *CORS,
    (b"access-control-allow-methods", b"POST, OPTIONS"),
    (
        b"access-control-allow-headers",
        (
            b"Content-Type, X-Sentry-Auth, X-Requested-With, Origin, Accept, X-CSRFToken, "
            b"Authentication, Authorization, Content-Encoding, sentry-trace, baggage"
        ),
    ),
    (b"access-control-max-age", b"3600"),
)


class Refused(SeicheError):  # noqa: N818 - named for what happened
    """A request that gets `status`, for a reason of HTTP or of its key."""

    def __init__(self, status: int, message: str, *, why: str, headers: RawHeaders = ()) -> None:
        super().__init__(message)
        self.status, self.why, self.headers = status, why, headers


class ClientGone(Exception):  # noqa: N818 - named for what happened
    """The client closed the connection before its request was whole: there is nobody to answer."""


class Answer(msgspec.Struct, frozen=True):
    """What goes back: complete, small."""

    status: int
    body: bytes = b""
    headers: RawHeaders = (JSON, *CORS)


TOO_LARGE = frozenset({"too_large", "too_many_events", "too_many_items"})


def refusal(error: SeicheError) -> Answer:
    """The answer to an error, in the words of Sentry's protocol: `detail`, `causes` and X-Sentry-Error; and `reason`, as it is counted."""
    headers: RawHeaders = ()
    reason = "unavailable"
    match error:
        case Refused():
            status, reason, headers = error.status, error.why, error.headers
        case InvalidInput():
            status, reason = status_of(error.reason), error.reason
        case Transient():
            status, headers = 503, ((b"retry-after", str(max(1, math.ceil(error.retry_after_seconds))).encode()),)
        case _:
            status, reason = 500, "internal_error"
    text = str(error)
    causes = [str(error.__cause__)] if error.__cause__ is not None and str(error.__cause__) else []
    body = msgspec.json.encode({"detail": text, "reason": reason, "causes": causes})
    return Answer(status, body, (JSON, *CORS, (b"x-sentry-error", _header_text(text)), *headers))


def status_of(reason: str) -> int:
    """The status of a request that was refused whole for this reason."""
    if reason in TOO_LARGE:
        return 413
    if reason == "idempotency_key_reused":
        return 422
    return 415 if reason.startswith("unsupported_") else 400


def _header_text(text: str) -> bytes:
    # What is not printable ASCII could end the header, or be refused by the server.
    return "".join(letter if " " <= letter <= "~" else "?" for letter in text[:200]).encode()


class Body:
    """One request's body: read at most once, bounded in bytes and time. `is_here`, if the server tells: whether all is in memory."""

    def __init__(
        self,
        receive: Receive,
        headers: dict[bytes, bytes],
        limit_bytes: int,
        buffers: "Buffers",
        is_here: Callable[[], bool] | None = None,
    ) -> None:
        self._receive, self._limit, self._buffers, self._is_here = receive, limit_bytes, buffers, is_here
        declared = headers.get(b"content-length", b"")
        self.declared_bytes = int(declared) if declared.isdigit() and len(declared) < 20 else None
        self.complete = False
        self.received_bytes = 0
        self.reserved_bytes = 0
        self._ahead: bytes | None = None

    async def read_ahead(self) -> bytes:
        """As `read`, for who has to see the body first; `read` gives it again, once."""
        self._ahead = await self.read()
        return self._ahead

    async def read(self) -> bytes:
        """All of it. Raises `InvalidInput` (too_large), `Refused` (408), `Transient` where memory is full, `ClientGone`."""
        if self._ahead is not None:
            ahead, self._ahead = self._ahead, None
            return ahead
        if self.declared_bytes is not None and self.declared_bytes > self._limit:
            self._too_large()
        if self._is_here is not None and self._is_here():
            # One that came with its head needs no clock, which costs 5 us.
            return await self._next()
        try:
            async with asyncio.timeout(BODY_SECONDS):
                first = await self._next()
                if self.complete:
                    return first
                chunks = [first]
                while not self.complete:
                    chunks.append(await self._next())
        except TimeoutError:
            raise Refused(408, f"the request was not complete within {BODY_SECONDS:g} s", why="too_slow") from None
        return b"".join(chunks)

    async def _next(self) -> bytes:
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunk: bytes = message.get("body", b"")
        self.complete = not message.get("more_body", False)
        self.received_bytes += len(chunk)
        if self.received_bytes > self._limit:
            self._too_large()
        if not self.complete or self.reserved_bytes:
            self._buffers.reserve(len(chunk))
            self.reserved_bytes += len(chunk)
        return chunk

    def _too_large(self) -> None:
        raise InvalidInput(f"the body is larger than {self._limit} bytes, the most that is taken", reason="too_large")

    async def discard(self) -> None:
        """Let the client finish sending, within bounds, so that it gets to read the answer."""
        left = LINGER_BYTES
        try:
            async with asyncio.timeout(LINGER_SECONDS):
                while not self.complete and left > 0:
                    message = await self._receive()
                    self.complete = message["type"] == "http.disconnect" or not message.get("more_body", False)
                    left -= len(message.get("body", b""))
        except TimeoutError:
            pass  # it had its time; the connection is closed now

    def release(self) -> None:
        """The body is no longer in memory."""
        self._buffers.release(self.reserved_bytes)
        self.reserved_bytes = 0


class Buffers:
    """How many bytes of bodies are in memory."""

    def __init__(self, most_bytes: int = BUFFERED_BYTES) -> None:
        self.most_bytes, self.held_bytes = most_bytes, 0

    def reserve(self, size: int) -> None:
        """Raises `Transient` where there is no room."""
        if self.held_bytes + size > self.most_bytes:
            raise Transient("too many large requests at a time", retry_after_seconds=2)
        self.held_bytes += size

    def release(self, size: int) -> None:
        """Give it back."""
        self.held_bytes -= size


async def reply(send: Send, answer: Answer, body: Body | None = None) -> None:
    """Send it. Where the request's body was not read, let the client finish, then close."""
    headers = [*answer.headers, (b"content-length", str(len(answer.body)).encode())]
    if body is not None and not body.complete and (body.declared_bytes or SMALL_BYTES + 1) <= SMALL_BYTES:
        await body.discard()
    if body is None or body.complete:
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})
        return
    headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": True})
    await body.discard()
    await send({"type": "http.response.body", "body": b""})
