"""Which project key a request shows: headers, query string, or a DSN in an envelope's header.

Secrets (`sentry_secret`, a DSN's password) are ignored, as Sentry does. Places that name different keys are refused, as its relay
does: a request must not land in one project by one reading and in another by the next.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import parse_qsl, urlsplit

import msgspec

from seiche.errors import InvalidInput

LIMIT_BYTES = 4096
"""Of one header, and of a query string."""
CLIENT_LIMIT = 128
_KEY = re.compile(r"[0-9A-Za-z_-]{1,64}")
_QUERY_FIELDS = 64


class Credentials(msgspec.Struct, frozen=True):
    """What the request says of its sender. Nothing of it is checked against the registry yet."""

    public_key: str
    client: str = ""
    """`sentry.python/2.0`; for people and statistics."""
    version: str = ""
    """Of Sentry's protocol."""


def credentials(headers: Sequence[tuple[bytes, bytes]], query_string: bytes) -> Credentials | None:
    """The key of an ASGI request (lowercase header names), or None where it shows none.

    `X-Sentry-Auth: Sentry sentry_key=...`, `Authorization: Sentry sentry_key=...` and `?sentry_key=` must agree.
    `Authorization: Bearer KEY` counts only where none of them is there, since proxies add tokens of their own; other schemes are
    not ours. Raises `InvalidInput` with reason `invalid_auth` or `conflicting_keys`.
    """
    found: list[Credentials] = []
    bearer = ""
    for name, value in headers:
        if name == b"x-sentry-auth":
            found.append(_sentry_header(value))
        elif name == b"authorization":
            scheme, _, rest = value.partition(b" ")
            if scheme.lower() == b"sentry":
                found.append(_sentry_header(value))
            elif scheme.lower() == b"bearer":
                bearer = rest.decode("latin-1").strip()
    if b"sentry_key" in query_string:
        found.append(_query(query_string))
    shown = [one for one in found if one.public_key]
    if not shown:
        return Credentials(bearer) if _KEY.fullmatch(bearer) else None
    if any(one.public_key != shown[0].public_key for one in shown):
        raise InvalidInput("the request shows two different keys: send one, in X-Sentry-Auth or as ?sentry_key=", reason="conflicting_keys")
    return shown[0]


def dsn_key(dsn: str) -> str | None:
    """The public key of `http://KEY@host/1`, as an envelope's header carries it; None where it holds none."""
    if len(dsn) > LIMIT_BYTES:
        return None
    try:
        key = urlsplit(dsn).username
    except ValueError:
        return None
    return key if key and _KEY.fullmatch(key) else None


@lru_cache(maxsize=1024)
def _sentry_header(value: bytes) -> Credentials:
    """`Sentry sentry_version=7, sentry_client=x/1, sentry_key=KEY`. Old clients leave the scheme out."""
    if len(value) > LIMIT_BYTES:
        raise InvalidInput(f"X-Sentry-Auth is longer than {LIMIT_BYTES} bytes", reason="invalid_auth")
    text = value.decode("latin-1").strip()
    if text[:7].lower() == "sentry ":
        text = text[7:]
    pairs = []
    for part in text.split(","):
        name, _, item = part.partition("=")
        pairs.append((name.strip().lower(), item.strip().strip('"')))
    return _made(pairs, "X-Sentry-Auth")


def _query(query_string: bytes) -> Credentials:
    if len(query_string) > LIMIT_BYTES:
        raise InvalidInput(f"the query string is longer than {LIMIT_BYTES} bytes", reason="invalid_auth")
    try:
        pairs = parse_qsl(query_string.decode("latin-1"), keep_blank_values=True, max_num_fields=_QUERY_FIELDS)
    except ValueError as error:
        raise InvalidInput(f"the query string cannot be read: {error}", reason="invalid_auth") from error
    return _made(pairs, "the query string")


def _made(pairs: list[tuple[str, str]], place: str) -> Credentials:
    keys = {value for name, value in pairs if name == "sentry_key" and value}
    if len(keys) > 1:
        raise InvalidInput(f"{place} shows two different keys: send one", reason="conflicting_keys")
    key = keys.pop() if keys else ""
    if key and not _KEY.fullmatch(key):
        raise InvalidInput(f"the sentry_key of {place} is not a key: copy the DSN from the project's settings", reason="invalid_auth")
    fields = dict(pairs)
    return Credentials(key, fields.get("sentry_client", "")[:CLIENT_LIMIT], fields.get("sentry_version", "")[:16])
