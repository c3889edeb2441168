"""The legacy `/store/` endpoint: one event as JSON, as base64 of compressed JSON, or as a form's `sentry_data`.

Clients of that age send any content type, and base64 whatever the headers say, so the bytes themselves decide.
"""

import base64
import binascii
import re

from seiche.errors import InvalidInput
from seiche.protocol.content import decompress

LIMIT_BYTES = 100 << 20
_BLANK = b" \t\r\n"
_NEITHER = "the body is neither a JSON object nor base64 of compressed JSON"
_FORM = re.compile(rb"(?:^|&)sentry_data=([^&]*)")
_BROKEN_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_SPACE = re.compile(rb"\s+")


def event_json(raw: bytes, content_type: str, *, limit_bytes: int = LIMIT_BYTES) -> bytes:
    """The event's JSON, unchecked (`event.gate` does that), at most `limit_bytes`.

    `content_type` decides only whether a form is looked for in a body that does not begin with `sentry_data=`.
    Raises `InvalidInput`: `invalid_json`, `invalid_compression` or `too_large`.
    """
    body = raw.strip(_BLANK)
    if body.startswith(b"{"):
        return body
    is_form = content_type.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded"
    if is_form or body.startswith(b"sentry_data="):
        body = _form_value(body)
        if body.startswith(b"{"):
            return body
    return _from_base64(body, limit_bytes)


def _form_value(body: bytes) -> bytes:
    found = _FORM.search(body)
    if found is None:
        raise InvalidInput("the form has no field sentry_data", reason="invalid_json")
    if _BROKEN_ESCAPE.search(found[1]):
        raise InvalidInput("the form's sentry_data holds a % that escapes nothing", reason="invalid_json")
    # Quoted-printable is percent-encoding with another sign, and decoded in C: urllib takes a second for three megabytes.
    value = binascii.a2b_qp(found[1].replace(b"+", b" ").replace(b"=", b"=3D").replace(b"%", b"="))
    as_json = value.strip(_BLANK)
    # A base64 value that was not escaped has lost its plus signs to the form's spaces.
    return as_json if as_json.startswith(b"{") else value.replace(b" ", b"+")


def _from_base64(body: bytes, limit_bytes: int) -> bytes:
    if not body:
        raise InvalidInput("the body is empty: send one event as a JSON object", reason="invalid_json")
    try:
        packed = base64.b64decode(_SPACE.sub(b"", body), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidInput(_NEITHER, reason="invalid_json") from error
    if packed[:2] == b"\x1f\x8b":
        return decompress(packed, "gzip", limit_bytes=limit_bytes)
    if packed[:1] == b"x":  # zlib's header, with the window that every client uses
        return decompress(packed, "deflate", limit_bytes=limit_bytes)
    if packed.lstrip(_BLANK)[:1] == b"{":
        return packed
    raise InvalidInput(_NEITHER, reason="invalid_json")  # many a sentence is base64 by chance
