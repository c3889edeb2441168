"""Who may speak to the engine: one user, one password, compared in constant time."""

import hmac
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping
from urllib.parse import parse_qsl


class Credentials:
    """Accepts HTTP basic auth, X-ClickHouse-User/-Key headers and user/password query parameters, as a server does."""

    def __init__(self, user: str, password: str) -> None:
        self._expected = _joined(user, password)

    def admit(self, headers: Mapping[str, str], query_string: str) -> bool:
        """Whether the request carries the right user and password."""
        return hmac.compare_digest(_joined(*_given(headers, query_string)), self._expected)


def _joined(user: str, password: str) -> bytes:
    return user.encode("utf-8", "surrogatepass") + b"\0" + password.encode("utf-8", "surrogatepass")


def _given(headers: Mapping[str, str], query_string: str) -> tuple[str, str]:
    scheme, _, value = headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            user, _, password = b64decode(value, validate=True).decode().partition(":")
        except (Base64Error, UnicodeDecodeError):
            return "", ""
        return user, password
    if "X-ClickHouse-User" in headers:
        return headers["X-ClickHouse-User"], headers.get("X-ClickHouse-Key", "")
    url = dict(parse_qsl(query_string, keep_blank_values=True))
    return url.get("user", ""), url.get("password", "")
