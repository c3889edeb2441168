"""What filters and spike protection look at of an event: the little that they need, read from its bytes as normalisation would."""

from collections.abc import Iterable
from typing import Any

import msgspec

from seiche.normalize import context, wire
from seiche.normalize.values import text

ERROR_CHARACTERS = 8192


class Glance(msgspec.Struct, frozen=True, kw_only=True):
    """One event, as filters see it."""

    texts: tuple[str, ...] = ()
    """The message, and `type: value` of each exception (only the part that is not empty)."""
    type: str = ""
    """Of the exception that was caught, like `value`."""
    value: str = ""
    sources: tuple[str, ...] = ()
    """Where its two innermost frames come from: `abs_path` or `filename`."""
    place: str = ""
    """Module (or file) and function of the innermost frame."""
    platform: str = ""
    release: str = ""
    url: str = ""
    """Of the request that the program was answering, or the page it was on."""
    user_agent: str = ""
    """Of that request's sender; of the event's own sender where it does not say."""
    user_ip: str = ""
    client_ip: str = ""
    """Of the connection that brought the event."""
    csp: tuple[str, ...] = ()
    """Of a report about a content security policy: what was blocked, and where."""


class _Reports(msgspec.Struct, gc=False):
    csp: Any = None


_REPORTS = msgspec.json.Decoder(_Reports)
_CSP_KEYS = ("blocked_uri", "blocked-uri", "blockedURL", "source_file", "source-file", "sourceFile")


def glance(body: bytes, *, client_ip: str = "", user_agent: str = "") -> Glance:
    """Of an event's (scrubbed) JSON. Raises `InvalidInput` where it is no JSON object."""
    event = wire.decode(body, details=False, remarks=[])
    thrown = _thrown(event)
    caught = thrown[-1] if thrown else None
    frames = _frames(caught, event)
    request = event.request if isinstance(event.request, dict) else {}
    user = event.user if isinstance(event.user, dict) else {}
    innermost = frames[-1] if frames else None
    return Glance(
        texts=tuple(_texts(event, thrown)),
        type=text(caught.type, 256) if caught is not None else "",
        value=text(caught.value, ERROR_CHARACTERS) if caught is not None else "",
        sources=tuple(text(frame.abs_path, 1024) or text(frame.filename, 1024) for frame in frames[-2:]),
        place=f"{text(innermost.module, 256) or text(innermost.filename, 256)}:{text(innermost.function, 256)}" if innermost else "",
        platform=text(event.platform, 64),
        release=text(event.release, 250),
        url=text(request.get("url"), 2048),
        user_agent=_header(request.get("headers"), "user-agent") or user_agent,
        user_ip=text(user.get("ip_address"), 64),
        client_ip=client_ip,
        csp=_csp(body),
    )


def _thrown(event: "wire.Identity[Any]") -> list[Any]:
    sent = event.exception
    given: Iterable[Any] = ()
    if isinstance(sent, wire.Exceptions):
        given = sent.values if sent.values is not None else [sent]
    elif sent is not None:
        given = sent
    return [item for item in given if item is not None]


def _frames(caught: Any, event: "wire.Identity[Any]") -> list[Any]:
    stack = (caught.stacktrace if caught is not None else None) or event.stacktrace
    return [frame for frame in (stack.frames or ()) if frame is not None] if stack is not None else []


def _texts(event: "wire.Identity[Any]", thrown: list[Any]) -> Iterable[str]:
    message, _ = context.message(event, [])
    if message:
        yield message
    for item in thrown:
        parts = [part for part in (text(item.type, 256), text(item.value, ERROR_CHARACTERS)) if part]
        if parts:
            yield ": ".join(parts)


def _header(headers: Any, wanted: str) -> str:
    pairs = headers.items() if isinstance(headers, dict) else headers if isinstance(headers, list) else ()
    for pair in pairs:
        if isinstance(pair, (tuple, list)) and len(pair) == 2 and isinstance(pair[0], str) and pair[0].lower() == wanted:
            value = pair[1][0] if isinstance(pair[1], list) and pair[1] else pair[1]
            return text(value, 512)
    return ""


def _csp(body: bytes) -> tuple[str, ...]:
    if b'"csp"' not in body:
        return ()
    try:
        report = _REPORTS.decode(body).csp
    except msgspec.DecodeError:
        return ()
    if not isinstance(report, dict):
        return ()
    return tuple(found for key in _CSP_KEYS if (found := text(report.get(key), 2048)))
